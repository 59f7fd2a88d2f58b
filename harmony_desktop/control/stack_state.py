"""The state as a whole: what the window's first paint looks at. What it is made of stands in ``state.py``."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from harmony_desktop.control.kinds import EngineStatus, StackPhase
from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.control.gaming import GamingRecord
    from harmony_desktop.control.gaming_sight import GamingNews
    from harmony_desktop.control.ports import ContextOption, EngineInstall, EngineStart, Gpu
    from harmony_desktop.control.state import Operation, Problem, ServiceState


@dataclass(frozen=True, slots=True)
class EngineHelp:
    """What helps against an engine that is not there.

    Attributes:
        advice: What to do, in plain words.
        commands: Commands to type for it, in their order.
        page: Address of a page that tells more, or "".
        page_label: The words of the button that opens it.
        start: What the panel can do itself, or None.
        install: How the panel can install one itself, or None.
    """

    advice: str = ""
    commands: tuple[str, ...] = ()
    page: str = ""
    page_label: str = ""
    start: EngineStart | None = None
    install: EngineInstall | None = None

    @property
    def text(self) -> str:
        """Advice, commands and page as one text, for where there are no buttons."""
        page = f"{self.page_label}: {self.page}" if self.page and self.page not in self.advice else ""
        return "\n".join(part for part in (self.advice, *(f"    {line}" for line in self.commands), page) if part)


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
class ContextChoice:
    """Which engine the user wants, and which there are.

    Attributes:
        options: All contexts, "default" first.
        chosen: The context that the panel is set to; "" for "as the docker command has it".
        overruled: What goes before that choice, in plain words (DOCKER_HOST, --context), or "".
    """

    options: tuple[ContextOption, ...] = ()
    chosen: str = ""
    overruled: str = ""


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
        gaming: What gaming mode has taken away; None while it is off.
        gaming_news: What came of the last wish about gaming mode, until somebody has read it.
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
    gaming: GamingRecord | None = None
    gaming_news: GamingNews | None = None

    def service(self, name: str) -> ServiceState | None:
        """Return the service of that name, or None."""
        return next((service for service in self.services if service.name == name), None)
