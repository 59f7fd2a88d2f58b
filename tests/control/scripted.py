"""A scripted engine: keeps containers in memory, sends events, and fails where a test tells it to.

The core is tested against it for what a real engine cannot be made to do on command: a fault at the n-th call, an
event stream that ends in between. What a real engine does is tested on a real one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from harmony_desktop.control.locking import Holder, LockUnusableError
from harmony_desktop.control.meters import MachineSample
from harmony_desktop.control.port_records import Publisher
from harmony_desktop.control.ports import (
    EngineError,
    EngineInfo,
    EngineUnavailableError,
    Event,
    GpuAbility,
    GpuProof,
    LogChunk,
    NotFoundError,
    PullProgress,
    RegistryError,
    Usage,
)
from harmony_desktop.control.releases import Releases
from harmony_desktop.control.storage import Storage
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health, Image, Observed, ObservedNetwork
from harmony_desktop.stack.project import Network, Project, Service, Volume
from tests.control.scripted_ports import ScriptedAdjuster, ScriptedEnv, ScriptedPorts

T = TypeVar("T")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class ScriptedStream(Generic[T]):
    """Items from a queue; None ends it."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[T | None] = asyncio.Queue()
        self.closed = False

    def __aiter__(self) -> ScriptedStream[T]:
        return self

    async def __anext__(self) -> T:
        if self.closed:
            raise StopAsyncIteration
        item = await self.items.get()
        if item is None:
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        self.closed = True
        self.items.put_nowait(None)


