"""Crash loops: ends that nobody asked for, again and again, whoever starts the container anew. Pure.

The engine counts its own restarts, and its events tell all ends. A service is in a loop after ``LOOP`` crashes, each
within ``WINDOW`` of the one before; it has left the loop when it has lived for longer than it ever did within it. So a
model that takes forty seconds to load before it dies is a loop like one that dies at once, and while it loads once
more, the light stays red.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta

from harmony_desktop.plan.observed import Container, ContainerState, Detail
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say_number

#: So many crashes are a loop.
LOOP = 3
#: Crashes further apart than this are different stories.
WINDOW = timedelta(minutes=10)
#: A container that lives this long, and twice as long as before, has come to rest.
CALM = timedelta(seconds=15)
_MOST_CALM = timedelta(minutes=10)
#: An estimate is no more than that: nobody saw the lives.
_MOST_ESTIMATED_CALM = timedelta(minutes=2)

#: Ends of one run that are kept, besides the first: a loop may go on for days.
_KEPT = 1_000

_ENDED = frozenset({ContainerState.EXITED, ContainerState.DEAD})


@dataclass(frozen=True, slots=True)
class Loop:
    """A crash loop.

    Attributes:
        count: Crashes, as far as they are known.
        since: The first of them, None where only their number is known.
        until: The last of them.
        exit_code: Its exit code, None where it is not known.
        oom_killed: Whether it was a want of memory.
    """

    count: int
    since: datetime | None
    until: datetime | None
    exit_code: int | None
    oom_killed: bool = False

    @property
    def words(self) -> str:
        """How often, and in what time: "4 times in 2 minutes"."""
        times = say_number("once", "{n} times", self.count)
        if self.since is None or self.until is None or self.count < 2:
            return times
        seconds = max(1, round((self.until - self.since).total_seconds()))
        if seconds < 90:
            return say_number("{times} in {n} second", "{times} in {n} seconds", seconds, times=times)
        return say_number("{times} in {n} minute", "{times} in {n} minutes", round(seconds / 60), times=times)


@dataclass(slots=True)
class _Run:
    """Crashes of one container, each soon after the one before."""

    started: datetime | None = None
    crashes: list[datetime] = field(default_factory=list)
    #: Good ends that nobody asked for: they count where the engine starts the container again all the same.
    ends: list[datetime] = field(default_factory=list)
    longest: timedelta = timedelta()
    exit_code: int | None = None
    oom: bool = False
    oom_pending: bool = False
    #: Restarts of the engine that have been forgiven.
    forgiven: int = 0


@dataclass(slots=True)
class CrashLog:
    """Remembers the crashes of each container, from events and from what was observed."""

    _runs: dict[str, _Run] = field(default_factory=dict)

    def started(self, container: str, at: datetime) -> None:
        """A container was started, by whomever."""
        self._run(container).started = at

    def out_of_memory(self, container: str) -> None:
        """The kernel has ended something in it; perhaps the container follows."""
        self._run(container).oom_pending = True

    def crashed(self, container: str, at: datetime, exit_code: int) -> None:
        """It ended though nobody had asked for it. Telling it twice counts once."""
        run = self._run(container)
        last = max([*run.crashes[-1:], *run.ends[-1:]], default=None)
        if last is not None and at <= last + timedelta(milliseconds=20):
            return
        if last is not None and at - last > WINDOW:
            self._begin_anew(run)
        if run.started is not None and run.started <= at:
            run.longest = max(run.longest, at - run.started)
        times = run.crashes if exit_code else run.ends
        times.append(at)
        del times[1:-_KEPT]
        run.exit_code, run.oom, run.oom_pending = exit_code, run.oom_pending, False

    def forgive(self, container: str, restarts: int = 0) -> None:
        """What was is over: somebody stopped it, or starts it on purpose, or it has come to rest."""
        self._runs[container] = _Run(started=self._run(container).started, forgiven=restarts)

    def forget_all_but(self, containers: set[str]) -> None:
        """Containers that are gone need no memory."""
        for gone in self._runs.keys() - containers:
            del self._runs[gone]

    def loop(self, container: Container, now: datetime) -> Loop | None:
        """Return the loop that a container is in, or None."""
        detail = container.detail or Detail()
        run = self._run(container.id)
        ended = container.state in _ENDED
        restarts = max(0, detail.restart_count - run.forgiven)
        if detail.restart_count < run.forgiven:
            run.forgiven, restarts = 0, detail.restart_count
        told = restarts + (1 if ended and restarts else 0)
        ends = sorted([*run.crashes, *run.ends]) if restarts >= LOOP else run.crashes
        seen = len(ends)
        if seen < LOOP and (told < LOOP or not _close(container, detail, restarts)):
            return None
        if container.state is ContainerState.RUNNING and self._is_calm(run, container, detail, now):
            self.forgive(container.id, detail.restart_count)
            return None
        at_end = ended or container.state is ContainerState.RESTARTING
        known = seen >= LOOP
        return Loop(
            seen if known else told,
            ends[0] if known else None,
            ends[-1] if known else detail.finished_at,
            detail.exit_code if at_end else run.exit_code,
            detail.oom_killed if at_end else run.oom,
        )

    def _is_calm(self, run: _Run, container: Container, detail: Detail, now: datetime) -> bool:
        if detail.started_at is None:
            return False
        if run.crashes or run.ends:
            calm = min(_MOST_CALM, max(CALM, 2 * run.longest))
        else:
            calm = min(_MOST_ESTIMATED_CALM, max(CALM, 2 * _average_life(container, detail)))
        return now - detail.started_at > calm

    def _run(self, container: str) -> _Run:
        return self._runs.setdefault(container, _Run())

    @staticmethod
    def _begin_anew(run: _Run) -> None:
        run.crashes.clear()
        run.ends.clear()
        run.longest = timedelta()


def _average_life(container: Container, detail: Detail) -> timedelta:
    """Return how long its lives were on average at most: it may have been made long before its first start."""
    last = detail.finished_at or detail.started_at or container.created_at
    return max(timedelta(), last - container.created_at) / max(1, detail.restart_count)


def _close(container: Container, detail: Detail, restarts: int) -> bool:
    """Whether restarts that nobody saw were so close to each other that they are one story."""
    return restarts > 0 and _average_life(container, detail) <= WINDOW
