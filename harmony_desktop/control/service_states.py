"""One look at how ready the services are, for those that do not watch: ``ps`` and reports."""

from __future__ import annotations

import contextlib

from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.readiness import EVIDENCE_LINES, Readiness, engine_host
from harmony_desktop.control.state import ServiceState
from harmony_desktop.plan.observed import Container, ContainerState
from harmony_desktop.stack.project import Project


async def service_states(engine: Engine, project: Project) -> tuple[ServiceState, ...]:
    """Observe, read the ends of the logs of what has ended, probe, and judge. Raises EngineError."""
    logs = LogBook()
    info = await engine.info()
    observed = await engine.observe(project.name, detail=True)
    readiness = Readiness(project, logs, engine_host(info.address))
    ended = [c for c in observed.containers if c.state is ContainerState.EXITED]
    await _recall_ends(engine, readiness, ended)
    for container in ended:
        stream = engine.logs(container.id, tail=EVIDENCE_LINES, follow=False)
        async with contextlib.aclosing(stream):
            async for chunk in stream:
                logs.append(container.service, chunk.lines)
    await readiness.probe(observed)
    return readiness.states(observed)


async def _recall_ends(engine: Engine, readiness: Readiness, ended: list[Container]) -> None:
    """Ask the engine's short memory of events who asked for the ends."""
    ends = [c.detail.finished_at for c in ended if c.detail and c.detail.exit_code and c.detail.finished_at]
    if not ends:
        return
    async with contextlib.aclosing(engine.events(int((min(ends).timestamp() - 60) * 1e9), until_now=True)) as events:
        async for event in events:
            readiness.note(event)
