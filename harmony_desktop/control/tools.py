"""What operations need besides the engine and the project: the machine's side, made by ``bootstrap`` (or by a test)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony_desktop.control.locking import StackLocks
    from harmony_desktop.control.ports import Clock
    from harmony_desktop.control.releases import ReleaseMemory


@dataclass(frozen=True, slots=True)
class Tools:
    """The machine's side of an operation.

    Attributes:
        clock: Time.
        locks: Locks a stack while it is being changed.
        releases: Remembers the images that were ready, for the way back from an update.
    """

    clock: Clock
    locks: StackLocks
    releases: ReleaseMemory
