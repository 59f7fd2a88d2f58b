"""Waits until services meet conditions of ``depends_on``: by the engine's events rather than by asking again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import field

from harmony_desktop.control.ports import Clock, Engine, EngineError, Event, NotFoundError
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Condition, Project
from harmony_desktop.stack.words import say

#: Seconds from which on events are asked for, before the first look.
_OVERLAP = 5.0
#: Seconds after which is looked again though no event came: a connection over a network may be dead without a word.
_HEARTBEAT = 60.0
#: Seconds before a stream of events that has ended is opened anew.
_PAUSE = 0.2
#: Events that begin so change no condition; a health check makes three of them each time.
_IDLE_ACTIONS = ("exec_", "attach", "resize", "top")


@dataclass(slots=True)
class ConditionWaiter:
    """Waits for conditions of one project's services; all who wait share one stream of events and one look.

    Args:
        engine: The engine.
        project: The project.
        clock: Time.
    """

    engine: Engine
    project: Project
    clock: Clock
    _waiting: int = 0
    _watching: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    #: Looks by number: the last that has begun, and the last that has ended, with what it saw.
    _begun: int = 0
    _ended: int = 0
    _observed: Observed = field(default_factory=Observed)
    _error: HarmonyError | None = None

    async def __call__(self, service: str, condition: Condition) -> None:
        """Return when the condition is met. Raises HarmonyError when it cannot be met any more."""
        self._waiting += 1
        try:
            wanted = self._begun + 1  # one that begins from now on
            self._news.set()
            if self._watching is None:
                self._watching = asyncio.create_task(self._watch(), name="conditions")
            while not self._met(service, condition, await self._look(wanted)):
                wanted = self._ended + 1
        finally:
            self._waiting -= 1
            if not self._waiting:
                await self._rest()

    async def _look(self, wanted: int) -> Observed:
        """Return what is seen, once a look of that number or a later one has ended."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._error is not None or self._ended >= wanted)
        if self._error is not None:
            raise self._error
        return self._observed

    def _met(self, service: str, condition: Condition, observed: Observed) -> bool:
        mine = [c for c in observed.containers if c.service == service and not c.oneoff]
        if not mine:
            raise NotFoundError(
                say("“{service}” has gone", service=service),
                cause="Its container was removed while others waited for it.",
                advice="Look whether another program stops this stack, then start it again.",
                status=404,
            )
        return met(service, mine, condition)

    async def _watch(self) -> None:
        """Look whenever there is news, and tell those who wait."""
        listening = asyncio.create_task(self._listen(), name="events")
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_HEARTBEAT):
                        await self._news.wait()
                self._news.clear()
                self._begun += 1
                number = self._begun
                observed = await self.engine.observe(self.project.name, detail=True)
                async with self._changed:
                    self._observed, self._ended = observed, number
                    self._changed.notify_all()
        except HarmonyError as error:
            async with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            listening.cancel()
            await asyncio.wait({listening})

    async def _listen(self) -> None:
        while True:
            since_ns = int((self.clock.now() - _OVERLAP) * 1e9)
            # The end of a stream, good or bad, proves nothing: look, then listen anew. Whether the engine is gone shows
            # at that look.
            with contextlib.suppress(EngineError):
                async with contextlib.aclosing(self.engine.events(since_ns)) as events:
                    async for event in events:
                        if self._matters(event):
                            self._news.set()
            self._news.set()
            await asyncio.sleep(_PAUSE)

    def _matters(self, event: Event) -> bool:
        mine = event.attributes.get("com.docker.compose.project") == self.project.name
        return mine and not event.action.startswith(_IDLE_ACTIONS)

    async def _rest(self) -> None:
        """End the watch: nobody waits any more."""
        watching, self._watching, self._error = self._watching, None, None
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})


def met(service: str, containers: Sequence[Container], condition: Condition) -> bool:
    """Return whether all containers of a service meet a condition.

    Raises:
        HarmonyError: one of them cannot any more.
    """
    results = [_one_met(service, container, condition) for container in containers]
    return all(results)


def _one_met(service: str, container: Container, condition: Condition) -> bool:
    detail = container.detail or Detail()
    ended = container.state in {ContainerState.EXITED, ContainerState.DEAD}
    if condition is Condition.STARTED:
        return container.state is ContainerState.RUNNING or ended
    if condition is Condition.COMPLETED:
        if ended and detail.exit_code != 0:
            raise HarmonyError(
                say("“{service}” did not complete", service=service),
                cause=say(
                    "It ended with exit code {exit_code}, and others wait for it to end well.",
                    exit_code=detail.exit_code,
                ),
                advice="Its log tells why.",
            )
        return ended
    if ended:
        raise HarmonyError(
            say("“{service}” ended before it was healthy", service=service),
            cause=say("It ended with exit code {exit_code}.", exit_code=detail.exit_code),
            advice="Its log tells why.",
        )
    if container.state is ContainerState.RUNNING and detail.health is Health.NONE:
        raise HarmonyError(
            say("“{service}” has no health check", service=service),
            cause="Another service waits for it to be healthy.",
            advice="Give it a health check, or wait for service_started only.",
        )
    if detail.health is Health.UNHEALTHY:
        raise HarmonyError(
            say("“{service}” is unhealthy", service=service),
            cause=detail.health_output or "Its health check fails.",
            advice="Its log tells why.",
        )
    return detail.health is Health.HEALTHY
