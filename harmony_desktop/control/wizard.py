"""The first run as pages: which there are, what is chosen on them, and where one may go. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harmony_desktop.control.memory_choice import Chosen, MemoryNow, SpeechGroup
from harmony_desktop.control.proof import Proof, Voice
from harmony_desktop.control.state import Problem
from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Gpu
    from harmony_desktop.stack.project import Project

#: The addresses that services listen on: this computer alone, and everybody on the network.
ONLY_HERE, EVERYBODY = "127.0.0.1", "0.0.0.0"  # noqa: S104 - offered with a warning, never the default


class Page(enum.StrEnum):
    """The pages, in their order."""

    WELCOME = "welcome"
    ENGINE = "engine"
    MACHINE = "machine"
    FOLDER = "folder"
    MODELS = "models"
    PORTS = "ports"
    START = "start"
    PROOF = "proof"


PAGES = tuple(Page)


class FolderKind(enum.StrEnum):
    """What a folder is, as far as a stack goes."""

    NEW = "new"
    """It does not exist, or is empty."""
    FILLED = "filled"
    """Other things lie in it: the stack's files would stand among them."""
    OURS = "ours"
    QUICKSTART = "quickstart"
    """A stack that was set up by hand: it can be taken over as it is."""
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Addition:
    """Something that taking over a folder would add to it.

    Attributes:
        path: Where, relative to the folder.
        text: What, and what for.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class FolderLook:
    """What was found in a place for the stack's folder.

    Attributes:
        folder: The folder, as an absolute path.
        kind: What it is.
        fault: Why it cannot be used, for one that cannot.
        warnings: What speaks against it.
        free: Bytes that are free on its disk.
        needed: Bytes that models and caches take there, about.
        additions: What would be added to a folder that is taken over.
        obstacles: What keeps the stack of a folder that is taken over from starting; ``warnings`` tells it too.
    """

    folder: str
    kind: FolderKind
    fault: Problem | None = None
    warnings: tuple[str, ...] = ()
    free: int = 0
    needed: int = 0
    additions: tuple[Addition, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the stack can live there."""
        return self.kind is not FolderKind.UNUSABLE


@dataclass(frozen=True, slots=True)
class SpeechOption:
    """Speech models that are switched on and off together.

    Attributes:
        id: Its name in the program.
        title: Its name for people.
        text: What it is good for.
        need: Bytes of memory that it takes, about.
        on: Whether the file has it on now.
        used_by: Why it is better left on, or "".
        card: The graphics card that it is loaded onto, as the service counts them; None for the processor.
    """

    id: str
    title: str
    text: str
    need: int
    on: bool
    used_by: str = ""
    card: int | None = None


@dataclass(frozen=True, slots=True)
class PortOption:
    """A port of this computer that a service will have.

    Attributes:
        service: The service.
        title: Its name for people.
        target: The port within the container, by which its purpose is known.
        port: The port on this computer.
        variable: The variable that decides it; "" where it cannot be changed here.
        fault: Who has it already, or "".
        advice: What helps against that, or "".
        offered: A free port in its place, or 0.
    """

    service: str
    title: str
    target: int
    port: int
    variable: str = ""
    fault: str = ""
    advice: str = ""
    offered: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose.

    Attributes:
        folder: The stack's folder.
        hardware: "auto", "cpu" or "nvidia".
        speech: Groups of speech models that shall be on or off, by id; the others stay as they are.
        ports: Ports by their variables; the others stay as they are.
        address: The address that services listen on; "" leaves it as it is.
        adopt: A folder that was set up by hand shall be taken over: its additions were shown.
    """

    folder: str = ""
    hardware: str = "auto"
    speech: Mapping[str, bool] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    address: str = ""
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody has come, as it is remembered.

    Attributes:
        page: The page that was open.
        choices: What was chosen until then.
        done: Pages that were gone through.
        open: Whether the set-up was being gone through, and not left.
        prepared: Whether the folder was prepared with these choices.
    """

    page: Page = Page.WELCOME
    choices: Choices = field(default_factory=Choices)
    done: frozenset[Page] = frozenset()
    open: bool = True
    prepared: bool = False


