"""The protocols through which the core meets the engine, the machine and the clock."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from harmony_desktop.control.kinds import EngineStatus
from harmony_desktop.control.stack_state import ContextChoice, EngineHelp
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError

if TYPE_CHECKING:  # the window's first paint needs the ports' records, but neither projects nor containers
    from harmony_desktop.control.port_records import Publisher
    from harmony_desktop.control.storage import Storage
    from harmony_desktop.plan.observed import Container, Image, Observed
    from harmony_desktop.stack.project import Network, Project, Service, Volume

__all__ = [
    "Clock",
    "ConflictError",
    "Connector",
    "ContextBook",
    "ContextChoice",
    "ContextOption",
    "Engine",
    "EngineError",
    "EngineHelp",
    "EngineInfo",
    "EngineInstall",
    "EngineStart",
    "EngineStatus",
    "EngineUnavailableError",
    "Event",
    "Folder",
    "Gpu",
    "GpuAbility",
    "GpuProof",
    "GpuReport",
    "Host",
    "Item_co",
    "LayerPhase",
    "LayerProgress",
    "LogChunk",
    "MachineReport",
    "NotFoundError",
    "ProofMemory",
    "PullProgress",
    "RegistryError",
    "Stream",
    "Usage",
]

Item_co = TypeVar("Item_co", covariant=True)


class EngineError(HarmonyError):
    """The engine refused a call.

    Attributes:
        status: The HTTP status of the engine's answer, or 0.
    """

    def __init__(self, title: str, *, cause: str = "", advice: str = "", status: int = 0) -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.status = status


@dataclass(frozen=True, slots=True)
class EngineStart:
    """How the panel can start an engine itself: offered as a button, and done only when it is pressed.

    Attributes:
        label: The words of the button ("Start Docker Desktop").
        explanation: What will be done, before it is done.
        patience: Seconds that the engine may take to answer after ``act`` has ended.
        act: Does it. Raises HarmonyError. It may take minutes, and may be cancelled.
        asks: Whether the user may be asked for a password.
    """

    label: str
    explanation: str = ""
    patience: float = 30.0
    act: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)
    asks: bool = False


@dataclass(frozen=True, slots=True)
class EngineInstall:
    """How the panel can install an engine itself: offered as a button, and done only when it is pressed.

    Attributes:
        explanation: What will be done, before it is done.
        commands: What is run, in its order, as an administrator.
        act: Does it; it is called with what hears each line of the installer's words. Raises HarmonyError. It may take
            minutes, and may be cancelled.
    """

    explanation: str
    commands: tuple[str, ...]
    act: Callable[[Callable[[str], None]], Awaitable[None]] | None = field(default=None, compare=False, repr=False)


class EngineUnavailableError(EngineError):
    """There is no engine to talk to, or it does not answer in time.

    Attributes:
        state: What is wrong.
        help: What helps; ``advice`` is its text.
    """

    exit_status = 4

    def __init__(
        self,
        title: str,
        *,
        cause: str = "",
        advice: str = "",
        state: EngineStatus = EngineStatus.UNREACHABLE,
        help: EngineHelp | None = None,  # noqa: A002 - the word for it
    ) -> None:
        self.help = help or EngineHelp(advice)
        super().__init__(title, cause=cause, advice=self.help.text)
        self.state = state


class NotFoundError(EngineError):
    """The container, network, volume or image is not there (any more)."""


class ConflictError(EngineError):
    """The engine is in a state that forbids the call: a name in use, a removal in progress."""


class RegistryError(EngineError):
    """An image could not be fetched: offline, rate limit, unknown name, no permission."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the engine says of itself."""

    name: str
    version: str
    api_version: str
    os: str
    architecture: str
    id: str = ""
    cpus: int = 0
    memory: int = 0
    root_dir: str = ""
    runtimes: tuple[str, ...] = ()
    cdi_devices: tuple[str, ...] = ()
    context: str = "default"
    address: str = ""
    operating_system: str = ""
    kernel: str = ""
    rootless: bool = False
    system_time: str = ""
    """The clock of its machine when it answered (RFC 3339), or ""."""
    proxies: tuple[str, ...] = ()
    """Addresses of the proxies that it fetches images through."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a container, network, volume or image: a reason to look again, and nothing more."""

    type: str
    action: str
    id: str
    time_ns: int
    attributes: Mapping[str, str] = field(default_factory=dict)


