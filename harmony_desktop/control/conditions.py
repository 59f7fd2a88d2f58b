"""Waits until a service meets a condition of ``depends_on``, by the engine's events rather than by asking again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from harmony_desktop.control.ports import Clock, Engine, NotFoundError
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Condition, Project

#: Seconds from which on events are asked for, before the first look.
_OVERLAP = 5.0
#: Seconds after which is looked again though no event came: events end silently when a connection is lost.
_SAFETY = 10.0


@dataclass(frozen=True, slots=True)
class ConditionWaiter:
    """Waits for conditions of one project's services.

    Args:
        engine: The engine.
        project: The project.
        clock: Time.
    """

    engine: Engine
    project: Project
    clock: Clock

    async def __call__(self, service: str, condition: Condition) -> None:
        """Return when the condition is met. Raises HarmonyError when it cannot be met any more."""
        since_ns = int((self.clock.now() - _OVERLAP) * 1e9)
        while True:
            async with contextlib.aclosing(self.engine.events(since_ns)) as events:
                while True:
                    if await self._met(service, condition):
                        return
                    try:
                        async with asyncio.timeout(_SAFETY):
                            while True:
                                event = await anext(events)
                                if event.attributes.get("com.docker.compose.service") == service:
                                    break
                    except (StopAsyncIteration, TimeoutError):
                        # The end of a stream proves nothing: look, then listen anew.
                        break
            since_ns = int((self.clock.now() - _OVERLAP) * 1e9)

    async def _met(self, service: str, condition: Condition) -> bool:
        observed = await self.engine.observe(self.project.name, detail=True)
        mine = [c for c in observed.containers if c.service == service and not c.oneoff]
        if not mine:
            raise NotFoundError(
                f"“{service}” has gone",
                cause="Its container was removed while others waited for it.",
                advice="Look whether another program stops this stack, then start it again.",
                status=404,
            )
        return met(service, mine, condition)


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
                f"“{service}” did not complete",
                cause=f"It ended with exit code {detail.exit_code}, and others wait for it to end well.",
                advice="Its log tells why.",
            )
        return ended
    if ended:
        raise HarmonyError(
            f"“{service}” ended before it was healthy",
            cause=f"It ended with exit code {detail.exit_code}.",
            advice="Its log tells why.",
        )
    if container.state is ContainerState.RUNNING and detail.health is Health.NONE:
        raise HarmonyError(
            f"“{service}” has no health check",
            cause="Another service waits for it to be healthy.",
            advice="Give it a health check, or wait for service_started only.",
        )
    if detail.health is Health.UNHEALTHY:
        raise HarmonyError(
            f"“{service}” is unhealthy",
            cause=detail.health_output or "Its health check fails.",
            advice="Its log tells why.",
        )
    return detail.health is Health.HEALTHY
