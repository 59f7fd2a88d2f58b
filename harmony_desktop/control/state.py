"""What the panel knows, as one frozen value: the window, the tray and the command line render it and nothing else."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from harmony_desktop.control.kinds import Light, OperationKind, StackPhase, Stage
from harmony_desktop.control.stack_state import EngineState, HardwareState, StackState
from harmony_desktop.control.transfer import Download, Pace
from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.control.remedies import Remedy
    from harmony_desktop.plan.observed import PublishedPort


__all__ = [
    "ContainerView",
    "EngineState",
    "HardwareState",
    "Light",
    "Operation",
    "OperationKind",
    "PageLink",
    "Problem",
    "ServiceState",
    "StackPhase",
    "StackState",
    "Stage",
    "UseLink",
]

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
