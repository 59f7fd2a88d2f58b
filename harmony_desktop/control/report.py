"""The report that a user hands to whoever helps: the window and the command line ask for it, ``preflight`` makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.control.doctor import Finding
    from harmony_desktop.control.state import StackState

#: Is told how many of how many parts have been gathered.
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A report that was written.

    Attributes:
        file: Where.
        size: Bytes.
        members: The names of the files in it.
        missing: What could not be had, each with its reason.
        findings: What the checks found, or None when they could not end.
    """

    file: str
    size: int
    members: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] | None = None


class ReportMaker(Protocol):
    """Gathers what helps to find a fault, masks secrets, and writes a zip."""

    async def save(
        self,
        file: Path,
        *,
        replace: bool = False,
        seen: StackState | None = None,
        progress: Progress | None = None,
    ) -> SavedReport:
        """Write the report: whole, or not at all.

        Args:
            file: Where to; readable for this user alone.
            replace: Whether a file that is there may be replaced.
            seen: What the window shows, for the report.
            progress: Hears how far it is.

        Raises:
            HarmonyError: It could not be written. What could not be had is no error: the report says so.
        """
        ...


class LateReport:
    """Makes the maker when a report is wanted: few ever want one.

    Args:
        make: Returns the maker; runs in a thread, for it imports much.
    """

    def __init__(self, make: Callable[[], ReportMaker]) -> None:
        self._make = make

    async def save(
        self,
        file: Path,
        *,
        replace: bool = False,
        seen: StackState | None = None,
        progress: Progress | None = None,
    ) -> SavedReport:
        """Write the report, see ReportMaker."""
        maker = await asyncio.to_thread(self._make)
        return await maker.save(file, replace=replace, seen=seen, progress=progress)