class LayerPhase(enum.StrEnum):
    """How far one layer of an image has come."""

    WAITING = "waiting"
    DOWNLOADING = "downloading"
    RETRYING = "retrying"
    """Its connection broke; the engine waits a little before it goes on."""
    VERIFYING = "verifying"
    FETCHED = "downloaded"
    """It has come, and waits for the layers below it."""
    EXTRACTING = "extracting"
    DONE = "done"
    THERE = "already there"


@dataclass(frozen=True, slots=True)
class LayerProgress:
    """Progress of one layer: bytes of its download, ``total`` is 0 while unknown (some registries never tell)."""

    id: str
    phase: LayerPhase = LayerPhase.WAITING
    current: int = 0
    total: int = 0

    @property
    def coming(self) -> bool:
        """Whether bytes of it are still to come, as far as is known."""
        return self.phase in {LayerPhase.WAITING, LayerPhase.DOWNLOADING, LayerPhase.RETRYING}

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.phase in {LayerPhase.DONE, LayerPhase.THERE}


@dataclass(frozen=True, slots=True)
class PullProgress:
    """Progress of one image, summed over its layers; byte counts, ``total`` is 0 while unknown.

    Attributes:
        image: The image's name as it was asked for.
        status: What the engine said last.
        current: Bytes that have come.
        total: Bytes of the layers whose size is known: those whose download has begun.
        layers_done: Layers that are in place.
        layers: Layers in all.
        parts: The layers, in the image's order.
    """

    image: str
    status: str
    current: int = 0
    total: int = 0
    layers_done: int = 0
    layers: int = 0
    parts: tuple[LayerProgress, ...] = ()


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Lines as they came from one container.

    Attributes:
        container: The container's ID.
        lines: Pairs of time (nanoseconds since the epoch, 0 where the engine gave none) and decoded text without
            its line end. A text that ends in a carriage return was a progress line.
        unfinished: The stream ended before the line did: it is whole only if the log has ended, too.
    """

    container: str
    lines: tuple[tuple[int, str], ...]
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container uses: CPU in percent of one core, memory in bytes without the page cache."""

    cpu: float
    memory: int
    memory_limit: int = 0


class GpuAbility(enum.StrEnum):
    """Whether the engine can hand a GPU to a container."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GpuProof:
    """The answer of a container with a device request, and the engine's own words where it refused."""

    ability: GpuAbility
    reason: str = ""


class Stream(Protocol[Item_co]):
    """Something that yields items until it ends or is closed. An end is never proof of a good end."""

    def __aiter__(self) -> AsyncIterator[Item_co]: ...

    async def __anext__(self) -> Item_co: ...

    async def aclose(self) -> None:
        """End it now; its thread and its connection are gone when this returns."""
        ...


