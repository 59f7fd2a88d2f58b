"""Events -> look again: keeps one true picture of what the engine has, through every loss of the engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Protocol

from harmony_desktop.control.ports import (
    Clock,
    Connector,
    Engine,
    EngineError,
    EngineInfo,
    EngineStatus,
    EngineUnavailableError,
    Event,
)
from harmony_desktop.control.state import EngineState
from harmony_desktop.plan.observed import ContainerState, Observed

#: Seconds to wait for further events before looking again: a start or a stop comes as a burst of them.
DEBOUNCE = 0.03
#: Seconds between two attempts to find the engine: the first, and the most.
BACK_OFF = (0.5, 15.0)
#: Seconds between two questions whether a quiet engine is still alive: a frozen one closes no connection.
HEARTBEAT = 15.0
#: Seconds before the first look from which on events are asked, so that none falls between the two.
_OVERLAP = 5.0
#: Nanoseconds before a container's end in which the request for it is looked for.
_LOOK_BACK_NS = 60 * 10**9

_log = logging.getLogger(__name__)


class Audience(Protocol):
    """Hears what the watcher sees; every call comes on the loop's thread."""

    def engine_changed(self, state: EngineState, engine: Engine | None, info: EngineInfo | None) -> None:
        """The engine was found or lost. While it is lost nothing is known of the containers."""

    def observed(self, observed: Observed) -> None:
        """What the engine has, looked at just now."""

    def happened(self, event: Event) -> None:
        """An event, before the look that it causes."""


@dataclass(slots=True)
class Watcher:
    """Watches one project on one engine, for ever.

    Args:
        connector: Finds the engine.
        project: The project's name.
        audience: Hears what is seen.
        clock: Time.
    """

    connector: Connector
    project: str
    audience: Audience
    clock: Clock
    _again: asyncio.Event = field(default_factory=asyncio.Event)
    _retry: asyncio.Event = field(default_factory=asyncio.Event)

    def look_again(self) -> None:
        """Look at the containers once more, soon."""
        self._again.set()

    def retry(self) -> None:
        """Look for the engine now rather than at the next attempt."""
        self._retry.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        pause = BACK_OFF[0]
        while True:
            self._retry.clear()
            try:
                engine = await self.connector.connect()
            except EngineUnavailableError as error:
                self._lost(error)
            else:
                try:
                    if await self._attend(engine):
                        pause = BACK_OFF[0]
                finally:
                    await engine.close()
            await self._rest(pause)
            pause = min(pause * 2, BACK_OFF[1])

    async def _attend(self, engine: Engine) -> bool:
        """Follow one engine until it is lost; return whether it ever answered."""
        attended = False
        try:
            info = await engine.info()
            since_ns = int((self.clock.now() - _OVERLAP) * 1e9)
            observed = await engine.observe(self.project, detail=True)
            attended = True
            state = EngineState(EngineStatus.READY, info.version, info.context)
            self.audience.engine_changed(state, engine, info)
            await self._follow(engine, observed, since_ns)
        except EngineUnavailableError as error:
            self._lost(error)
        except EngineError as error:
            _log.info("the engine refused a look: %s", error)
            self._lost(EngineUnavailableError(error.title, cause=error.cause, advice=error.advice))
        return attended

    async def _follow(self, engine: Engine, first: Observed, since_ns: int) -> None:
        """Look again after each burst of events. Returns or raises when the engine is lost."""
        self._again.clear()
        since_ns = min(since_ns, _earliest_end(first) or since_ns)
        events = asyncio.create_task(self._listen(engine, since_ns), name="events")
        try:
            self.audience.observed(first)
            while True:
                if not await self._wait_for_events(events):
                    await engine.info()
                    continue
                if events.done():
                    break
                await self.clock.sleep(DEBOUNCE)
                self._again.clear()
                self.audience.observed(await engine.observe(self.project, detail=True))
        finally:
            events.cancel()
            await asyncio.wait([events])
        if not events.cancelled() and (fault := events.exception()) is not None:
            raise fault
        raise EngineUnavailableError("The engine hung up", cause="Its stream of events ended.")

    async def _wait_for_events(self, events: asyncio.Task[None]) -> bool:
        """Return True when there is reason to look again or the events have ended, False after a quiet while."""
        again = asyncio.create_task(self._again.wait())
        quiet = asyncio.create_task(self.clock.sleep(HEARTBEAT))
        try:
            await asyncio.wait([again, events, quiet], return_when=asyncio.FIRST_COMPLETED)
            return self._again.is_set() or events.done()
        finally:
            for task in (again, quiet):
                task.cancel()
            await asyncio.wait([again, quiet])

    async def _listen(self, engine: Engine, since_ns: int) -> None:
        async with contextlib.aclosing(engine.events(since_ns)) as events:
            async for event in events:
                if event.attributes.get("com.docker.compose.project", self.project) != self.project:
                    continue
                self.audience.happened(event)
                if not event.action.startswith("exec_"):
                    self._again.set()

    def _lost(self, error: EngineUnavailableError) -> None:
        state = EngineState(error.state, reason=error.cause or error.title, advice=error.advice)
        self.audience.engine_changed(state, None, None)

    async def _rest(self, seconds: float) -> None:
        sleep = asyncio.create_task(self.clock.sleep(seconds))
        retry = asyncio.create_task(self._retry.wait())
        try:
            await asyncio.wait([sleep, retry], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleep, retry):
                task.cancel()
            await asyncio.wait([sleep, retry])


def _earliest_end(observed: Observed) -> int:
    """Return a time before the first failed end, or 0. The engine keeps some events: they tell who asked for an end."""
    ends = [
        c.detail.finished_at
        for c in observed.containers
        if c.state is ContainerState.EXITED and c.detail and c.detail.exit_code and c.detail.finished_at
    ]
    return int(min(ends).timestamp() * 1e9) - _LOOK_BACK_NS if ends else 0