@dataclass
class ScriptedEngine:
    """An engine in memory; every call is recorded in ``calls``."""

    images_here: dict[str, Image] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    nets: dict[str, ObservedNetwork] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    faults: dict[str, EngineError] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    entered: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    gone: bool = False
    closed: bool = False
    event_streams: list[ScriptedStream[Event]] = field(default_factory=list)
    log_streams: dict[str, list[ScriptedStream[LogChunk]]] = field(default_factory=lambda: defaultdict(list))
    log_requests: list[tuple[str, int, int | None]] = field(default_factory=list)
    health_at_start: dict[str, Health] = field(default_factory=dict)
    usages: dict[str, Usage] = field(default_factory=dict)
    registry: dict[str, str] = field(default_factory=dict)
    pids: dict[str, Collection[int]] = field(default_factory=dict)
    stored: Storage = field(default_factory=Storage)
    elsewhere: list[Publisher] = field(default_factory=list)
    proof: GpuProof = field(default_factory=lambda: GpuProof(GpuAbility.NO, "no toolkit"))

    # What a test does to it

    def emit(self, container: Container, action: str, **attributes: str) -> None:
        event = Event(
            "container",
            action,
            container.id,
            1,
            {"com.docker.compose.project": "p", "com.docker.compose.service": container.service, **attributes},
        )
        for stream in self.event_streams:
            stream.items.put_nowait(event)

    def change(self, name: str, state: ContainerState, **detail: object) -> Container:
        """Put a container into a state, as if it had done so by itself, and tell."""
        container = self.containers[name]
        before = container.detail or Detail(started_at=NOW)
        changed = replace(container, state=state, detail=replace(before, **detail))  # type: ignore[arg-type]
        self.containers[name] = changed
        self.emit(changed, "die" if state is ContainerState.EXITED else state)
        return changed

    def lose(self) -> None:
        """The engine is gone: all streams end, all calls fail."""
        self.gone = True
        for stream in self.event_streams:
            stream.items.put_nowait(None)

    # The protocol

    async def _call(self, call: str) -> None:
        self.calls.append(call)
        self.entered[call].set()
        if self.gone:
            raise EngineUnavailableError("The engine does not answer")
        if call in self.gates:
            await self.gates[call].wait()
        else:
            await asyncio.sleep(0)
        if call in self.faults:
            raise self.faults[call]

    @property
    def address(self) -> str:
        return ""

    async def info(self) -> EngineInfo:
        await self._call("info")
        return EngineInfo("scripted", "28.5.2", "1.51", "linux", "x86_64", id="E")

    async def ping(self) -> None:
        await self._call("ping")

    async def observe(self, project: str, *, detail: bool = False) -> Observed:
        del detail
        await self._call("observe")
        return Observed(tuple(self.containers.values()), tuple(self.nets.values()))

    async def inspect(self, container_id: str) -> Container:
        await self._call("inspect")
        return self._find(container_id)

    async def publishers(self) -> tuple[Publisher, ...]:
        await self._call("publishers")
        return tuple(self.elsewhere)

    async def images(self, references: Collection[str]) -> Mapping[str, Image | None]:
        await self._call("images")
        return {reference: self.images_here.get(reference) for reference in references}

    async def network(self, name: str) -> str | None:
        await self._call("network")
        return None

    async def volume(self, name: str) -> bool:
        await self._call("volume")
        return False

    async def create_network(self, project: Project, network: Network) -> str:
        await self._call(f"create network {network.name}")
        self.nets[network.name] = ObservedNetwork("n1", network.name, network.key, network.config_hash)
        return "n1"

    async def remove_network(self, name: str) -> None:
        await self._call(f"remove network {name}")
        self.nets.pop(name, None)

    async def create_volume(self, project: Project, volume: Volume) -> None:
        await self._call(f"create volume {volume.name}")

    async def remove_volume(self, name: str) -> None:
        await self._call(f"remove volume {name}")

    async def create_container(
        self, project: Project, service: Service, *, number: int, name: str, image_id: str, replaces: str = ""
    ) -> str:
        await self._call(f"create {name}")
        self.containers[name] = Container(
            id=f"id-{name}",
            name=name,
            service=service.name,
            number=number,
            state=ContainerState.CREATED,
            config_hash=service.config_hash,
            image=service.image or "",
            image_id=image_id,
            labelled_image_id=image_id,
            created_at=NOW,
            networks={network.name: "n1" for network in project.networks.values()},
            replaces=replaces,
            detail=Detail(),
        )
        return f"id-{name}"

    async def start(self, container_id: str) -> None:
        container = self._find(container_id)
        await self._call(f"start {container.name}")
        health = self.health_at_start.get(container.service, Health.NONE)
        self.change(container.name, ContainerState.RUNNING, started_at=NOW, health=health)

    async def unpause(self, container_id: str) -> None:
        container = self._find(container_id)
        await self._call(f"unpause {container.name}")
        self.change(container.name, ContainerState.RUNNING)

    async def stop(self, container_id: str, *, grace: float) -> None:
        container = self._find(container_id)
        await self._call(f"stop {container.name} {grace:g}")
        self.emit(container, "kill", signal="15")
        self.change(container.name, ContainerState.EXITED, exit_code=143, finished_at=NOW)

    async def restart(self, container_id: str, *, grace: float) -> None:
        container = self._find(container_id)
        await self._call(f"restart {container.name}")
        self.change(container.name, ContainerState.RUNNING, started_at=NOW)

    async def remove(self, container_id: str) -> None:
        container = self._find(container_id)
        await self._call(f"remove {container.name}")
        del self.containers[container.name]

    async def rename(self, container_id: str, name: str) -> None:
        container = self._find(container_id)
        await self._call(f"rename {container.name} {name}")
        self.containers[name] = replace(self.containers.pop(container.name), name=name)

    async def pull(self, reference: str, progress: Callable[[PullProgress], None]) -> str:
        await self._call(f"pull {reference}")
        progress(PullProgress(reference, "Downloading", 5, 10, 0, 1))
        self.images_here[reference] = Image(f"id of {reference}")
        return ""

    async def registry_digest(self, reference: str) -> str:
        await self._call(f"digest {reference}")
        if reference not in self.registry:
            raise RegistryError(f"Cannot fetch {reference}", cause="no such host")
        return self.registry[reference]

    async def tag(self, image_id: str, reference: str) -> None:
        await self._call(f"tag {image_id} {reference}")
        found = next((i for i in self.images_here.values() if i.id == image_id), None)
        if found is None:
            raise NotFoundError(f"There is no image {image_id}", status=404)
        self.images_here[reference] = found

    async def untag(self, reference: str) -> None:
        await self._call(f"untag {reference}")
        self.images_here.pop(reference, None)

    async def tags(self, repository: str) -> tuple[str, ...]:
        await self._call(f"tags {repository}")
        return tuple(name for name in self.images_here if name.startswith(f"{repository}:"))

    def events(self, since_ns: int, *, until_now: bool = False) -> ScriptedStream[Event]:
        stream = ScriptedStream[Event]()
        self.event_streams.append(stream)
        if self.gone or until_now:
            stream.items.put_nowait(None)
        return stream

    def logs(
        self, container_id: str, *, since_ns: int = 0, tail: int | None = None, follow: bool = True
    ) -> ScriptedStream[LogChunk]:
        self.log_requests.append((container_id, since_ns, tail))
        stream = ScriptedStream[LogChunk]()
        self.log_streams[container_id].append(stream)
        if self.gone or not follow:
            stream.items.put_nowait(None)
        return stream

    async def usage(self, container_id: str) -> Usage | None:
        await self._call("usage")
        return self.usages.get(self._find(container_id).service)

    async def processes(self, container_id: str) -> Collection[int]:
        await self._call("processes")
        return self.pids.get(self._find(container_id).service, ())

    async def storage(self) -> Storage:
        await self._call("storage")
        return self.stored

    async def remove_image(self, image_id: str) -> None:
        await self._call(f"remove_image {image_id}")
        self.stored = replace(self.stored, images=tuple(i for i in self.stored.images if i.id != image_id))

    async def prove_gpu(self) -> GpuProof:
        await self._call("prove_gpu")
        return self.proof

    async def hand_over(self, image: str, folder: str, owner: str) -> None:
        await self._call(f"hand_over {folder} {owner}")

    async def told(self, path: str, *arguments: str, **query: str) -> Any:
        await self._call(f"told {path}")
        return [] if path == "/containers/json" else {}

    async def close(self) -> None:
        self.closed = True

    def _find(self, container_id: str) -> Container:
        for container in self.containers.values():
            if container_id in {container.id, container.name}:
                return container
        raise NotFoundError(f"There is no container {container_id}", status=404)