class Engine(Protocol):
    """A Docker engine. Every call has a time limit; every call may raise EngineError."""

    @property
    def address(self) -> str:
        """Where it is: the address of its API, which is that of its information."""
        ...

    async def info(self) -> EngineInfo:
        """Return what the engine says of itself."""
        ...

    async def ping(self) -> None:
        """Ask for a sign of life: quick, and never behind other calls. Raises EngineUnavailableError."""
        ...

    async def observe(self, project: str, *, detail: bool = False) -> Observed:
        """Return containers, networks and volumes that carry the project's label; one list call each.

        Args:
            project: The project's name.
            detail: Also inspect each of its containers, at the same time.
        """
        ...

    async def inspect(self, container_id: str) -> Container:
        """Return one container with its detail. Raises NotFoundError."""
        ...

    async def publishers(self) -> tuple[Publisher, ...]:
        """Return the running containers of all projects that have ports on the host."""
        ...

    async def images(self, references: Collection[str]) -> Mapping[str, Image | None]:
        """Return the local image behind each reference, None where there is none."""
        ...

    async def network(self, name: str) -> str | None:
        """Return the ID of the network with exactly this name, or None."""
        ...

    async def volume(self, name: str) -> bool:
        """Return whether a volume of exactly this name exists."""
        ...

    async def create_network(self, project: Project, network: Network) -> str:
        """Create a network with the labels of the interop contract and return its ID."""
        ...

    async def remove_network(self, name: str) -> None:
        """Remove a network. Raises ConflictError while something is attached."""
        ...

    async def create_volume(self, project: Project, volume: Volume) -> None:
        """Create a named volume with the labels of the interop contract."""
        ...

    async def remove_volume(self, name: str) -> None:
        """Remove a volume and what is in it."""
        ...

    async def create_container(
        self, project: Project, service: Service, *, number: int, name: str, image_id: str, replaces: str = ""
    ) -> str:
        """Create a container as ``docker compose`` would, joined to its networks; return its ID.

        Args:
            project: The project.
            service: The service.
            number: Its number within the service.
            name: The container's name.
            image_id: ID of the local image, for the label of the contract.
            replaces: ID of the container whose anonymous volumes are inherited, or "".
        """
        ...

    async def start(self, container_id: str) -> None:
        """Start a container; a running one is left as it is."""
        ...

    async def unpause(self, container_id: str) -> None:
        """Let a paused container go on."""
        ...

    async def stop(self, container_id: str, *, grace: float) -> None:
        """Stop a container with its own signal and its own grace period.

        Args:
            container_id: The container.
            grace: Seconds that the container may take; only the call's time limit is made from it.
        """
        ...

    async def restart(self, container_id: str, *, grace: float) -> None:
        """Stop as ``stop`` does, then start."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove a container that does not run, and its anonymous volumes stay. Raises ConflictError."""
        ...

    async def rename(self, container_id: str, name: str) -> None:
        """Rename a container."""
        ...

    async def pull(self, reference: str, progress: Callable[[PullProgress], None]) -> str:
        """Fetch an image, reporting on the loop's thread; return what deserves a word though it went well, or "".

        It has no time limit of its own: a registry may be silent for long. Cancelling ends the download.

        Raises:
            RegistryError: the image cannot be had.
        """
        ...

    async def registry_digest(self, reference: str) -> str:
        """Return the digest ("sha256:…") of what the registry has under an image's name; fetches nothing.

        Raises RegistryError.
        """
        ...

    async def tag(self, image_id: str, reference: str) -> None:
        """Give a local image a name; whatever had it before loses it. Raises NotFoundError."""
        ...

    async def untag(self, reference: str) -> None:
        """Take a name away; an image goes with its last one, unless a container needs it. Gone already is fine."""
        ...

    async def tags(self, repository: str) -> tuple[str, ...]:
        """Return the names ("repository:tag") that local images have in a repository."""
        ...

    def events(self, since_ns: int, *, until_now: bool = False) -> Stream[Event]:
        """Yield events since a time (0: from now on) until the stream ends, which may happen at any time.

        Args:
            since_ns: Nanoseconds since the epoch; the engine remembers a few hundred past events.
            until_now: Only those that it remembers; then the stream ends.
        """
        ...

    def logs(
        self, container_id: str, *, since_ns: int = 0, tail: int | None = None, follow: bool = True
    ) -> Stream[LogChunk]:
        """Yield a container's log with times until it ends, which may happen at any time."""
        ...

    async def usage(self, container_id: str) -> Usage | None:
        """Return what a container uses, or None where it does not run; asked one shot at a time."""
        ...

    async def processes(self, container_id: str) -> Collection[int]:
        """Return the process ids of a container on the engine's machine; none where it does not run."""
        ...

    async def storage(self) -> Storage:
        """Return what is on the engine's disk, measured; this may take a minute."""
        ...

    async def remove_image(self, image_id: str) -> None:
        """Remove an image that no container uses. Raises ConflictError."""
        ...

    async def prove_gpu(self) -> GpuProof:
        """Try a container with a device request."""
        ...

    async def hand_over(self, image: str, folder: str, owner: str) -> None:
        """Give a folder of the engine's machine to a user, by a short-lived container that can do nothing else.

        Args:
            image: A local image that has ``chown``.
            folder: The folder, which exists; what is in it stays as it is.
            owner: "6972:6972", or "1000".
        """
        ...

    async def told(self, path: str, *arguments: str, **query: str) -> Any:  # noqa: ANN401 - the engine's JSON
        """Return the engine's own answer to a GET of its API, for reports and checks; no operation decides upon it.

        Args:
            path: The path without its version, with ``{0}`` for each argument ("/containers/{0}/json").
            arguments: Names and IDs.
            query: Query parameters.
        """
        ...

    async def close(self) -> None:
        """Close every stream and thread; pending calls end with EngineUnavailableError."""
        ...


