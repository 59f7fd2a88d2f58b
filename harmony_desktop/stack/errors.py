"""Errors that a person can act on: each has a title, a cause in plain words, and what to do."""

from __future__ import annotations

from harmony_desktop.records import dataclass


class HarmonyError(Exception):
    """A fault of the environment or the input, told to the user. Faults of our own code are plain exceptions.

    Args:
        title: What went wrong, one short sentence without a final full stop.
        cause: Why, in plain words; may hold several lines.
        advice: What the user can do about it.
    """

    #: Exit status of the command line (the contract in docs/cli.md).
    exit_status = 1

    def __init__(self, title: str, *, cause: str = "", advice: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.cause = cause
        self.advice = advice

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.cause, self.advice) if part)


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a user's file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ComposeError(HarmonyError):
    """A compose file, or a file it names, is wrong or asks for something that is not supported."""

    exit_status = 3

    def __init__(self, title: str, *, cause: str = "", advice: str = "", location: Location | None = None) -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.location = location

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.location}: {text}" if self.location else text


class NoComposeFileError(ComposeError):
    """No compose file was named, and none was found."""
