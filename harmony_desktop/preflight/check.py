"""What a check is, and the words that checks share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from harmony_desktop.control.doctor import Finding, FindingStatus
from harmony_desktop.preflight.world import World


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

    async def run(self, world: World) -> Finding:
        """Return what was found. Raises CannotTellError where something is missing to tell it."""
        ...


def ok(check: Check, cause: str) -> Finding:
    """Return that all is well."""
    return Finding(check.id, check.title, FindingStatus.OK, cause)


def hint(check: Check, cause: str, advice: str = "") -> Finding:
    """Return that it works, with a word."""
    return Finding(check.id, check.title, FindingStatus.HINT, cause, advice)


def fail(check: Check, cause: str, advice: str) -> Finding:
    """Return that something is wrong."""
    return Finding(check.id, check.title, FindingStatus.FAIL, cause, advice)


def unknown(check: Check, cause: str, advice: str = "") -> Finding:
    """Return that it cannot be told."""
    return Finding(check.id, check.title, FindingStatus.UNKNOWN, cause, advice)


def sentences(texts: Iterable[str]) -> str:
    """Return texts as one line of sentences, without the empty ones."""
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts if text)
