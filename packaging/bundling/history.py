"""Versions and what is new in them, read from the program and its changelog."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?", re.MULTILINE)
_ENTRY = re.compile(r"^- ", re.MULTILINE)


@dataclass(frozen=True)
class Release:
    """A release, or what will be one.

    Attributes:
        version: Its number.
        date: When it was made; of the one to come, when its sources were last changed.
        released: Whether the changelog has it as a release.
        news: What is new, an entry each, in Markdown.
    """

    version: str
    date: dt.date
    released: bool
    news: tuple[str, ...]


def version(root: Path) -> str:
    """Return the program's version, which stands in the package alone."""
    text = (root / "harmony_desktop" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None, "harmony_desktop/__init__.py names no version"
    return found[1]


def releases(changelog: str, current: str, changed: dt.date) -> list[Release]:
    """Return the releases of a changelog ("Keep a Changelog"), the newest first; the current version always leads.

    Args:
        changelog: The text.
        current: The program's version; while the changelog has no section of it, "Unreleased" is what is new in it.
        changed: When the sources were last changed.
    """
    found: list[Release] = []
    headings = list(_HEADING.finditer(changelog))
    ends = [heading.start() for heading in headings[1:]] + [len(changelog)]
    for heading, end in zip(headings, ends, strict=True):
        news = _entries(changelog[heading.end() : end])
        date = heading["date"]
        if date:
            found.append(Release(heading["version"], dt.date.fromisoformat(date), released=True, news=news))
        else:
            found.append(Release(current, changed, released=False, news=news))
    known = {release.version for release in found if release.released}
    if current in known:  # what comes after it has no number yet
        found = [release for release in found if release.released]
    elif not any(release.version == current for release in found):
        found.insert(0, Release(current, changed, released=False, news=()))
    return found


def _entries(section: str) -> tuple[str, ...]:
    parts = _ENTRY.split(re.sub(r"^#.*$", "", section, flags=re.MULTILINE))[1:]
    return tuple(" ".join(part.split()) for part in parts)


def plain(markdown: str) -> str:
    """Return an entry without its marks."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown)
    text = re.sub(r"\*\*(.+?)\*\*", r"\1", text.replace("`", ""))
    return re.sub(r"\*(?=\S)([^*]*\S)\*", r"\1", text)
