"""What operations need besides the engine and the project: the machine's side, made by ``bootstrap`` (or by a test)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony_desktop.control.locking import StackLocks
    from harmony_desktop.control.ports import Clock


@dataclass(frozen=True, slots=True)
class Tools:
    """The machine's side of an operation.

    Attributes:
        clock: Time.
        locks: Locks a stack while it is being changed.
    """

    clock: Clock
    locks: StackLocks
