"""Where in a log one run of a container ended and the next began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime

from harmony_desktop.control.log_chunk import Mark
from harmony_desktop.control.logs import LogBook
from harmony_desktop.plan.observed import Container, ContainerState, Detail
from harmony_desktop.records import dataclass

_ENDED = frozenset({ContainerState.EXITED, ContainerState.RESTARTING, ContainerState.DEAD})


@dataclass(slots=True)
class _Run:
    """One run of a container, as far as it has been seen.

    Attributes:
        started_at: When it began, as the engine tells.
        first_ns: Before its first line, behind the last one of the run before. The engine notes a start a few
            milliseconds after it, when the first lines may have been written: the middle of the pause is safe.
        exit_code: How it ended, None while that is not known.
        mark: What is to be said before its first line.
        only_behind_others: Whether that is said only if lines of an earlier run stand before it.
    """

    started_at: datetime | None
    first_ns: int
    exit_code: int | None = None
    mark: Mark | None = None
    only_behind_others: bool = False


@dataclass(slots=True)
class LogRuns:
    """Puts a mark between the lines of two runs.

    Args:
        book: Where lines and marks go.
    """

    book: LogBook
    _runs: dict[str, _Run] = field(default_factory=dict)
    _places: dict[tuple[str, int], str] = field(default_factory=dict)

    def note(self, container: Container) -> None:
        """Look at a container as the engine tells of it now."""
        detail = container.detail
        if detail is None:
            return
        run = self._runs.get(container.id)
        if run is None:
            place = (container.service, container.number)
            former = self._places.get(place)
            self._places[place] = container.id
            if former is not None:
                self._runs.pop(former, None)
            mark = Mark(recreated=former is not None)
            self._runs[container.id] = run = _Run(detail.started_at, _first_ns(detail), None, mark, former is None)
        elif detail.started_at is not None and detail.started_at != run.started_at:
            # A mark that nothing was written behind stands for the run before.
            self._runs[container.id] = run = _Run(detail.started_at, _first_ns(detail), None, Mark(run.exit_code))
        if container.state in _ENDED:
            run.exit_code = detail.exit_code

    def append(self, container: Container, lines: Sequence[tuple[int, str]]) -> None:
        """Put lines into the book, and a mark before the first one of a new run."""
        run = self._runs.get(container.id)
        if run is None or run.mark is None or run.started_at is None:
            self.book.append(container.service, lines)
            return
        count = next((i for i, (time_ns, _) in enumerate(lines) if time_ns >= run.first_ns), len(lines))
        if count:
            self.book.append(container.service, lines[:count])
            run.only_behind_others = False
        if count < len(lines):
            if not run.only_behind_others and self.book.held(container.service):
                self.book.mark(container.service, _nanoseconds(run.started_at), run.mark)
            run.mark = None
            self.book.append(container.service, lines[count:])


def _first_ns(detail: Detail) -> int:
    """Return a moment, in nanoseconds since the epoch, between the last run and this one; 0 if there was none."""
    if detail.started_at is None or detail.finished_at is None or detail.finished_at >= detail.started_at:
        return 0
    return _nanoseconds(detail.finished_at + (detail.started_at - detail.finished_at) / 2)


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1000