@dataclass
class ScriptedClock:
    """Time that stands still until a test lets it pass."""

    time: float = 1_000_000.0
    sleepers: list[tuple[float, asyncio.Future[None]]] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.time + seconds, future))
        await future

    def advance(self, seconds: float) -> None:
        self.time += seconds
        for until, future in list(self.sleepers):
            if until <= self.time:
                self.sleepers.remove((until, future))
                if not future.done():
                    future.set_result(None)


@dataclass
class ScriptedLocks:
    """Locks in memory; a test names who holds them."""

    held_by: Holder | None = None
    fault: str = ""
    log: list[str] = field(default_factory=list)

    def program(self, what: str) -> str:
        return f"test {what}"

    def lock(self, directory: Path) -> ScriptedLocks:
        return self

    def acquire(self, holder: Holder) -> bool:
        if self.fault:
            raise LockUnusableError(self.fault)
        if self.held_by is not None:
            return False
        self.held_by = holder
        self.log.append(f"+ {holder.program}")
        return True

    def holder(self) -> Holder | None:
        return self.held_by

    def release(self) -> None:
        if self.held_by is not None and self.held_by.program.startswith("test "):
            self.log.append(f"- {self.held_by.program}")
            self.held_by = None


class ScriptedReleases:
    """Remembers in memory, by project; each saving is recorded."""

    def __init__(self) -> None:
        self.projects: dict[str, Releases] = {}
        self.saved: list[Releases] = []

    def load(self, project: Project) -> Releases:
        return self.projects.get(project.name, Releases())

    def save(self, project: Project, releases: Releases) -> None:
        self.projects[project.name] = releases
        self.saved.append(releases)


def scripted_tools(clock: ScriptedClock | None = None) -> Tools:
    """Return the machine's side of operations, without a machine."""
    return Tools(
        clock=clock or ScriptedClock(),
        locks=ScriptedLocks(),
        releases=ScriptedReleases(),
        ports=ScriptedPorts(),
        stack_env=ScriptedEnv(),
        adjuster=ScriptedAdjuster(),
        space=lambda folder, machine: None,  # noqa: ARG005 - the protocol's own names
    )


class ScriptedMeters:
    """Meters that show what a test writes on them."""

    def __init__(self) -> None:
        self.shown = MachineSample()
        self.open = False

    def sample(self, folder: str) -> MachineSample:
        del folder
        self.open = True
        return self.shown

    def close(self) -> None:
        self.open = False


async def until(condition: Callable[[], object], clock: ScriptedClock | None = None) -> None:
    """Let the loop turn (and scripted time pass) until a condition holds; the test's own time limit bounds it."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)
            if clock is not None:
                clock.advance(0.05)
