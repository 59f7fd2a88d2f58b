"""What there is to show of a check-up, and what a person can ask of it."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.control.doctor import Finding


class CheckupPhase(enum.Enum):
    """What goes on."""

    RESTING = "resting"
    CHECKING = "checking"
    PLANNING = "planning"
    """Finds out what a repair would do."""
    SHOWING = "showing"
    """A repair is shown, and waits for the word to do it."""
    MENDING = "mending"
    UNDOING = "undoing"


@dataclass(frozen=True, slots=True)
class RepairPreview:
    """What repairs will do.

    Attributes:
        labels: What each of them does, in a few words.
        deeds: What is done besides writing text: words and commands.
        diff: The changes of all files as one unified diff.
        lasting: Whether something of it cannot be taken back.
    """

    labels: tuple[str, ...]
    deeds: tuple[str, ...]
    diff: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class CheckupState:
    """What there is to show.

    Attributes:
        findings: What the checks found, in the order in which they are told; empty before the first check-up.
        phase: What goes on.
        done: Checks that have ended.
        total: Checks in all, 0 while that is not known.
        preview: What a repair would do, while it is shown.
        told: What the last repair did, or what was taken back; in words, one to a line.
        note: What an operation waits for, or "".
        undoable: Whether there is a repair to take back.
        fault: Why a check-up, a repair or taking it back failed, or None.
    """

    findings: tuple[Finding, ...] = ()
    phase: CheckupPhase = CheckupPhase.RESTING
    done: int = 0
    total: int = 0
    preview: RepairPreview | None = None
    told: tuple[str, ...] = ()
    note: str = ""
    undoable: bool = False
    fault: Problem | None = None

    @property
    def attention(self) -> int:
        """How many findings need attention."""
        return sum(finding.needs_attention for finding in self.findings)

    @property
    def repairable(self) -> tuple[str, ...]:
        """The checks whose findings can be repaired."""
        return tuple(finding.id for finding in self.findings if finding.repair is not None)


class CheckingUp(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[CheckupState]:
        """What there is to show."""
        ...

    def check(self) -> None:
        """Run all checks."""
        ...

    def cancel(self) -> None:
        """End the check-up, or put the shown repair away; a repair that has begun goes on."""
        ...

    def preview(self, checks: tuple[str, ...]) -> None:
        """Find out what the repairs of these checks would do."""
        ...

    def mend(self) -> None:
        """Do what is shown, and check again."""
        ...

    def undo(self) -> None:
        """Take back the last repair, and check again."""
        ...

    def watch(self, watched: bool) -> None:
        """Check quietly from time to time, as far as it costs little (or no longer)."""
        ...