class InstallPhase(enum.StrEnum):
    """How it stands with installing the engine."""

    NONE = "none"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Install:
    """Installing the engine.

    Attributes:
        phase: How far it is.
        lines: What the installer says, the last lines of it.
        fault: Why it failed.
    """

    phase: InstallPhase = InstallPhase.NONE
    lines: tuple[str, ...] = ()
    fault: Problem | None = None

    @property
    def running(self) -> bool:
        """Whether something is being installed."""
        return self.phase in {InstallPhase.RUNNING, InstallPhase.CANCELLING}


@dataclass(frozen=True, slots=True)
class WizardState:
    """What there is to show.

    Attributes:
        progress: The page, the choices, and what was done.
        look: The folder; None before it was looked at.
        speech: The speech models to choose from.
        chosen: What the stack would load, as its files are.
        there: What there is to compute in.
        ports: The ports.
        address: The address that services listen on as things are, before a choice.
        may_choose_address: Whether the files know a variable for that.
        looking: Pages whose facts are being looked up.
        toolkit: How Docker gets the graphics card on this machine: a sentence, then commands, a line each; or "".
        images: Bytes that the images take on the engine's disk.
        images_free: Bytes that are free there; -1 where that cannot be seen.
        install: Installing the engine.
        proof: The proof.
        preparing: Whether the folder is being prepared.
        problem: What went wrong last, or None.
    """

    progress: Progress = field(default_factory=Progress)
    look: FolderLook | None = None
    speech: tuple[SpeechOption, ...] = ()
    chosen: Chosen = field(default_factory=Chosen)
    there: MemoryNow = field(default_factory=MemoryNow)
    ports: tuple[PortOption, ...] = ()
    address: str = ONLY_HERE
    may_choose_address: bool = True
    looking: frozenset[Page] = frozenset()
    toolkit: str = ""
    images: int = 0
    images_free: int = -1
    install: Install = field(default_factory=Install)
    proof: Proof = field(default_factory=Proof)
    preparing: bool = False
    problem: Problem | None = None

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.progress.page

    @property
    def choices(self) -> Choices:
        """What is chosen."""
        return self.progress.choices

    def wants_speech(self, option: SpeechOption) -> bool:
        """Whether a group of speech models shall be on."""
        return self.choices.speech.get(option.id, option.on)

    @property
    def speech_need(self) -> int:
        """Bytes that the chosen speech models take, about."""
        return sum(option.need for option in self.speech if self.wants_speech(option))

    @property
    def wanted_models(self) -> Chosen:
        """What the stack would load with the speech models that are chosen."""
        groups = {group.id: group for group in self.chosen.speech}
        wanted = (option for option in self.speech if self.wants_speech(option))
        speech = (
            SpeechGroup(
                option.id,
                option.title,
                option.need,
                option.card,
                groups[option.id].names if option.id in groups else (),
                bool(option.used_by),
            )
            for option in wanted
        )
        return replace(self.chosen, speech=tuple(speech), link_known=any(option.used_by for option in self.speech))

    @property
    def wanted_address(self) -> str:
        """The address that services will listen on."""
        return self.choices.address or self.address

    def blocked(self) -> bool:
        """Whether the page that is open has something to be put right before one can go on."""
        if self.page is Page.FOLDER:
            look = self.look
            if look is None or Page.FOLDER in self.looking or not look.usable:
                return True
            return look.kind is FolderKind.QUICKSTART and not self.choices.adopt
        return False


def reachable(state: WizardState, page: Page) -> bool:
    """Return whether one may go to a page now: what comes after the folder needs one, and the proof a stack."""
    if page in PAGES[: PAGES.index(Page.FOLDER) + 1]:
        return True
    if page is Page.PROOF:
        return state.progress.prepared
    return Page.FOLDER in state.progress.done or state.progress.prepared


def after(page: Page) -> Page:
    """Return the page behind a page; the last one is its own."""
    return PAGES[min(PAGES.index(page) + 1, len(PAGES) - 1)]


def before(page: Page) -> Page:
    """Return the page in front of a page; the first one is its own."""
    return PAGES[max(PAGES.index(page) - 1, 0)]


