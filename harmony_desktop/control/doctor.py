"""What the checks find, as the command line and the window tell it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harmony_desktop.control.repairs import Repair, RepairPlan, Undone
from harmony_desktop.records import dataclass

if TYPE_CHECKING:  # "doctor" brings them in any case; the window's first paint does not need them
    from harmony_desktop.control.ports import Engine


class FindingStatus(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    HINT = "hint"
    """It works, but deserves a word."""
    FAIL = "fail"
    UNKNOWN = "unknown"
    """It could not be told; the cause says why."""


class Group(enum.StrEnum):
    """What a check is about, in the order in which groups are told."""

    ENGINE = "engine"
    CARD = "card"
    ROOM = "room"
    """Disk and memory."""
    PORTS = "ports"
    FOLDER = "folder"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        id: The check's stable id, such as "ports.free".
        title: What the check looks at.
        status: How it ended.
        cause: What was found, in plain words; may hold several lines.
        advice: What to do about it, or "".
        group: What it is about.
        repair: What the panel can do about it, or None.
    """

    id: str
    title: str
    status: FindingStatus
    cause: str = ""
    advice: str = ""
    group: Group = Group.FOLDER
    repair: Repair | None = field(default=None, repr=False)

    @property
    def needs_attention(self) -> bool:
        """Whether it is counted: something fails, or can be mended."""
        return self.status is FindingStatus.FAIL or (self.status is FindingStatus.HINT and self.repair is not None)


#: Is told how many checks have ended, and how many there are.
Progress = Callable[[int, int], None]


class Doctor(Protocol):
    """Examines files, engine and machine."""

    async def examine(self, *, quick: bool = False, progress: Progress | None = None) -> tuple[Finding, ...]:
        """Run all checks; one finding each, in a stable order. Changes nothing of the stack.

        Args:
            quick: Only those that cost little: no proof of the graphics card, no look at memory and disks.
            progress: Is told how far it is.
        """
        ...

    async def plan(self, repairs: Sequence[Repair]) -> RepairPlan:
        """Return what repairs would do. Raises HarmonyError where one cannot be done."""
        ...

    async def mend(self, plan: RepairPlan, note: Callable[[str], None]) -> tuple[Path, ...]:
        """Do it, while holding the stack's lock; return the backups. Raises HarmonyError.

        Args:
            plan: What was shown.
            note: Is told who else is at work on the stack, when it has to wait, and what deserves a word.
        """
        ...

    async def can_undo(self) -> bool:
        """Return whether there is a repair to take back."""
        ...

    async def undo(self, note: Callable[[str], None]) -> Undone:
        """Take back the last repair. Raises HarmonyError."""
        ...


class EngineDoor(Protocol):
    """Opens the engine for a repair."""

    async def __call__(self) -> Engine:
        """Return an engine that answered; whoever asked closes it. Raises EngineUnavailableError."""
        ...
