"""``up --wait``: until every service is as ready as others need it to be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import field

from harmony_desktop.control.alive import while_alive
from harmony_desktop.control.diagnose import SEARCHED
from harmony_desktop.control.engine_address import engine_host
from harmony_desktop.control.lives import LifeMemory
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Clock, Engine, EngineError
from harmony_desktop.control.readiness import Readiness, has_ended
from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Condition, Project
from harmony_desktop.stack.words import joined, say

#: Seconds between two rounds of probes.
_PERIOD = 0.25
#: Seconds before the first look from which on events are asked.
_OVERLAP = 5.0

#: Seconds that the last lines of a log may take to arrive.
_EVIDENCE_LIMIT = 2.0

#: The row "--wait" of the readiness table: stages that are good enough.
_DONE = frozenset({Stage.REACHABLE, Stage.READY, Stage.LIMITED})
_ENDED = frozenset({Stage.STOPPED, Stage.FAILED})


class NotReadyError(HarmonyError):
    """A service will not become ready, or did not in time.

    Attributes:
        service: The service that failed or ended, or "".
    """

    def __init__(self, title: str, *, cause: str = "", advice: str = "", service: str = "") -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.service = service


@dataclass(slots=True)
class ReadyWaiter:
    """Waits for the services of one project.

    Args:
        engine: The engine.
        project: The project.
        clock: Time.
        memory: What is remembered of the lights.
    """

    engine: Engine
    project: Project
    clock: Clock
    memory: LifeMemory | None = None
    _logs: LogBook = field(default_factory=LogBook)
    _dirty: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)
    _read: set[str] = field(default_factory=set)

    async def wait(
        self, names: Collection[str], time_limit: float | None, *, ready: Collection[str] = ()
    ) -> tuple[ServiceState, ...]:
        """Return the states when all services are reachable or better.

        Args:
            names: The services to wait for.
            time_limit: Seconds, or None for as long as it takes.
            ready: Those of them that have to be ready: reachable is not enough where there is more to ask for.

        Raises:
            NotReadyError: a service failed or ended, or the time is over.
        """
        return await while_alive(self.engine, self.clock, self._wait(names, time_limit, ready))

    async def _wait(
        self, names: Collection[str], time_limit: float | None, ready: Collection[str]
    ) -> tuple[ServiceState, ...]:
        info = await self.engine.info()
        readiness = Readiness(self.project, self._logs, engine_host(info.address), self.memory)
        await readiness.recall()
        listening = asyncio.create_task(self._listen(readiness), name="events")
        states: tuple[ServiceState, ...] = ()
        try:
            async with asyncio.timeout(time_limit):
                observed = await self.engine.observe(self.project.name, detail=True)
                # Whoever waits has started it all just now: crashes from before that do not count.
                readiness.forgive((), observed)
                states = tuple(s for s in readiness.states(observed) if s.name in names)
                while True:
                    await readiness.probe(observed)
                    states = tuple(s for s in readiness.states(observed) if s.name in names)
                    if await self._done(readiness, states, observed, ready):
                        return await self._finish(readiness, names, observed)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_PERIOD):
                            await self._dirty.wait()
                    if self._dirty.is_set():
                        self._dirty.clear()
                        observed = await self.engine.observe(self.project.name, detail=True)
        except TimeoutError:
            late = [
                say("{service}: {stage}{reason}", service=s.title, stage=str(s.stage), reason=_aside(s.reason))
                for s in states
                if not _good_enough(s, ready)
            ]
            raise NotReadyError(
                say("Not ready after {time_limit:g} seconds", time_limit=time_limit),
                cause=joined(late, "\n"),
                advice="It may still become ready: see “ps”. Its log tells what it is doing.",
            ) from None
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _finish(
        self, readiness: Readiness, names: Collection[str], observed: Observed
    ) -> tuple[ServiceState, ...]:
        """Return the states, with the cause of what limits them."""
        await self._read_evidence(observed)
        states = tuple(s for s in readiness.states(observed) if s.name in names)
        await readiness.keep()
        return states

    async def _done(
        self, readiness: Readiness, states: Collection[ServiceState], observed: Observed, ready: Collection[str]
    ) -> bool:
        """Return whether all are good enough. Raises NotReadyError for one that ended."""
        for state in states:
            if state.stage is not Stage.ABSENT:
                self._seen.add(state.name)
            elif state.name in self._seen:
                raise NotReadyError(
                    say("{state} was removed meanwhile", state=state.title),
                    cause="Its container was there, and another program removed it.",
                    advice="Look whether somebody takes this stack down, then start it again.",
                    service=state.name,
                )
        if any(state.stage in _ENDED and not self._may_end(state) for state in states):
            await self._read_evidence(observed)
            # With the logs at hand causes are told better, and where the trouble began.
            raise self._told(tuple(s for s in readiness.states(observed) if s.name in self.project.services), states)
        return all(_good_enough(state, ready) or self._completed(state) for state in states)

    def _told(self, now: Collection[ServiceState], waited_for: Collection[ServiceState]) -> NotReadyError:
        """Return the error for the root of it all: what failed because of it is told below."""
        names = {state.name for state in waited_for}
        ended = [s for s in now if s.name in names and s.stage in _ENDED and not self._may_end(s)]
        # A failure tells more than an end, one of its own more than one that another has caused.
        first = min(ended, key=lambda s: (s.stage is not Stage.FAILED, bool(s.roots)))
        root = next((s for s in now if s.name in first.roots[:1] and s.stage in _ENDED), first)
        code = "" if root.exit_code is None else _aside(say("exit {exit_code}", exit_code=root.exit_code))
        ended_words = say("{service} ended{code}", service=root.title, code=code)
        if root.stage is Stage.FAILED:
            ended_words = say("{service} failed{code}", service=root.title, code=code)
        suffering = [
            say("{service} failed because of that.", service=s.title)
            for s in now
            if root.name in s.roots and s in ended
        ]
        return NotReadyError(
            ended_words,
            cause=joined([root.reason, *root.evidence, *suffering], "\n"),
            advice=root.advice or "Its log tells more.",
            service=root.name,
        )

    def _may_end(self, state: ServiceState) -> bool:
        """Whether somebody depends on its completion: then a good end is no error."""
        return state.stage is Stage.STOPPED and any(
            dependency.service == state.name and dependency.condition is Condition.COMPLETED
            for service in self.project.services.values()
            for dependency in service.depends_on
        )

    def _completed(self, state: ServiceState) -> bool:
        return self._may_end(state) and state.exit_code == 0

    async def _read_evidence(self, observed: Observed) -> None:
        """Read the last lines of all that has ended, and of what has been started again after that."""
        mine = [c for c in observed.containers if c.service in self.project.services and not c.oneoff]
        told = [c for c in mine if has_ended(c)]
        await asyncio.gather(*(self._read_log(container) for container in told if container.id not in self._read))

    async def _read_log(self, container: Container) -> None:
        self._read.add(container.id)
        # Following a log that has ended waits until the engine has written all of it.
        follow = container.state in {ContainerState.EXITED, ContainerState.DEAD}
        stream = self.engine.logs(container.id, tail=SEARCHED, follow=follow)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVIDENCE_LIMIT), contextlib.aclosing(stream):
                async for chunk in stream:
                    self._logs.append(container.service, chunk.lines)

    async def _listen(self, readiness: Readiness) -> None:
        while True:
            since_ns = int((self.clock.now() - _OVERLAP) * 1e9)
            # The end of a stream, good or bad, proves nothing: look, then listen anew.
            with contextlib.suppress(EngineError):
                async with contextlib.aclosing(self.engine.events(since_ns)) as events:
                    async for event in events:
                        readiness.note(event)
                        if event.attributes.get("com.docker.compose.project") == self.project.name:
                            self._dirty.set()
            self._dirty.set()
            await self.clock.sleep(_PERIOD)


def _aside(text: str) -> str:
    return say(" ({text})", text=text) if text else ""


def _good_enough(state: ServiceState, ready: Collection[str]) -> bool:
    if state.name in ready and state.stage is Stage.REACHABLE:
        return not state.probed
    return state.stage in _DONE


def limited(states: Collection[ServiceState]) -> tuple[str, ...]:
    """Return a warning for each service that is ready itself but misses another."""
    return tuple(
        say("{state} is limited: {reason}", state=state.title, reason=state.reason)
        for state in states
        if state.stage is Stage.LIMITED
    )
