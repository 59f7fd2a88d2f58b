"""CPU and memory of the services, sampled only while somebody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field

from harmony_desktop.control.ports import Clock, Engine, EngineError, Usage
from harmony_desktop.control.store import Store
from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.records import dataclass

#: Seconds between two samples.
PERIOD = 2.0


@dataclass(slots=True)
class UsageSampler:
    """Samples while it is watched.

    Args:
        clock: Time.
        source: Returns the engine and what it has, or None while that is not known.
    """

    clock: Clock
    source: Callable[[], tuple[Engine, Observed] | None]
    store: Store[Mapping[str, Usage]] = field(default_factory=lambda: Store[Mapping[str, Usage]]({}))
    _task: asyncio.Task[None] | None = None

    def watch(self, *, watched: bool) -> None:
        """Begin or end the sampling."""
        if watched and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._sample_for_ever(), name="usage")
        elif not watched and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _sample_for_ever(self) -> None:
        while True:
            known = self.source()
            if known is None:
                self.store.set({})
            else:
                self.store.set(await sample(*known))
            await self.clock.sleep(PERIOD)


async def sample(engine: Engine, observed: Observed) -> dict[str, Usage]:
    """Return what each running service uses now, summed over its containers."""
    running = [c for c in observed.containers if c.state is ContainerState.RUNNING and not c.oneoff]
    samples = await asyncio.gather(*(_one(engine, container) for container in running))
    total: dict[str, Usage] = {}
    for container, usage in zip(running, samples, strict=True):
        if usage is not None:
            before = total.get(container.service, Usage(0.0, 0))
            total[container.service] = Usage(
                before.cpu + usage.cpu, before.memory + usage.memory, max(before.memory_limit, usage.memory_limit)
            )
    return total


async def _one(engine: Engine, container: Container) -> Usage | None:
    try:
        return await engine.usage(container.id)
    except EngineError:
        # It ended meanwhile, or the engine did: the watcher tells.
        return None
