"""What updates and rollbacks share: one look at all that counts, and making services anew on other images."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from harmony_desktop.control.engine_address import engine_host
from harmony_desktop.control.executor import Reporter
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.readiness import Readiness
from harmony_desktop.control.releases import (
    ReleaseChange,
    Releases,
    ReleaseSet,
    changes,
    container_images,
    local_releases,
    running_releases,
)
from harmony_desktop.control.replanning import replanned
from harmony_desktop.control.snapshot import look
from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.control.tools import Tools
from harmony_desktop.control.waiting import ReadyWaiter, limited
from harmony_desktop.plan.observed import ContainerState, Image, Observed
from harmony_desktop.plan.reconcile import UpOptions, reconcile
from harmony_desktop.plan.steps import Plan
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

#: Seconds that services may take to get as far as they were: models are loaded meanwhile.
WAIT_LIMIT = 600.0

_OFF = frozenset({Stage.ABSENT, Stage.STOPPED})
_READY = frozenset({Stage.READY, Stage.LIMITED})
_GOOD = _READY | {Stage.REACHABLE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update or a rollback has done.

    Attributes:
        changes: The services that have another image now.
        states: The services that were waited for.
    """

    changes: tuple[ReleaseChange, ...] = ()
    states: tuple[ServiceState, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at what is there.

    Attributes:
        observed: Containers, and the images of the services' names.
        local: The image behind each service's name.
        running: The image of each service that runs.
        states: How far each service has come.
        releases: What is remembered.
    """

    observed: Observed
    local: ReleaseSet
    running: ReleaseSet
    states: Mapping[str, ServiceState]
    releases: Releases

    @property
    def in_use(self) -> ReleaseSet:
        """The image of each service: what runs, else what its next start would run."""
        return {**self.local, **self.running}

    @property
    def on(self) -> frozenset[str]:
        """Services that run or should: all but those that were stopped or never started."""
        return self.interrupted.union(name for name, state in self.states.items() if state.stage not in _OFF)

    @property
    def interrupted(self) -> frozenset[str]:
        """Services whose container was to take another's place and never started: somebody was killed meanwhile."""
        return frozenset(
            container.service
            for container in self.observed.containers
            if container.replaces and container.state is ContainerState.CREATED and container.service in self.states
        )

    @property
    def good(self) -> frozenset[str]:
        """Services that can be used."""
        return frozenset(name for name, state in self.states.items() if state.stage in _GOOD)

    @property
    def ready(self) -> frozenset[str]:
        """Services that are ready."""
        return frozenset(name for name, state in self.states.items() if state.stage in _READY)


@dataclass(frozen=True, slots=True)
class Renewal:
    """Makes services of one project anew on one engine.

    Args:
        engine: The engine.
        project: The project.
        reporter: Hears what goes on.
        tools: The machine's side.
        run: Carries out a plan.
    """

    engine: Engine
    project: Project
    reporter: Reporter
    tools: Tools
    run: Callable[[Plan, Observed], Awaitable[Plan]]

    async def look(self) -> Scene:
        """Return what there is: containers, images, one round of probes, and the memory."""
        observed, detailed, releases, info = await asyncio.gather(
            look(self.engine, self.project),
            self.engine.observe(self.project.name, detail=True),
            asyncio.to_thread(self.tools.releases.load, self.project),
            self.engine.info(),
        )
        readiness = Readiness(self.project, LogBook(), engine_host(info.address))
        images, _ = await asyncio.gather(self.engine.images(container_images(observed)), readiness.probe(detailed))
        return Scene(
            observed,
            local_releases(self.project, observed),
            running_releases(self.project, observed, images),
            {state.name: state for state in readiness.states(detailed)},
            releases,
        )

    def affected(self, scene: Scene, changed: Collection[ReleaseChange]) -> tuple[str, ...]:
        """Return the services to make anew: what is on and gets another image, and what shares its life.

        So are those that a call which was killed left half made.
        """
        wanted = {change.service for change in changed} & scene.on | scene.interrupted
        grown = True
        while grown:
            grown = False
            for name in sorted(scene.on - wanted):
                if _follows(self.project, name) & wanted:
                    wanted.add(name)
                    grown = True
        return tuple(name for name in self.project.services if name in wanted)

    def simulate(self, scene: Scene, images: Mapping[str, Image | None]) -> Plan:
        """Return the plan of containers if these were the local images: what runs on others is made anew."""
        observed = replace(scene.observed, images=dict(images))
        changed = changes(scene.in_use, local_releases(self.project, observed))
        anew = self.affected(scene, changed)
        return reconcile(self.project, observed, UpOptions(services=tuple(anew), alone=True)) if anew else Plan()

    async def recreate(self, services: tuple[str, ...]) -> None:
        """Make these services anew where they differ from their images now. Raises PlanError."""

        async def attempt() -> Plan:
            observed = await look(self.engine, self.project)
            return await self.run(reconcile(self.project, observed, UpOptions(services, alone=True)), observed)

        await replanned(
            attempt,
            lambda: look(self.engine, self.project, images=False),
            clock=self.tools.clock,
            note=self.reporter.note,
        )

    async def wait(
        self, services: Collection[str], time_limit: float | None, *, ready: Collection[str] = ()
    ) -> tuple[ServiceState, ...]:
        """Wait until services can be used (those in ``ready`` until they are ready). Raises NotReadyError."""
        self.reporter.note(say("Waiting until the services are as ready as they were…"))
        waiter = ReadyWaiter(self.engine, self.project, self.tools.clock, self.tools.lives)
        states = await waiter.wait(services, time_limit, ready=ready)
        for warning in limited(states):
            self.reporter.warn(warning)
        return states


def _follows(project: Project, name: str) -> set[str]:
    """Return the services whose renewal a service does not survive: shared namespaces, ``restart: true``."""
    service = project.services[name]
    modes = [service.spec.get(key) for key in ("network_mode", "ipc", "pid")]
    parents = {mode.removeprefix("service:") for mode in modes if isinstance(mode, str) and mode.startswith("service:")}
    return parents | {dependency.service for dependency in service.depends_on if dependency.restart}
