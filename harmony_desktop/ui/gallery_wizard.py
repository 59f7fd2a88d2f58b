"""Pages of the set-up as the gallery shows them: nothing is looked up, and nothing is written."""

from __future__ import annotations

from dataclasses import replace

from harmony_desktop.control.proof import Part, Proof, Step, Verdict
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.control.wizard import (
    PAGES,
    Addition,
    Choices,
    FolderKind,
    FolderLook,
    Install,
    InstallPhase,
    Page,
    PortOption,
    Progress,
    SpeechOption,
    WizardState,
    after,
    before,
    changed,
    reachable,
)
from harmony_desktop.ui import gallery_memory

_GIB = 1024**3
_FOLDER = "/home/you/Harmony"
_LOOK = FolderLook(_FOLDER, FolderKind.NEW, free=212 * 10**9, needed=30 * 10**9)
_LISTENS = "Harmony Link listens with it"
_SPEECH = (
    SpeechOption("hs1", "Harmony Speech V1", "Quick; clones a voice from a short recording", _GIB, on=True, card=0),
    SpeechOption("ov2:EN", "OpenVoice V2, English", "The best voices, in many languages", _GIB // 2, on=True, card=0),
    SpeechOption("ov2:ZH", "OpenVoice V2, Chinese", "The best voices, in many languages", _GIB // 2, on=False, card=0),
    SpeechOption("ov1:EN", "OpenVoice V1, English", "English and Chinese, with moods", _GIB // 2, on=False, card=0),
    SpeechOption("fw:medium", "Faster Whisper medium", "Turns speech into text", 5 * _GIB, True, _LISTENS, 0),
    SpeechOption("fw:tiny", "Faster Whisper tiny", "Turns speech into text", _GIB, True, _LISTENS, 0),
)
_LINK, _TEXT, _VOICE, _UI = "Harmony Link", "Text Generation", "Speech Engine", "Speech UI"
_PORTS = (
    PortOption("link", _LINK, 28080, 28080, "HARMONY_LINK_PORT"),
    PortOption("link", _LINK, 28081, 28081, "HARMONY_LINK_API_PORT"),
    PortOption("text", _TEXT, 7860, 7860, "HARMONY_TEXT_PORT"),
    PortOption("text", _TEXT, 5000, 5000, "HARMONY_TEXT_API_PORT"),
    PortOption("speech", _VOICE, 12080, 12080, "HARMONY_SPEECH_PORT"),
    PortOption("ui", _UI, 80, 8080, "HARMONY_SPEECH_UI_PORT"),
)
_TOOLKIT = (
    "Install it, set it up for Docker, and restart Docker:\n"
    "sudo apt-get update\nsudo apt-get install -y nvidia-container-toolkit\n"
    "sudo nvidia-ctk runtime configure --runtime=docker\nsudo systemctl restart docker"
)
_INSTALLER = (
    "$ apt-get update",
    "Get:1 https://download.docker.com/linux/ubuntu noble InRelease [48.8 kB]",
    "$ apt-get install -y docker-ce docker-ce-cli containerd.io",
    "Unpacking docker-ce (5:28.5.2-1~ubuntu.24.04~noble) ...",
)


def at(page: Page, **fields: object) -> WizardState:
    """Return a page with what it shows when all is well."""
    done = frozenset(PAGES[: PAGES.index(page)])
    prepared = bool(fields.pop("prepared", False))
    choices = fields.pop("choices", None)
    chosen = choices if isinstance(choices, Choices) else Choices(_FOLDER)
    plain = WizardState(
        Progress(page, chosen, done, prepared=prepared),
        look=_LOOK,
        speech=_SPEECH,
        chosen=gallery_memory.chosen(text=None),
        there=gallery_memory.now(24),
        ports=_PORTS,
        toolkit=_TOOLKIT,
        images=20 * 10**9,
        images_free=88 * 10**9,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # the fields of WizardState


def installing(phase: InstallPhase = InstallPhase.RUNNING, fault: Problem | None = None) -> WizardState:
    """Return the engine's page while Docker is installed, or was."""
    return at(Page.ENGINE, install=Install(phase, _INSTALLER, fault))


def install_failed() -> WizardState:
    """Return the same when it failed."""
    cause = "The command ended with status 100.\nE: Could not get lock /var/lib/dpkg/lock-frontend."
    advice = "What was done stays. Try it again, or type the commands in a terminal, where they may tell more."
    return installing(InstallPhase.FAILED, Problem("Docker could not be installed", cause, advice))


def quickstart() -> WizardState:
    """Return a folder that can be taken over."""
    added = (
        Addition("harmony-link/harmony-user.key", "A file that Harmony Link expects"),
        Addition("harmony-speech-engine/cache", "A folder for Harmonyspeech engine"),
        Addition(".env", "The line COMPOSE_FILE=docker-compose.yml, which says the hardware"),
    )
    look = replace(_LOOK, folder="/home/you/quickstart", kind=FolderKind.QUICKSTART, additions=added)
    return at(Page.FOLDER, look=look, choices=Choices("/home/you/quickstart"))


def poor_place() -> WizardState:
    """Return a folder in a cloud's folder on a nearly full disk."""
    folder = "/home/you/Nextcloud/Harmony"
    warning = (
        f"{folder} seems to be synchronised to a cloud (Nextcloud). Models of many gigabytes would be uploaded, and "
        "files may change under the running services: a folder outside is better."
    )
    look = replace(_LOOK, folder=folder, kind=FolderKind.FILLED, warnings=(warning,), free=9 * 10**9)
    return at(Page.FOLDER, look=look, images_free=12 * 10**9, choices=Choices(folder))


def bad_place() -> WizardState:
    """Return a folder that cannot be one."""
    cause = "You may not create files in /opt."
    advice = "Choose a folder in your home folder, or ask for access to this one."
    fault = Problem("The stack folder cannot be written", cause, advice)
    look = FolderLook("/opt/harmony", FolderKind.UNUSABLE, fault)
    return at(Page.FOLDER, look=look, choices=Choices("/opt/harmony"))


def held_ports() -> WizardState:
    """Return two ports that are taken, and access for everybody."""
    ports = list(_PORTS)
    ports[3] = replace(
        ports[3],
        fault="Port 5000 is held by AirPlay Receiver (process 612).",
        advice="AirPlay Receiver can be turned off in System Settings, General, AirDrop & Handoff.",
        offered=5001,
    )
    why = "Port 8080 is held by the container blog-web-1 of the project blog."
    ports[5] = replace(ports[5], fault=why, offered=8081)
    return at(Page.PORTS, ports=tuple(ports), choices=Choices(_FOLDER, address="0.0.0.0"))  # noqa: S104 - shown only


def tight_memory() -> WizardState:
    """Return more voices than fit."""
    return at(Page.MODELS, there=gallery_memory.now(6))


def proved(*, well: bool = True) -> WizardState:
    """Return what came of the proof."""
    good = (
        Step(Part.LINK, Verdict.GOOD, "It answers on port 28080.", seconds=0.1, service="harmony-link"),
        Step(Part.TEXT, Verdict.GOOD, "Kaji-7B says: “Hello! It is good to meet you.”", seconds=2.4),
        Step(
            Part.SPEECH,
            Verdict.GOOD,
            "ov2-synthesizer-en spoke for 2.9 seconds.",
            seconds=4.2,
            file="/home/you/Harmony/.harmony/hello.wav",
        ),
    )
    bad = (
        good[0],
        Step(Part.TEXT, Verdict.MISSING, "It runs, and has no model yet.", "Choose one on the Models page."),
        Step(
            Part.SPEECH,
            Verdict.FAILED,
            "It refuses: CUDA out of memory (HTTP 400).",
            "Look at the log of Speech Engine.",
            seconds=8.0,
            service="harmonyspeech-engine",
        ),
    )
    return at(Page.PROOF, proof=Proof(good if well else bad), prepared=True)


def proving() -> WizardState:
    """Return the proof on its way."""
    steps = (proved().proof.steps[0], Step(Part.TEXT, Verdict.RUNNING), Step(Part.SPEECH))
    return at(Page.PROOF, proof=Proof(steps, running=True), prepared=True)


class RecordedWizard:
    """Implements ``control.wizard_desk.SettingUp``; pages can be turned, and choices made.

    Args:
        calls: Where what is asked for is written down.
        shown: What it shows.
    """

    def __init__(self, calls: list[tuple[object, ...]], shown: WizardState | None) -> None:
        self._calls = calls
        self.store = Store(shown or at(Page.WELCOME))

    def open(self, *, again: bool = False) -> None:
        """Write it down."""
        self._calls.append(("open_set_up", again))

    def leave(self) -> None:
        """Write it down."""
        self._calls.append(("leave_set_up",))

    def finish(self) -> None:
        """Write it down."""
        self._calls.append(("finish_set_up",))

    def go(self, page: Page) -> None:
        """Turn to a page."""
        if reachable(self.store.value, page):
            self._turn(page)

    def next(self, *, skip: bool = False) -> None:
        """Turn to the next page."""
        state = self.store.value
        if not state.blocked():
            done = state.progress.done - {state.page} if skip else state.progress.done | {state.page}
            self._turn(after(state.page), done)

    def back(self) -> None:
        """Turn back."""
        self._turn(before(self.store.value.page))

    def _turn(self, page: Page, done: frozenset[Page] | None = None) -> None:
        progress = self.store.value.progress
        made = replace(progress, page=page, done=progress.done if done is None else done)
        self.store.set(replace(self.store.value, progress=made))

    def _choose(self, **choices: object) -> None:
        self.store.set(replace(self.store.value, progress=changed(self.store.value.progress, **choices)))

    def look_again(self) -> None:
        """Write it down."""
        self._calls.append(("look_again",))

    def choose_folder(self, folder: str) -> None:
        """Choose it."""
        self._choose(folder=folder)

    def choose_hardware(self, hardware: str) -> None:
        """Choose it."""
        self._choose(hardware=hardware)

    def adopt(self, wanted: bool) -> None:
        """Choose it."""
        self._choose(adopt=wanted)

    def choose_speech(self, option: str, on: bool) -> None:
        """Choose it."""
        self._choose(speech={**self.store.value.choices.speech, option: on})

    def choose_port(self, variable: str, port: int) -> None:
        """Choose it."""
        self._choose(ports={**self.store.value.choices.ports, variable: port})

    def use_offered_ports(self) -> None:
        """Write it down."""
        self._calls.append(("use_offered_ports",))

    def choose_address(self, address: str) -> None:
        """Choose it."""
        self._choose(address=address)

    def prepare(self, *, start: bool = False) -> None:
        """Write it down."""
        self._calls.append(("prepare_set_up", start))

    def install(self) -> None:
        """Write it down."""
        self._calls.append(("install",))

    def cancel_install(self) -> None:
        """Write it down."""
        self._calls.append(("cancel_install",))

    def prove(self, part: str = "") -> None:
        """Write it down."""
        self._calls.append(("prove", part))

    def stop_proof(self) -> None:
        """Write it down."""
        self._calls.append(("stop_proof",))

    def dismiss(self) -> None:
        """Put the problem away."""
        self.store.set(replace(self.store.value, problem=None))
