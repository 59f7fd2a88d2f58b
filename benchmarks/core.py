"""The controller's operations alone against the same Engine API calls, bare and as parallel as they go."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.pairs import Comparison
from benchmarks.places import Place
from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.console import ConsoleReporter
from harmony_desktop.cli.environment import EngineOptions, ProjectOptions
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.ports import Engine
from harmony_desktop.plan.observed import Container, Image
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.stack.labels import container_name
from harmony_desktop.stack.project import Project

BARE = "the same API calls, bare, in parallel"
OFFICIAL = "docker compose 5.6.1"


@dataclass
class Core:
    """One engine connection and one loop for all measurements; connecting is not what is measured.

    Args:
        place: The stack.
    """

    place: Place
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.environment = AppEnvironment(io.StringIO(), io.StringIO())
        options = ProjectOptions(project_directory=str(self.place.folder))
        self.project: Project = self.environment.load_project(options)
        self.engine: Engine = self.loop.run_until_complete(
            self.environment.connector(EngineOptions(host=self.place.lab.engine.host)).connect()
        )

    def close(self) -> None:
        """Let engine and loop go."""
        self.loop.run_until_complete(self.engine.close())
        self.loop.close()

    def up(self) -> float:
        """Bring the stack up by the controller's operations; return the seconds."""
        return self._timed(self._operations().up(UpOptions()))

    def down(self) -> float:
        """Take it down likewise."""
        return self._timed(self._operations().down())

    def bare_up(self) -> float:
        """Make the calls that an up cannot do without, each as soon as it can be made."""
        return self._timed(self._bare_up())

    def bare_down(self) -> float:
        """Make the calls that a down cannot do without likewise."""
        return self._timed(self._bare_down())

    def _operations(self) -> Operations:
        return Operations(
            self.engine,
            self.project,
            ConsoleReporter(io.StringIO(), verbose=False),
            self.environment.tools("benchmark"),
        )

    def _timed(self, work: Coroutine[Any, Any, object]) -> float:
        begin = time.perf_counter()
        self.loop.run_until_complete(work)
        return time.perf_counter() - begin

    async def _bare_up(self) -> None:
        project, engine = self.project, self.engine
        references = [service.image or "" for service in project.services.values()]
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(engine.images(references))
            for network in project.networks.values():
                group.create_task(engine.create_network(project, network))
        images = asked.result()
        names = list(project.services)
        ids = await asyncio.gather(*(self._create(name, images[project.services[name].image or ""]) for name in names))
        await asyncio.gather(*(engine.start(made) for made in ids))

    async def _create(self, name: str, image: Image | None) -> str:
        service = self.project.services[name]
        assert image is not None
        return await self.engine.create_container(
            self.project,
            service,
            number=1,
            name=container_name(self.project.name, service, 1),
            image_id=image.id,
        )

    async def _bare_down(self) -> None:
        observed = await self.engine.observe(self.project.name)
        await asyncio.gather(*(self._end(container) for container in observed.containers))
        await asyncio.gather(*(self.engine.remove_network(network.name) for network in observed.networks))

    async def _end(self, container: Container) -> None:
        await self.engine.stop(container.id, grace=self.project.services[container.service].stop_grace_period or 10.0)
        await self.engine.remove(container.id)


def comparisons(core: Core, flavour: str) -> Iterator[Comparison]:
    """Yield the comparisons of the core."""
    place = core.place
    engine = f"engine {place.lab.engine.flavour.version}"
    yield Comparison(
        f"core-up-{flavour}",
        f"`up`, the controller alone, {engine}",
        ours=core.up,
        reference=core.bare_up,
        against=BARE,
        budget=1.15,
        before=place.down,
    )
    yield Comparison(
        f"core-down-{flavour}",
        f"`down`, the controller alone, {engine}",
        ours=core.down,
        reference=lambda: place.official("down"),
        against=f"{OFFICIAL}, whole command",
        budget=1.0,
        before=place.up,
    )
    yield Comparison(
        f"core-down-bare-{flavour}",
        f"`down`, the controller alone, {engine}",
        ours=core.down,
        reference=core.bare_down,
        against=BARE,
        before=place.up,
    )
