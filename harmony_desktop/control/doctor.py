"""What the checks find, as the command line and the window tell it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class FindingStatus(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    HINT = "hint"
    """It works, but deserves a word."""
    FAIL = "fail"
    UNKNOWN = "unknown"
    """It could not be told; the cause says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        id: The check's stable id, such as "ports.free".
        title: What the check looks at.
        status: How it ended.
        cause: What was found, in plain words; may hold several lines.
        advice: What to do about it, or "".
    """

    id: str
    title: str
    status: FindingStatus
    cause: str = ""
    advice: str = ""


class Doctor(Protocol):
    """Examines files, engine and machine."""

    async def examine(self) -> tuple[Finding, ...]:
        """Run all checks; one finding each, in a stable order. Changes nothing of the stack."""
        ...