class Connector(Protocol):
    """Finds the engine to use."""

    async def connect(self) -> Engine:
        """Return an engine that answered. Raises EngineUnavailableError, whose ``state`` tells what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class ContextOption:
    """A Docker context that can be chosen.

    Attributes:
        name: Its name.
        address: Where its engine is, or "" for the platform's own.
        description: Its maker's words.
        current: Whether the ``docker`` command uses it now.
        fault: Why it cannot be used, or "".
    """

    name: str
    address: str = ""
    description: str = ""
    current: bool = False
    fault: str = ""


class ContextBook(Protocol):
    """The Docker contexts. Calls read and write files and run in a thread."""

    def look(self) -> ContextChoice:
        """Return what there is, and what is chosen; never raises."""
        ...

    def choose(self, name: str) -> None:
        """Remember a context, by which the next search goes. Raises HarmonyError.

        Args:
            name: Its name; "" for the one that the docker command uses.
        """
        ...


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card as the driver sees it; memory in bytes."""

    index: int
    name: str
    uuid: str
    memory: int
    compute_capability: str = ""


@dataclass(frozen=True, slots=True)
class GpuReport:
    """All cards, or why there are none to be seen.

    Attributes:
        gpus: The cards.
        driver: The driver's version, or "".
        fault: A short, stable id of what is wrong ("no-library", "no-driver", "version-mismatch", "gpu-lost",
            "error"), or "" when the driver answers.
        reason: The fault in plain words.
        advice: What to do about it.
    """

    gpus: tuple[Gpu, ...] = ()
    driver: str = ""
    fault: str = ""
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class MachineReport:
    """The machine: logical cores, memory and disk space in bytes."""

    system: str
    cores: int
    memory: int
    memory_available: int
    disk_free: int = 0
    disk_total: int = 0


class Host(Protocol):
    """The machine. Both calls may take a second and run in a thread."""

    def gpus(self) -> GpuReport:
        """Ask the driver for its cards; never raises."""
        ...

    def machine(self, folder: str) -> MachineReport:
        """Return cores, memory, and the disk that holds the folder (or its nearest existing parent)."""
        ...


class Folder(Protocol):
    """The stack folder. Calls read and write files and run in a thread."""

    def location(self) -> str:
        """Return the stack folder that is in use, or "" before there is one."""
        ...

    def load(self) -> Project:
        """Return the project of the folder. Raises ComposeError."""
        ...

    def profile(self) -> str:
        """Return the profile that the folder's files mean now: "cpu", "nvidia", or "" for files that are not ours."""
        ...

    def wanted(self) -> str:
        """Return what the user wants: "auto", "cpu" or "nvidia"."""
        ...

    def prepare(self, folder: str, wanted: str, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        """Make or refresh the stack folder and remember it; return warnings. Raises HarmonyError."""
        ...

    def choose(self, wanted: str, profile: str) -> None:
        """Remember what the user wants and make the folder's files mean the profile. Raises HarmonyError."""
        ...


class ProofMemory(Protocol):
    """Remembers whether an engine can hand out cards, so that the proof need not be repeated."""

    def recall(self, engine_id: str, driver: str) -> GpuProof | None:
        """Return the remembered proof, or None."""
        ...

    def remember(self, engine_id: str, driver: str, proof: GpuProof) -> None:
        """Keep a proof."""
        ...


class Clock(Protocol):
    """Time, so that tests need none."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
