"""Follows the logs of a project's containers into the log book, through restarts and lost connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Clock, Engine, EngineError
from harmony_desktop.plan.observed import Container, ContainerState, Observed

#: Lines that are fetched from before the panel looked.
HISTORY = 1_000
#: Seconds before a stream that ended under a running container is taken up again: the first time, and the most.
_BACK_OFF = (0.1, 5.0)
_SPEAKING = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Position:
    """How far a container's log has been read: the last time, and how many lines bear it."""

    time_ns: int = 0
    count: int = 0


@dataclass(slots=True)
class LogFollowers:
    """One follower for each container that speaks; a silent one is read once.

    Args:
        book: Where the lines go.
        clock: Time.
    """

    book: LogBook
    clock: Clock
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _positions: dict[str, _Position] = field(default_factory=dict)

    def update(self, engine: Engine, observed: Observed, services: Iterable[str]) -> None:
        """Follow what speaks now; those that have ended finish by themselves."""
        wanted = set(services)
        for container in observed.containers:
            if container.service not in wanted or container.oneoff:
                continue
            task = self._tasks.get(container.id)
            speaks = container.state in _SPEAKING
            if (task is None or task.done()) and (speaks or container.id not in self._positions):
                self._tasks[container.id] = asyncio.create_task(
                    self._follow(engine, container), name=f"log of {container.name}"
                )
        current = {container.id for container in observed.containers}
        for gone in [known for known in self._positions if known not in current]:
            del self._positions[gone]

    async def stop(self) -> None:
        """End all followers, for instance because the engine is gone; positions are kept."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _follow(self, engine: Engine, container: Container) -> None:
        position = self._positions.setdefault(container.id, _Position())
        pause = _BACK_OFF[0]
        while True:
            before = position.time_ns
            try:
                await self._read(engine, container, position, follow=True)
                now = await engine.inspect(container.id)
                if now.state not in _SPEAKING:
                    # WORKAROUND: engine 20.10 may end a followed log before its unfinished last line is written.
                    await self._read(engine, container, position, follow=False)
                    return
            except EngineError as error:
                # Removed meanwhile, or the engine is gone: the watcher tells when to come back.
                _log.debug("log of %s ended: %s", container.name, error)
                return
            pause = _BACK_OFF[0] if position.time_ns != before else min(pause * 2, _BACK_OFF[1])
            await self.clock.sleep(pause)

    async def _read(self, engine: Engine, container: Container, position: _Position, *, follow: bool) -> None:
        """Read from where the last reading ended; lines that bear the very time of that end are skipped by count."""
        resumed_at, seen = position.time_ns, position.count
        tail = None if resumed_at else HISTORY
        stream = engine.logs(container.id, since_ns=resumed_at, tail=tail, follow=follow)
        async with contextlib.aclosing(stream):
            async for chunk in stream:
                lines = chunk.lines
                if resumed_at and lines and lines[0][0] <= resumed_at:
                    lines, seen = _unread(lines, resumed_at, seen)
                if not lines:
                    continue
                last = lines[-1][0]
                count = sum(1 for time_ns, _ in lines if time_ns == last)
                position.count = position.count + count if last == position.time_ns else count
                position.time_ns = last or position.time_ns
                self.book.append(container.service, lines)


def _unread(lines: tuple[tuple[int, str], ...], resumed_at: int, seen: int) -> tuple[tuple[tuple[int, str], ...], int]:
    """Return the lines that have not been read yet, and how many of the very time are still to be skipped."""
    fresh: list[tuple[int, str]] = []
    for line in lines:
        if line[0] < resumed_at:
            continue
        if line[0] == resumed_at and seen > 0:
            seen -= 1
            continue
        fresh.append(line)
    return tuple(fresh), seen
