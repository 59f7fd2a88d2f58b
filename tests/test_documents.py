"""The documents: what they name is there, in the sources and in the program."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harmony_desktop.cli.parser import COMMANDS, build_parser
from harmony_desktop.preflight.checks import CHECKS
from harmony_desktop.ui.handbook import INDEX, Handbook, anchors

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FILES = sorted(DOCS.glob("*.md"))
BOOK = Handbook(DOCS)
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text: str) -> str:
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_links_pictures_and_headings_are_there(file: Path) -> None:
    for picture, link in _LINK.findall(without_code(file.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "http://")):
            assert not picture, f"{link}: nothing is fetched to show a page"
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.is_file(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_index_names_each_document_once() -> None:
    named = re.findall(r"^- \[[^\]]+\]\(([\w-]+\.md)\)", (DOCS / INDEX).read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(file.name for file in FILES if file.name != INDEX)


def test_pages_of_users_lead_to_nothing_outside_of_the_handbook() -> None:
    """What is shown in the window has no sources beside it."""
    for entry in BOOK.entries:
        for _, link in _LINK.findall(without_code(BOOK.text(entry.file))):
            assert not link.startswith(".."), f"{entry.file}: {link}"


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    texts = "".join(file.read_text(encoding="utf-8") for file in [*FILES, ROOT / "README.md"])
    pictures = sorted((DOCS / "images").iterdir())
    assert [picture.name for picture in pictures if f"images/{picture.name}" not in texts] == []
    assert all(picture.suffix == ".png" for picture in pictures)
    assert sum(picture.stat().st_size for picture in pictures) < 800_000


def parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def options(parser: argparse.ArgumentParser) -> set[str]:
    found = {option for action in parser._actions for option in action.option_strings}
    return found.union(*(options(below) for _, below in parsers(parser)))


def calls() -> Iterator[tuple[str, list[str]]]:
    """Yield each call of the program that a page tells of: in code of a line's own, or within a line."""
    for entry in BOOK.entries:
        for line in BOOK.text(entry.file).splitlines():
            code = re.findall(r"`(harmony-desktop [^`]+)`", line)
            if line.startswith(("    ", "harmony-desktop ")):
                code += re.findall(r"^\s*(harmony-desktop [^#]+)", line)
            for call in code:
                yield entry.file, call.replace("\\|", "|").split()[1:]


def test_every_call_is_one() -> None:
    seen = 0
    for file, words in calls():
        command = None if words[0].startswith("-") else words[0]
        assert command is None or command in COMMANDS, f"{file}: {words}"
        known = options(build_parser(command))
        named = {word for part in words for word in re.findall(r"(?<![\w-])--[a-z][a-z-]+", part)}
        assert named <= known, f"{file}: {words}"
        seen += 1
    assert seen > 20


def test_every_check_that_is_named_exists() -> None:
    known = {check.id for check in CHECKS}
    groups = {name.split(".")[0] for name in known}
    named = re.findall(r"^- \*\*Check\*\*: (.+)$", BOOK.text("troubleshooting.md"), re.MULTILINE)
    ids = {name for line in named for name in re.findall(r"`([^`]+)`", line)}
    assert len(ids) > 15
    assert ids <= known
    for entry in BOOK.entries:
        for name in re.findall(r"`([a-z]+\.[a-z]+(?:-[a-z]+)*)`", BOOK.text(entry.file)):
            if name.split(".")[0] in groups and not name.endswith((".json", ".yaml", ".yml", ".md")):
                assert name in known, f"{entry.file}: {name}"


def test_each_symptom_says_what_to_do() -> None:
    text = BOOK.text("troubleshooting.md")
    symptoms = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert len(symptoms) > 25
    for symptom in symptoms:
        title, _, body = symptom.partition("\n")
        body = re.split(r"^## ", body, flags=re.MULTILINE)[0]
        assert "**Do**" in body or "| do |" in body or "See [" in body, title
        assert f"(#{anchors(f'### {title}')[0]})" in text, f"{title} is not in the list at the top"
