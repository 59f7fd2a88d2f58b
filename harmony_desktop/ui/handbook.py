"""The user's documents (docs/) as a handbook: contents, links, and a search over all pages. Pure, but for reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harmony_desktop.records import dataclass

#: The page that lists the others, in the order of a user's way.
INDEX = "README.md"
#: What the index lists below this heading is for whoever works on the panel itself; the contents leave it out.
_APART = "For contributors"
#: How many places a search names at most.
_MOST = 40

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")
_ENTRY = re.compile(r"[-*]\s+\[(?P<title>[^\]]+)\]\((?P<file>[\w-]+\.md)\)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"\*\*|\*|`|^\s*[-*]\s+|^\s*\d+\.\s+|\|(?=\s*$)|^\|", re.MULTILINE)
_RULE = re.compile(r"^[\s|:-]*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the contents."""

    file: str
    title: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the contents, and the pages below it."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a page, from one heading to the next.

    Attributes:
        file: The page.
        page: Its title.
        heading: The heading.
        anchor: What a link calls it.
        text: Its words, without marks.
    """

    file: str
    page: str
    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads: to a page of the handbook and a place on it, or out of it.

    Attributes:
        file: The page, or "".
        anchor: The place on it, or "".
        address: What the browser opens, or "".
    """

    file: str = ""
    anchor: str = ""
    address: str = ""


class Handbook:
    """Reads the pages of a folder; each once, when it is wanted.

    Args:
        folder: Where they are (``assets.docs_dir()``).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._texts: dict[str, str] = {}

    def has(self, file: str) -> bool:
        """Return whether there is a page of this name."""
        return Path(file).name == file and file.endswith(".md") and (self.folder / file).is_file()

    def text(self, file: str) -> str:
        """Return a page's Markdown.

        Raises:
            OSError: It is not there, or cannot be read.
        """
        if file not in self._texts:
            self._texts[file] = (self.folder / file).read_text(encoding="utf-8")
        return self._texts[file]

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """What the index lists for users."""
        found: list[Chapter] = []
        for line in self.text(INDEX).splitlines():
            heading, entry = _HEADING.match(line), _ENTRY.match(line)
            if heading is not None and len(heading[1]) == 2:
                if heading[2] == _APART:
                    break
                found.append(Chapter(heading[2], ()))
            elif entry is not None and found:
                last = found[-1]
                found[-1] = Chapter(last.title, (*last.entries, Entry(entry["file"], entry["title"])))
        return tuple(chapter for chapter in found if chapter.entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All pages of the contents."""
        return tuple(entry for chapter in self.chapters for entry in chapter.entries)

    def target(self, file: str, link: str) -> Target:
        """Return where a link on a page leads; nowhere if it is neither a page of the handbook nor an address."""
        parts = urlsplit(link)
        if parts.scheme in {"http", "https"}:
            return Target(address=link)
        wanted = unquote(parts.path) or file
        if parts.scheme or not self.has(wanted):
            return Target()
        return Target(wanted, parts.fragment)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections of all pages of the contents."""
        files = dict.fromkeys(entry.file for entry in self.entries)
        return tuple(section for file in files for section in sections(file, self.text(file)))

    def search(self, words: str) -> list[Section]:
        """Return the sections that hold every word, those first whose heading holds them; case does not count."""
        wanted = words.casefold().split()
        if not wanted:
            return []
        ranked: list[tuple[int, int, Section]] = []
        for place, section in enumerate(self.sections):
            heading, page = section.heading.casefold(), section.page.casefold()
            whole = f"{page} {heading} {section.text.casefold()}"
            if all(word in whole for word in wanted):
                in_heading = sum(word not in heading for word in wanted)
                ranked.append((in_heading, place, section))
        return [section for *_, section in sorted(ranked, key=lambda each: each[:2])][:_MOST]


def sections(file: str, text: str) -> list[Section]:
    """Cut a page at its headings."""
    made: list[Section] = []
    title = heading = anchor = ""
    words: list[str] = []
    for level, line, name in _lines(text):
        if level:
            if heading:
                made.append(Section(file, title, heading, anchor, plain("\n".join(words))))
            title = title or line
            heading, anchor, words = line, name, []
        else:
            words.append(line)
    if heading:
        made.append(Section(file, title, heading, anchor, plain("\n".join(words))))
    return made


def anchors(text: str) -> list[str]:
    """Return what links call the headings of a page, in their order."""
    return [name for level, _, name in _lines(text) if level]


def slug(heading: str) -> str:
    """Return what a link calls a heading, by the rule of those who show Markdown on the web."""
    return re.sub(r"[^\w\- ]", "", plain(heading).lower()).replace(" ", "-")


def plain(text: str) -> str:
    """Return the words of a Markdown text without its marks."""
    kept = "\n".join(line for line in text.splitlines() if not _RULE.match(line))
    return _MARKS.sub("", _LINK.sub(r"\1", _IMAGE.sub(r"\1", kept))).strip()


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each line of a page: the level of a heading, its words and its name; or 0, the line and ""."""
    fenced = False
    seen: dict[str, int] = {}
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            yield 0, line, ""
            continue
        name = slug(heading[2])
        count = seen[name] = seen.get(name, -1) + 1
        yield len(heading[1]), plain(heading[2]), f"{name}-{count}" if count else name
