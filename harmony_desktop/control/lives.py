"""What is remembered of lights between two runs of the panel: which lives have been ready, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.control.state import Stage
    from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an earlier look has found.

    Attributes:
        ready: Container ID -> when that life of it began, for those that have been ready.
        since: Service -> its stage, and since when.
    """

    ready: Mapping[str, datetime] = field(default_factory=dict)
    since: Mapping[str, tuple[Stage, datetime]] = field(default_factory=dict)


class LifeMemory(Protocol):
    """Keeps what the engine does not tell. Calls read and write a file and run in a thread.

    Without it, a look that comes later cannot tell "not ready yet" from "not ready any more".
    """

    def load(self, project: Project) -> Remembered:
        """Return what is remembered of a project; never raises."""
        ...

    def save(self, project: Project, remembered: Remembered) -> None:
        """Keep it. A failure is no fault of anybody's: it is logged."""
        ...
