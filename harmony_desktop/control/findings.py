"""What is wrong in a configuration file, where, and what mends it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import field
from pathlib import Path

from harmony_desktop.records import dataclass


class Severity(enum.IntEnum):
    """How bad a finding is; the worst first."""

    ERROR = 0
    WARNING = 1
    HINT = 2


class Topic(enum.StrEnum):
    """What a finding is about."""

    WRITING = "writing"
    """How one file is written."""
    ENDPOINT = "endpoint"
    """Where other services are reached."""
    SPEECH = "speech"
    """The speech models that are asked for, and those that are offered."""
    FLAGS = "flags"
    """The flags that Text Generation starts with."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Characters ``start`` to ``end`` of a text become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What mends a finding, in the file of the finding.

    Attributes:
        label: The words of its button ("Write harmonyspeech-engine").
        replacements: What changes, in the order of the text; everything else stays as it is.
    """

    label: str
    replacements: tuple[Replacement, ...]

    def applied(self, text: str) -> str:
        """Return the corrected text."""
        for each in sorted(self.replacements, key=lambda one: one.start, reverse=True):
            text = text[: each.start] + each.text + text[each.end :]
        return text

    def diff(self, text: str, name: str) -> str:
        """Return what it changes as a unified diff."""
        return unified(text, self.applied(text), name)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or deserves a word.

    Attributes:
        file: The file.
        line: Where, from 1.
        column: Where in the line, from 1, in characters.
        severity: How bad it is.
        message: What is wrong, in plain words.
        advice: What can be done about it.
        start: First character of what is wrong, from 0.
        end: The character behind it.
        correction: What mends it, or None.
        topic: What it is about.
        text: The text that was looked at, whose characters are counted.
    """

    file: Path
    line: int
    column: int
    severity: Severity
    message: str
    advice: str = ""
    start: int = 0
    end: int = 0
    correction: Correction | None = None
    topic: Topic = Topic.WRITING
    text: str = field(default="", repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of a file: makes findings about them."""

    file: Path
    text: str
    start: int
    end: int

    def finding(
        self, severity: Severity, message: str, *, advice: str = "", label: str = "", instead: str | None = None
    ) -> Finding:
        """Return a finding here; with ``instead``, a correction that writes this in its place."""
        correction = None
        if instead is not None:
            correction = Correction(label, (Replacement(self.start, self.end, instead),))
        line, column = line_and_column(self.text, self.start)
        return Finding(
            self.file, line, column, severity, message, advice, self.start, self.end, correction, text=self.text
        )


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of a character, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def offset_of(text: str, line: int, column: int) -> int:
    """Return the character at a line and column, at most the end of that line."""
    start = 0
    for _ in range(line - 1):
        following = text.find("\n", start)
        if following < 0:
            return len(text)
        start = following + 1
    end = text.find("\n", start)
    return min(start + max(column - 1, 0), len(text) if end < 0 else end)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings as they are shown: by file and place, each once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda one: (str(one.file), one.line, one.column, one.severity)))


def unified(before: str, after: str, name: str) -> str:
    """Return a difference as a unified diff."""
    import difflib  # noqa: PLC0415 - for a preview alone

    old, new = ([f"{line}\n" for line in text.splitlines()] for text in (before, after))
    return "".join(difflib.unified_diff(old, new, name, name, n=2))
