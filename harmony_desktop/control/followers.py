"""Follows the logs of a project's containers into the log book, through restarts and lost connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import field

from harmony_desktop.control.log_position import LogPosition
from harmony_desktop.control.log_runs import LogRuns
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Clock, Engine, EngineError, LogChunk, NotFoundError
from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.records import dataclass

#: Lines of each container that are fetched from before the panel looked.
HISTORY = 10_000
#: Seconds before a stream that ended under a running container is taken up again: the first time, and the most.
_BACK_OFF = (0.1, 5.0)
#: Seconds of taking lines after which others get their turn.
_TURN = 0.004
_SPEAKING = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LogFollowers:
    """One follower for each container that speaks; a silent one is read once.

    Args:
        book: Where the lines go.
        clock: Time.
        history: Lines of each container that are fetched from before the panel looked, None for all.
    """

    book: LogBook
    clock: Clock
    history: int | None = HISTORY
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _positions: dict[str, LogPosition] = field(default_factory=dict)
    _runs: LogRuns = field(init=False)

    def __post_init__(self) -> None:
        self._runs = LogRuns(self.book)

    def update(self, engine: Engine, observed: Observed, services: Iterable[str]) -> None:
        """Follow what speaks now; those that have ended finish by themselves."""
        wanted = set(services)
        for container in observed.containers:
            if container.service not in wanted or container.oneoff:
                continue
            self._runs.note(container)
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
        position = self._positions.setdefault(container.id, LogPosition())
        pause = _BACK_OFF[0]
        while True:
            before = position.time_ns
            try:
                if await self._read_on(engine, container, position):
                    return
            except NotFoundError:
                return
            except EngineError as error:
                # Where the engine is gone, the watcher ends this. Where it is not, the log is not lost for ever.
                _log.debug("log of %s broke off: %s", container.name, error)
            pause = _BACK_OFF[0] if position.time_ns != before else min(pause * 2, _BACK_OFF[1])
            await self.clock.sleep(pause)

    async def _read_on(self, engine: Engine, container: Container, position: LogPosition) -> bool:
        """Read until the stream ends; return whether the log has ended with it."""
        unfinished = await self._read(engine, container, position, follow=True)
        try:
            now = await engine.inspect(container.id)
        except NotFoundError:
            if unfinished is not None:
                self._runs.append(container, position.take(unfinished))
            raise
        self._runs.note(now)
        if now.state in _SPEAKING:
            # The connection broke off. What it cut through comes whole with the next reading.
            return False
        # WORKAROUND: engine 20.10 may end a followed log before its unfinished last line is written.
        unfinished = await self._read(engine, container, position, follow=False)
        if unfinished is not None:
            self._runs.append(container, position.take(unfinished))
        return True

    async def _read(
        self, engine: Engine, container: Container, position: LogPosition, *, follow: bool
    ) -> LogChunk | None:
        """Read from where the last reading ended; return what had no line end yet when the stream ended."""
        since_ns = position.resume()
        stream = engine.logs(container.id, since_ns=since_ns, tail=None if since_ns else self.history, follow=follow)
        turn = self.clock.now()
        async with contextlib.aclosing(stream):
            async for chunk in stream:
                if chunk.unfinished:
                    return chunk
                if lines := position.take(chunk):
                    self._runs.append(container, lines)
                    # Dozens of pieces may be waiting: the window gets its turn between them.
                    if self.clock.now() - turn > _TURN:
                        await asyncio.sleep(0)
                        turn = self.clock.now()
        return None
