"""What the panel knows, as one frozen value: the window, the tray and the command line render it and nothing else."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from harmony_desktop.control.ports import ContextChoice, EngineHelp, EngineStatus, Gpu
from harmony_desktop.control.transfer import Download, Pace

if TYPE_CHECKING:
    from harmony_desktop.control.remedies import Remedy
    from harmony_desktop.plan.observed import PublishedPort


class Stage(enum.StrEnum):
    """How far a service has come (the readiness table of docs/readiness.md)."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    REACHABLE = "reachable"
    READY = "ready"
    LIMITED = "limited"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Light(enum.StrEnum):
    """The shape and colour of a light; each shape is told apart without its colour."""

    READY = "disc with a tick, green"
    BUSY = "turning ring, amber"
    ATTENTION = "triangle, amber"
    FAILED = "square with a cross, red"
    STOPPED = "empty ring, grey"
    UNKNOWN = "dashed ring, grey"


_LIGHTS = {
    Stage.ABSENT: Light.STOPPED,
    Stage.STOPPED: Light.STOPPED,
    Stage.STARTING: Light.BUSY,
    Stage.RUNNING: Light.BUSY,
    Stage.REACHABLE: Light.BUSY,
    Stage.READY: Light.READY,
    Stage.LIMITED: Light.ATTENTION,
    Stage.DEGRADED: Light.ATTENTION,
    Stage.FAILED: Light.FAILED,
    Stage.UNKNOWN: Light.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page to open, with its address on this machine."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class UseLink:
    """A service that is called, and what for."""

    service: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ContainerView:
    """One container of a service, as ``ps`` lists it."""

    id: str
    name: str
    state: str
    image: str
    ports: tuple[PublishedPort, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service: what it is, how far it has come, and why.

    Attributes:
        name: The service's key.
        title: The name that people read.
        description: What it is for, a few words.
        stage: How far it has come.
        reason: Why it is there, in plain words ("model loaded", "out of memory"), or "".
        since: When it got there.
        probed: Whether it has probes beyond its open ports; without them ``reachable`` is as good as it gets.
        containers: Its containers.
        pages: Its pages, empty while nothing is published.
        declared_ports: Published host ports that it will have, for display while it is stopped.
        uses: Services that it calls.
        depends_on: Services that it declares as dependencies.
        evidence: Lines of log that tell of a failure.
        exit_code: The exit code of a failed service.
        image: The image's reference.
        advice: What helps against a failure, or "".
        lacks_model: Whether it is ready but for a language model: none is loaded.
        roots: Other services where its trouble began, the gravest first; empty where it is its own.
    """

    name: str
    title: str
    description: str = ""
    stage: Stage = Stage.UNKNOWN
    reason: str = ""
    since: datetime | None = None
    probed: bool = True
    containers: tuple[ContainerView, ...] = ()
    pages: tuple[PageLink, ...] = ()
    declared_ports: tuple[int, ...] = ()
    uses: tuple[UseLink, ...] = ()
    depends_on: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    exit_code: int | None = None
    image: str = ""
    advice: str = ""
    lacks_model: bool = False
    roots: tuple[str, ...] = ()

    @property
    def light(self) -> Light:
        """The light of this stage; a service without probes is green once its ports are open."""
        if self.stage is Stage.REACHABLE and not self.probed:
            return Light.READY
        return _LIGHTS[self.stage]

    @property
    def accessible_name(self) -> str:
        """What a screen reader says for the light."""
        return f"{self.title}: {self.stage}"

    @property
    def runs(self) -> bool:
        """Whether it has a container that runs or is about to."""
        return any(c.state in {"running", "restarting", "paused"} for c in self.containers)


@dataclass(frozen=True, slots=True)
class EngineState:
    """The engine in a few words.

    Attributes:
        status: How it stands with it.
        version: Its version, while it is ready.
        context: The Docker context that leads to it.
        reason: Why it stands like this, in plain words.
        advice: What to do, as one text.
        help: The same with its commands, its page, and what the panel can do itself.
        being_started: The panel is starting it, because somebody pressed the button; that can be ended.
    """

    status: EngineStatus = EngineStatus.SEARCHING
    version: str = ""
    context: str = ""
    reason: str = ""
    advice: str = ""
    help: EngineHelp = field(default_factory=EngineHelp)
    being_started: bool = False


@dataclass(frozen=True, slots=True)
class HardwareState:
    """The machine, the profile that was picked, and why.

    Attributes:
        profile: "cpu" or "nvidia"; "" while unknown.
        automatic: Whether the panel picked it (else the user did).
        reasons: Sentences in plain words, the decisive one first.
        advice: How to get the better profile, or "".
        gpus: The cards.
        driver: The driver's version.
        cores: Logical processors.
        memory: Memory in bytes.
    """

    profile: str = ""
    automatic: bool = True
    reasons: tuple[str, ...] = ()
    advice: str = ""
    gpus: tuple[Gpu, ...] = ()
    driver: str = ""
    cores: int = 0
    memory: int = 0


class OperationKind(enum.StrEnum):
    """What the user asked for."""

    UP = "up"
    STOP = "stop"
    DOWN = "down"
    RESTART = "restart"
    PULL = "pull"
    UPDATE = "update"
    ROLL_BACK = "roll back"
    PREPARE = "prepare"
    CLEAN_UP = "clean up"


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that goes on because the user asked for it.

    Attributes:
        kind: What was asked.
        text: What is being done right now, in plain words.
        done: Steps that have ended.
        total: Steps in all; 0 while planning.
        services: Services that it is about; empty for all.
        pulls: Images on their way, and those that have come.
        pace: How all of them together come along.
        cancelling: The user has asked for its end.
        warnings: What deserved a word so far.
        started_at: When it began.
    """

    kind: OperationKind
    text: str = ""
    done: int = 0
    total: int = 0
    services: tuple[str, ...] = ()
    pulls: tuple[Download, ...] = ()
    pace: Pace = field(default_factory=Pace)
    cancelling: bool = False
    warnings: tuple[str, ...] = ()
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the user should know about, with a title, a cause, what to do, and what the panel can do."""

    title: str
    cause: str = ""
    advice: str = ""
    service: str = ""
    remedies: tuple[Remedy, ...] = ()


class StackPhase(enum.StrEnum):
    """Whether there is a stack to show."""

    LOADING = "loading"
    NO_FOLDER = "no folder"
    BROKEN = "broken"
    LOADED = "loaded"


@dataclass(frozen=True, slots=True)
class StackState:
    """Everything that is shown.

    Attributes:
        phase: Whether there is a stack to show; BROKEN when its files are wrong (see ``problem``).
        folder: The stack folder, or "".
        project: The project's name, or "".
        services: The services, in the order of the stack's call graph (callers first).
        engine: The engine.
        contexts: The Docker contexts, once somebody has asked for them.
        hardware: The machine and the profile.
        operation: What goes on, or None.
        problem: The last fault of an operation or of the files, until it is dismissed or overtaken.
        warnings: What the loader or the plan had to say.
        setting_up: Whether the set-up is shown though there is a stack.
    """

    phase: StackPhase = StackPhase.LOADING
    folder: str = ""
    project: str = ""
    services: tuple[ServiceState, ...] = ()
    engine: EngineState = EngineState()
    contexts: ContextChoice = field(default_factory=ContextChoice)
    hardware: HardwareState = HardwareState()
    operation: Operation | None = None
    problem: Problem | None = None
    warnings: tuple[str, ...] = ()
    setting_up: bool = False

    def service(self, name: str) -> ServiceState | None:
        """Return the service of that name, or None."""
        return next((service for service in self.services if service.name == name), None)
