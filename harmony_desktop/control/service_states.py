"""One look at how ready the services are, for those that do not watch: ``ps`` and reports."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from harmony_desktop.control.diagnose import SEARCHED
from harmony_desktop.control.engine_address import engine_host
from harmony_desktop.control.lives import LifeMemory
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.loops import WINDOW
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.readiness import Readiness, has_ended
from harmony_desktop.control.state import ServiceState
from harmony_desktop.plan.observed import Container, ContainerState, Health, Observed
from harmony_desktop.stack.project import Project

#: How long before an end the request for it is looked for.
_LOOK_BACK = timedelta(minutes=1)


async def service_states(
    engine: Engine, project: Project, memory: LifeMemory | None = None
) -> tuple[ServiceState, ...]:
    """Observe, read the ends of the logs of what has ended, probe, and judge. Raises EngineError.

    Args:
        engine: The engine.
        project: The project.
        memory: What is remembered of the lights.
    """
    logs = LogBook()
    # What the engine says of itself takes it as long as all the rest.
    info, observed = await asyncio.gather(engine.info(), engine.observe(project.name, detail=True))
    readiness = Readiness(project, logs, engine_host(info.address), memory)
    await readiness.recall()
    await _recall_events(engine, readiness, observed)
    told = [c for c in observed.containers if has_ended(c)]
    await asyncio.gather(readiness.probe(observed), *(_read_log(engine, logs, c) for c in told))
    states = readiness.states(observed)
    await readiness.keep()
    return states


async def _read_log(engine: Engine, logs: LogBook, container: Container) -> None:
    async with contextlib.aclosing(engine.logs(container.id, tail=SEARCHED, follow=False)) as stream:
        async for chunk in stream:
            logs.append(container.service, chunk.lines)


async def _recall_events(engine: Engine, readiness: Readiness, observed: Observed) -> None:
    """Ask the engine's short memory of events who asked for the ends, and when things changed."""
    times = [
        (detail.finished_at if c.state is ContainerState.EXITED else None) or detail.started_at
        for c in observed.containers
        if (detail := c.detail) is not None
        and (has_ended(c) or c.state is ContainerState.PAUSED or detail.health is Health.UNHEALTHY)
    ]
    known = [time for time in times if time is not None]
    if not known:
        return
    since = min(known) - max(WINDOW, _LOOK_BACK)
    async with contextlib.aclosing(engine.events(int(since.timestamp() * 1e9), until_now=True)) as events:
        async for event in events:
            readiness.note(event)
