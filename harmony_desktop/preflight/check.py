"""What a check is, and the words that checks share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from harmony_desktop.control.doctor import Finding, FindingStatus, Group
from harmony_desktop.control.repairs import Repair, Wish
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import joined


class Check(Protocol):
    """One question about the world."""

    @property
    def id(self) -> str:
        """Stable: scripts and reports name it."""
        ...

    @property
    def title(self) -> str:
        """What it looks at."""
        ...

    @property
    def group(self) -> Group:
        """What it is about."""
        ...

    @property
    def quick(self) -> bool:
        """Whether it costs little, so that it may be asked again and again."""
        ...

    async def run(self, world: World) -> Finding:
        """Return what was found. Raises CannotTellError where something is missing to tell it."""
        ...


def ok(check: Check, cause: str) -> Finding:
    """Return that all is well."""
    return Finding(check.id, check.title, FindingStatus.OK, cause, group=check.group)


def hint(check: Check, cause: str, advice: str = "", repair: Repair | None = None) -> Finding:
    """Return that it works, with a word."""
    return Finding(check.id, check.title, FindingStatus.HINT, cause, advice, check.group, repair)


def fail(check: Check, cause: str, advice: str, repair: Repair | None = None) -> Finding:
    """Return that something is wrong."""
    return Finding(check.id, check.title, FindingStatus.FAIL, cause, advice, check.group, repair)


def unknown(check: Check, cause: str, advice: str = "") -> Finding:
    """Return that it cannot be told."""
    return Finding(check.id, check.title, FindingStatus.UNKNOWN, cause, advice, check.group)


def repair(check: Check, label: str, wishes: Iterable[Wish]) -> Repair | None:
    """Return what the panel can do about it, None where it is nothing."""
    found = tuple(wishes)
    return Repair(check.id, label, found) if found else None


def lines(texts: Iterable[str]) -> str:
    """Return texts, one to a line; each is translated by itself."""
    return joined(texts, "\n")


def sentences(texts: Iterable[str]) -> str:
    """Return texts as one line of sentences, without the empty ones."""
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts if text)
