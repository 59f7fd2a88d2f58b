"""Events -> look again: keeps one true picture of what the engine has, through every loss of the engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import field
from typing import Any, Protocol

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
from harmony_desktop.records import dataclass

#: Seconds to wait for further events before looking again: a start or a stop comes as a burst of them.
DEBOUNCE = 0.03
#: Seconds between two attempts to find the engine: the first, the most while somebody looks, and while nobody does.
BACK_OFF = (0.5, 5.0, 15.0)
#: Seconds between two questions whether the engine is still alive, for a frozen one closes no connection: while
#: somebody looks, and while nobody does. What it may take to answer (10 seconds) comes on top.
HEARTBEATS = (5.0, 15.0)
#: Seconds without an answer after which it is doubted, where there is a reason to doubt.
DOUBT = 1.0
#: Seconds for which an engine must have been there before its loss counts as the first.
_STEADY = 10.0
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
        visible: Whether somebody looks: the engine is asked for signs of life, and looked for, more often.
    """

    connector: Connector
    project: str
    audience: Audience
    clock: Clock
    visible: bool = True
    _again: asyncio.Event = field(default_factory=asyncio.Event)
    _retry: asyncio.Event = field(default_factory=asyncio.Event)
    _beat: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = BACK_OFF[0]

    def look_again(self) -> None:
        """Look at the containers once more, soon."""
        self._again.set()

    def retry(self) -> None:
        """Look for the engine now rather than at the next attempt; ask the one that is there for a sign of life."""
        self._pause = BACK_OFF[0]
        self._retry.set()
        self._beat.set()

    def set_visible(self, visible: bool) -> None:
        """Somebody looks (or no longer does)."""
        self.visible = visible
        if visible:
            self.retry()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._retry.clear()
            try:
                engine = await self.connector.connect()
            except EngineUnavailableError as error:
                self._lost(error)
            except Exception as error:  # noqa: BLE001 - the last resort: nothing may look alive that nobody watches
                self._failed(error)
            else:
                found = self.clock.now()
                try:
                    await self._attend(engine)
                except EngineUnavailableError as error:
                    self._lost(error)
                except Exception as error:  # noqa: BLE001 - as above
                    self._failed(error)
                finally:
                    await engine.close()
                if self.clock.now() - found > _STEADY:
                    # Look at once what has become of it: only a search can tell what helps.
                    self._pause = BACK_OFF[0]
                    continue
            await self._back_off()

    async def _back_off(self) -> None:
        """Wait before the next attempt, longer each time."""
        pause = min(self._pause, BACK_OFF[1] if self.visible else BACK_OFF[2])
        self._pause = min(pause * 2, BACK_OFF[2])
        await self._sleep_or(self._retry, pause)

    async def _attend(self, engine: Engine) -> None:
        """Stay with one engine until it is lost. Raises EngineUnavailableError.

        One whose events end, or which refuses a look, is not lost as long as it gives signs of life: it is looked at
        afresh, and whoever works with it goes on.
        """
        since, refusals, pause = self.clock.now(), 0, DEBOUNCE
        while True:
            began = self.clock.now()
            try:
                await self._follow(engine, since - _OVERLAP)
                refusals = 0
            except EngineUnavailableError:
                raise
            except EngineError as error:
                _log.info("the engine refused a look: %s", error)
                refusals += 1
                if refusals > 1:
                    self._lost(EngineUnavailableError(error.title, cause=error.cause, advice=error.advice))
            since = self.clock.now()
            pause = DEBOUNCE if since - began > _STEADY else min(pause * 2, BACK_OFF[1])
            await self._assure(engine)
            await self._sleep_or(self._retry, pause)
            self._retry.clear()

    async def _follow(self, engine: Engine, since: float) -> None:
        """Look at everything, then again after each burst of events; return when these have ended.

        Args:
            engine: The engine.
            since: Seconds since the epoch from which on events are of interest.
        """
        self._again.clear()
        info = await engine.info()
        first = await engine.observe(self.project, detail=True)
        self.audience.engine_changed(EngineState(EngineStatus.READY, info.version, info.context), engine, info)
        since_ns = int(since * 1e9)
        since_ns = min(since_ns, _earliest_end(first) or since_ns)
        self.audience.observed(first)
        await _first_to_end(self._listen(engine, since_ns), self._look(engine), self._pulse(engine))

    async def _look(self, engine: Engine) -> None:
        """Look again whenever there is reason to."""
        while True:
            await self._again.wait()
            await self.clock.sleep(DEBOUNCE)
            self._again.clear()
            self.audience.observed(await engine.observe(self.project, detail=True))

    async def _pulse(self, engine: Engine) -> None:
        """Ask for signs of life, whatever else is under way. Raises EngineUnavailableError."""
        while True:
            await self._sleep_or(self._beat, HEARTBEATS[0] if self.visible else HEARTBEATS[1])
            self._beat.clear()
            await engine.ping()

    async def _listen(self, engine: Engine, since_ns: int) -> None:
        """Hear events until their stream ends; whether the engine has gone with it is asked afterwards."""
        with contextlib.suppress(EngineUnavailableError):
            async with contextlib.aclosing(engine.events(since_ns)) as events:
                async for event in events:
                    if event.attributes.get("com.docker.compose.project", self.project) != self.project:
                        continue
                    self.audience.happened(event)
                    if not event.action.startswith("exec_"):
                        self._again.set()

    async def _assure(self, engine: Engine) -> None:
        """Ask an engine in doubt for a sign of life; no light stays green while it is awaited for long."""
        answer = asyncio.create_task(engine.ping(), name="sign of life")
        doubt = asyncio.create_task(self.clock.sleep(DOUBT))
        try:
            await asyncio.wait([answer, doubt], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                self._lost(EngineUnavailableError("The engine hung up", cause="Its stream of events ended."))
            await answer
        finally:
            for task in (answer, doubt):
                task.cancel()
            await asyncio.wait([answer, doubt])

    def _failed(self, error: Exception) -> None:
        """Tell a fault of our own code, and go on: the next attempt may do better."""
        _log.error("a fault of the panel itself", exc_info=error)
        self._lost(
            EngineUnavailableError("Something went wrong in the panel itself", cause=repr(error), advice="Report it.")
        )

    def _lost(self, error: EngineUnavailableError) -> None:
        state = EngineState(error.state, reason=error.cause or error.title, advice=error.advice, help=error.help)
        self.audience.engine_changed(state, None, None)

    async def _sleep_or(self, event: asyncio.Event, seconds: float) -> None:
        """Sleep until the time is over or an event is set."""
        sleep = asyncio.create_task(self.clock.sleep(seconds))
        early = asyncio.create_task(event.wait())
        try:
            await asyncio.wait([sleep, early], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleep, early):
                task.cancel()
            await asyncio.wait([sleep, early])


async def _first_to_end(*work: Coroutine[Any, Any, None]) -> None:
    """Do several things at once until the first of them ends or fails; the others end with it."""
    tasks = [asyncio.create_task(item) for item in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    faults = [fault for task in tasks if not task.cancelled() and (fault := task.exception()) is not None]
    if faults:
        raise faults[0]


def _earliest_end(observed: Observed) -> int:
    """Return a time before the first failed end, or 0. The engine keeps some events: they tell who asked for an end."""
    ends = [
        c.detail.finished_at
        for c in observed.containers
        if c.state is ContainerState.EXITED and c.detail and c.detail.exit_code and c.detail.finished_at
    ]
    return int(min(ends).timestamp() * 1e9) - _LOOK_BACK_NS if ends else 0