def changed(progress: Progress, **choices: Any) -> Progress:  # noqa: ANN401 - the fields of Choices
    """Return the progress with other choices: what was prepared with the old ones has to be prepared again."""
    chosen = replace(progress.choices, **choices)
    if chosen == progress.choices:
        return progress
    return replace(progress, choices=chosen, prepared=False)


def to_json(progress: Progress) -> dict[str, Any]:
    """Return the progress as it is kept."""
    choices = progress.choices
    return {
        "format": 1,
        "page": progress.page.value,
        "done": sorted(page.value for page in progress.done),
        "open": progress.open,
        "prepared": progress.prepared,
        "choices": {
            "folder": choices.folder,
            "hardware": choices.hardware,
            "speech": dict(choices.speech),
            "ports": dict(choices.ports),
            "address": choices.address,
            "adopt": choices.adopt,
        },
    }


def from_json(found: object) -> Progress:
    """Return the progress that was kept; whatever is not usable counts as not there."""
    content = found if isinstance(found, dict) else {}
    given = content.get("choices")
    given = given if isinstance(given, dict) else {}
    known = {page.value: page for page in Page}
    done = content.get("done")
    hardware, address = given.get("hardware"), given.get("address")
    return Progress(
        page=known.get(str(content.get("page")), Page.WELCOME),
        choices=Choices(
            folder=given["folder"] if isinstance(given.get("folder"), str) else "",
            hardware=hardware if hardware in {"auto", "cpu", "nvidia"} else "auto",
            speech={k: v for k, v in _mapping(given, "speech").items() if isinstance(v, bool)},
            ports={
                k: v
                for k, v in _mapping(given, "ports").items()
                if isinstance(v, int) and not isinstance(v, bool) and 0 < v < 65536
            },
            address=address if address in {ONLY_HERE, EVERYBODY} else "",
            adopt=given.get("adopt") is True,
        ),
        done=frozenset(known[name] for name in done if name in known) if isinstance(done, list) else frozenset(),
        open=content.get("open") is True,
        prepared=content.get("prepared") is True,
    )


def _mapping(given: dict[str, Any], key: str) -> dict[str, Any]:
    found = given.get(key)
    return {str(k): v for k, v in found.items()} if isinstance(found, dict) else {}


class WizardTools(Protocol):
    """What the set-up needs of the machine's files. Calls read and write, and run in a thread."""

    def unfinished(self) -> bool:
        """Return whether somebody was in the middle of it when the panel ended. Quick; never raises."""
        ...

    def recall(self) -> Progress | None:
        """Return how far somebody has come, or None. Never raises."""
        ...

    def remember(self, progress: Progress) -> None:
        """Keep how far somebody has come. Raises HarmonyError."""
        ...

    def default_folder(self) -> str:
        """Return the folder that is in use, else the one that is proposed."""
        ...

    def look(self, folder: str, profile: str) -> FolderLook:
        """Look at a place for the stack's folder. Never raises."""
        ...

    def project(self, choices: Choices, profile: str) -> Project:
        """Return the stack as it will be: that of the folder, else the one that ships. Raises HarmonyError."""
        ...

    def speech(self, choices: Choices, profile: str) -> tuple[SpeechOption, ...]:
        """Return the speech models to choose from. Raises HarmonyError."""
        ...

    def ports(self, choices: Choices, profile: str) -> tuple[PortOption, ...]:
        """Return the ports with their variables, unchecked. Raises HarmonyError."""
        ...

    def address(self, choices: Choices, profile: str) -> tuple[str, bool]:
        """Return the address that services listen on, and whether it can be chosen. Raises HarmonyError."""
        ...

    def prepare(self, choices: Choices, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        """Make the folder, or take it over, and write what was chosen; return warnings. Raises HarmonyError."""
        ...

    def toolkit(self, rootless: bool) -> str:
        """Return how Docker gets the graphics card on this machine, or ""."""
        ...

    def voices(self, folder: str) -> tuple[Voice, ...]:
        """Return the voices of the folder's speech configuration. Never raises."""
        ...

    def sound_file(self, folder: str) -> Path:
        """Return where the proof's sentence is saved."""
        ...
