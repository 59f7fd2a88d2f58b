"""Recorded states: the window in every state of engine and services, without an engine.

For layout tests, for review, and for whoever wants to see how a state looks that is hard to get into.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from harmony_desktop.control.disk import DiskLook
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.meters import MachineSample
from harmony_desktop.control.ports import EngineStatus, Gpu, LayerPhase, LayerProgress, PullProgress, Usage
from harmony_desktop.control.service_look import ServiceLook
from harmony_desktop.control.state import (
    ContainerView,
    EngineState,
    HardwareState,
    Operation,
    OperationKind,
    PageLink,
    Problem,
    ServiceState,
    StackPhase,
    StackState,
    Stage,
    UseLink,
)
from harmony_desktop.control.store import Store
from harmony_desktop.control.transfer import Download, DownloadPhase, Pace
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.control.wizard import InstallPhase, Page
from harmony_desktop.plan.observed import PublishedPort
from harmony_desktop.ui import gallery_faults, gallery_gaming, gallery_updates, gallery_wizard
from harmony_desktop.ui.gallery_backup import RecordedBackups, backup_states
from harmony_desktop.ui.gallery_checkup import RecordedCheckup, checkup_states
from harmony_desktop.ui.gallery_config import CONFIG_STATES, RecordedConfig
from harmony_desktop.ui.gallery_crashes import ENDED, HAPPENED, RecordedCrashes
from harmony_desktop.ui.gallery_details import recorded_details
from harmony_desktop.ui.gallery_engine import contexts, engine_states
from harmony_desktop.ui.gallery_machine import recorded_disk, recorded_machine
from harmony_desktop.ui.gallery_memory import RecordedPlanning, fits, memory_states, too_much
from harmony_desktop.ui.gallery_models import RecordedModels, models_states
from harmony_desktop.ui.gallery_pages import dialogs, faults, pages, stages
from harmony_desktop.ui.gallery_recording import Recording
from harmony_desktop.ui.gallery_releases import RecordedReleases, release_states
from harmony_desktop.ui.gallery_report import FAILED, SAVED, SAVING, RecordedReports
from harmony_desktop.ui.gallery_startup import STARTUP_STATES, RecordedStartup
from harmony_desktop.ui.gallery_upgrades import RecordedUpgrades, upgrade_states
from harmony_desktop.ui.gallery_wizard import RecordedWizard
from harmony_desktop.ui.recorded_desk import RecordedDesk, opened, port_held, previewed

LINK, TEXT, SPEECH, SPEECH_UI = (
    "harmony-link",
    "text-generation-webui-harmonyai",
    "harmonyspeech-engine",
    "harmonyspeech-ui",
)
_MB, _GB = 1024**2, 1024**3


class RecordedIntents:
    """Shows a recording; what is asked of it is written down, and changes nothing."""

    def __init__(self, recording: Recording) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._store = Store(recording.state)
        self._news = Store(recording.news)
        self._logs = LogBook()
        self._usage: Store[Mapping[str, Usage]] = Store({})
        self._machine = Store[MachineSample | None](None)
        self._disk = Store(DiskLook())
        self._details = Store(ServiceLook())
        self.desk = RecordedDesk(self.calls, recording.adjusting)
        self.reporting = RecordedReports(self.calls, recording.report)
        self.app_releases = RecordedReleases(self.calls, recording.releases)
        self.crashes = RecordedCrashes(self.calls, recording.crashes)
        self.wizard = RecordedWizard(self.calls, recording.wizard)
        self.checkup = RecordedCheckup(self.calls, recording.checkup)
        self.backing_up = RecordedBackups(self.calls, recording.backups)
        self.starting_up = RecordedStartup(self.calls, recording.startup)
        self.configuring = RecordedConfig(self.calls, recording.configuring)
        self.upgrading = RecordedUpgrades(self.calls, recording.upgrading)
        self.modelling = RecordedModels(self.calls, recording.models)
        self.planning = RecordedPlanning(self.calls, recording.memory)
        self._recorded = recording.usage
        start = datetime.now().astimezone() - timedelta(seconds=len(recording.logs))
        for offset, (service, text) in enumerate(recording.logs):
            moment = start + timedelta(milliseconds=917 * offset)
            self._logs.append(service, [(int(moment.timestamp() * 1e9), text)])

    @property
    def store(self) -> Store[StackState]:
        """The recorded state."""
        return self._store

    @property
    def logs(self) -> LogBook:
        """The recorded lines."""
        return self._logs

    @property
    def usage(self) -> Store[Mapping[str, Usage]]:
        """The recorded usage, once somebody watches."""
        return self._usage

    def play_usage(self, samples: int) -> None:
        """Play a minute of gentle ups and downs around the recorded usage."""
        for step in range(samples):
            wave = 1 + 0.35 * math.sin(step / 3.1) + 0.2 * math.sin(step / 1.3)
            slow = 1 + 0.03 * math.sin(step / 7)
            self._usage.set(
                {
                    name: Usage(usage.cpu * wave, int(usage.memory * slow), usage.memory_limit)
                    for name, usage in self._recorded.items()
                }
            )
        self._usage.set(dict(self._recorded))

    def start_when_there(self) -> None:
        """Write it down."""
        self.calls.append(("start_when_there",))

    def start(self, services: tuple[str, ...] = ()) -> None:
        """Write it down."""
        self.calls.append(("start", services))

    def stop(self, services: tuple[str, ...] = ()) -> None:
        """Write it down."""
        self.calls.append(("stop", services))

    def restart(self, services: tuple[str, ...] = ()) -> None:
        """Write it down."""
        self.calls.append(("restart", services))

    @property
    def adjusting(self) -> RecordedDesk:
        """The recorded adjustments."""
        return self.desk

    @property
    def news(self) -> Store[UpdateNews]:
        """The recorded news of updates."""
        return self._news

    def update(self, services: tuple[str, ...] = ()) -> None:
        """Write it down."""
        self.calls.append(("update", services))

    def roll_back(self) -> None:
        """Write it down."""
        self.calls.append(("roll_back",))

    def ask_for_updates(self) -> None:
        """Write it down."""
        self.calls.append(("ask_for_updates",))

    def watch_updates(self, watched: bool) -> None:
        """Write it down."""
        self.calls.append(("watch_updates", watched))

    def dismiss_news(self) -> None:
        """Put it away."""
        self.calls.append(("dismiss_news",))
        self._news.set(replace(self._news.value, deed=None, done=()))

    def free_for_game(self) -> None:
        """Write it down."""
        self.calls.append(("free_for_game",))

    def bring_back(self) -> None:
        """Write it down."""
        self.calls.append(("bring_back",))

    def forget_gaming(self) -> None:
        """Write it down."""
        self.calls.append(("forget_gaming",))

    def dismiss_gaming(self) -> None:
        """Put it away."""
        self.calls.append(("dismiss_gaming",))
        self._store.set(replace(self._store.value, gaming_news=None))

    def cancel(self) -> None:
        """Write it down."""
        self.calls.append(("cancel",))

    def retry_engine(self) -> None:
        """Write it down."""
        self.calls.append(("retry_engine",))

    def start_engine(self) -> None:
        """Write it down."""
        self.calls.append(("start_engine",))

    def cancel_engine_start(self) -> None:
        """Write it down."""
        self.calls.append(("cancel_engine_start",))

    def look_at_contexts(self) -> None:
        """Write it down."""
        self.calls.append(("look_at_contexts",))

    def choose_context(self, name: str) -> None:
        """Write it down."""
        self.calls.append(("choose_context", name))

    def remedy(self, remedy_id: str) -> None:
        """Write it down."""
        self.calls.append(("remedy", remedy_id))

    def dismiss_problem(self) -> None:
        """Put the problem away."""
        self.calls.append(("dismiss_problem",))
        self._store.set(replace(self._store.value, problem=None))

    def watch_usage(self, watched: bool) -> None:
        """Play the recorded usage when somebody looks."""
        self.calls.append(("watch_usage", watched))
        if watched:
            self.play_usage(60)

    @property
    def machine(self) -> Store[MachineSample | None]:
        """The recorded meters, once somebody watches."""
        return self._machine

    @property
    def disk(self) -> Store[DiskLook]:
        """The recorded disks, once somebody asks."""
        return self._disk

    @property
    def details(self) -> Store[ServiceLook]:
        """The recorded details of a service, once somebody looks."""
        return self._details

    def look_at_service(self, name: str) -> None:
        """Show the recorded details."""
        self.calls.append(("look_at_service", name))
        self._details.set(recorded_details(self._store.value, name))

    def watch_machine(self, watched: bool, viewer: str = "") -> None:
        """Play the recorded meters when somebody looks."""
        self.calls.append(("watch_machine", watched, *([viewer] if viewer else [])))
        if watched:
            for sample in recorded_machine(self._store.value):
                self._machine.set(sample)

    def look_at_disk(self) -> None:
        """Show the recorded disks."""
        self.calls.append(("look_at_disk",))
        self._disk.set(recorded_disk(self._store.value))

    def clean_up(self, ids: tuple[str, ...]) -> None:
        """Write it down."""
        self.calls.append(("clean_up", ids))

    def set_visible(self, visible: bool) -> None:
        """Write it down."""
        self.calls.append(("set_visible", visible))

    def prepare_folder(self, folder: str, hardware: str) -> None:
        """Write it down."""
        self.calls.append(("prepare_folder", folder, hardware))

    def choose_hardware(self, hardware: str) -> None:
        """Write it down."""
        self.calls.append(("choose_hardware", hardware))

    def look_at_machine(self) -> None:
        """Write it down."""
        self.calls.append(("look_at_machine",))


_ENGINE = EngineState(EngineStatus.READY, version="28.5.2", context="default")
_CPU = HardwareState(
    profile="cpu",
    reasons=("No NVIDIA driver was found on this computer.",),
    cores=8,
    memory=32 * _GB,
)
_NVIDIA = HardwareState(
    profile="nvidia",
    reasons=("NVIDIA GeForce RTX 4090 found, driver 580.65, and Docker can use it.",),
    gpus=(Gpu(0, "NVIDIA GeForce RTX 4090", "GPU-5a1c", 24 * _GB, "8.9"),),
    driver="580.65",
    cores=16,
    memory=64 * _GB,
)
_NO_TOOLKIT = replace(
    _NVIDIA,
    profile="cpu",
    reasons=(
        "NVIDIA GeForce RTX 4090 found, driver 580.65, but Docker cannot use it: "
        "the NVIDIA Container Toolkit is missing.",
    ),
    advice="Install the NVIDIA Container Toolkit, restart Docker, then look again.",
)


def _ago(**length: float) -> datetime:
    return datetime.now().astimezone() - timedelta(**length)


def _service(name: str, stage: Stage, reason: str = "", since: datetime | None = None, **more: object) -> ServiceState:
    base = _FOUR[name]
    runs = stage not in {Stage.ABSENT, Stage.STOPPED, Stage.FAILED, Stage.UNKNOWN}
    ports = tuple(PublishedPort(port, "127.0.0.1", port) for port in base.declared_ports)
    state = "running" if runs else "exited"
    containers = (ContainerView(f"c-{name}", f"harmony-{name}-1", state, base.image, ports if runs else ()),)
    return replace(
        base,
        stage=stage,
        reason=reason,
        since=since,
        containers=() if stage is Stage.ABSENT else containers,
        pages=base.pages if runs else (),
        **more,  # type: ignore[arg-type] # fields of ServiceState
    )


def _since(name: str, stage: Stage, reason: str, seconds: float, **more: object) -> ServiceState:
    return _service(name, stage, reason, _ago(seconds=seconds), **more)


_FOUR = {
    LINK: ServiceState(
        LINK,
        "Harmony Link",
        "Runs your characters",
        pages=(PageLink("Open", "http://127.0.0.1:28080/"),),
        declared_ports=(28080, 28081),
        uses=(UseLink(TEXT, "text"), UseLink(SPEECH, "speech")),
        image="harmonyai/harmony-link:latest",
    ),
    SPEECH_UI: ServiceState(
        SPEECH_UI,
        "Speech UI",
        "Tune and try voices",
        pages=(PageLink("Open", "http://127.0.0.1:8080/"),),
        declared_ports=(8080,),
        depends_on=(SPEECH,),
        image="harmonyai/harmonyspeech-ui:latest",
    ),
    TEXT: ServiceState(
        TEXT,
        "Text Generation",
        "Language model and its web page",
        pages=(PageLink("Open", "http://127.0.0.1:7860/"), PageLink("API", "http://127.0.0.1:5000/docs")),
        declared_ports=(7860, 5000),
        image="harmonyai/text-generation-webui-harmony-ai-cpu:latest",
    ),
    SPEECH: ServiceState(
        SPEECH,
        "Speech Engine",
        "Voices and transcription",
        pages=(PageLink("API", "http://127.0.0.1:12080/docs"),),
        declared_ports=(12080,),
        image="harmonyai/harmonyspeech-engine-cpu:latest",
    ),
}
_USAGE = {
    LINK: Usage(0.4, 182 * _MB),
    TEXT: Usage(3.1, int(2.4 * _GB)),
    SPEECH: Usage(1.2, int(1.6 * _GB)),
    SPEECH_UI: Usage(0.02, 14 * _MB),
}
_LINES = (
    (SPEECH, "WARN  model hs1-vocoder: float16 not supported on cpu, using float32"),
    (TEXT, "llama_model_load: loaded meta data with 33 key-value pairs"),
    (TEXT, "llama_model_load: offloaded 33/33 layers to GPU"),
    (LINK, "connected backend=oobabooga endpoint=http://text-generation-webui-harmonyai:5000/v1"),
    (LINK, "connected tts=harmony endpoint=http://harmonyspeech-engine:12080"),
    (SPEECH, "loaded voice Yuka in 0.8 s"),
    (LINK, "tts request finished in 412 ms"),
    (TEXT, "output generated in 1.92 seconds (48.3 tokens/s, 93 tokens)"),
)
#: What logs are made of: levels, colours, a traceback, a progress bar, other scripts, and what does harm elsewhere.
_NOISY_LINES = (
    (LINK, "2026-05-06 07:08:09.123 | INFO     | link.server:start:41 - listening on 0.0.0.0:28080"),
    (SPEECH_UI, "2026/05/06 07:08:09 [notice] 1#1: start worker processes"),
    (SPEECH, "INFO:     Uvicorn running on http://0.0.0.0:12080 (Press CTRL+C to quit)"),
    (SPEECH, "model.safetensors:  40%|####      | 40/100 [00:10<00:15, 41.2MB/s]\r"),
    (SPEECH, "model.safetensors: 100%|##########| 100/100 [00:25<00:00, 41.2MB/s]"),
    (
        TEXT,
        "\x1b[32mllama_model_load\x1b[0m: \x1b[1mmeta data\x1b[0m with \x1b[38;5;208m33\x1b[0m key-value pairs",
    ),
    (TEXT, "\x1b[33mWARNING\x1b[0m  context is \x1b[4mlonger\x1b[0m than the model was \x1b[2mtrained for\x1b[0m"),
    (
        TEXT,
        "\x1b[7m inverse \x1b[0m \x1b[41;97m white on red \x1b[0m \x1b[38;2;20;20;60mdark\x1b[0m \x1b[93mbright\x1b[0m",
    ),
    (LINK, "ERROR    cannot reach http://harmonyspeech-engine:12080"),
    (LINK, "Traceback (most recent call last):"),
    (LINK, '  File "/app/link/speech.py", line 88, in connect'),
    (LINK, "ConnectionError: connection refused"),
    (TEXT, "日本語の行: モデルを読み込みました ✓ 🎙 שלום مرحبا नमस्ते e\u0301\u0301\u0301"),
    (SPEECH_UI, "\ufffd\ufffd caf\ufffd \0\a\b \u202egnihsif\u202c <b>&amp;</b> \x1b]0;title\x07\x1b[2J"),
    (SPEECH, "a very long line " + "0123456789 " * 400),
)


def _loaded(services: tuple[ServiceState, ...], **more: object) -> StackState:
    base = StackState(
        phase=StackPhase.LOADED,
        folder="/home/you/Harmony",
        project="harmony",
        services=services,
        engine=_ENGINE,
        contexts=contexts(),
        hardware=_CPU,
    )
    return replace(base, **more)  # type: ignore[arg-type] # fields of StackState


def _all(stage: Stage, reason: str = "", since: datetime | None = None) -> tuple[ServiceState, ...]:
    return tuple(_service(name, stage, reason, since) for name in _FOUR)


def _ready() -> tuple[ServiceState, ...]:
    since = _ago(hours=2, minutes=14)
    return (
        _service(LINK, Stage.READY, "", since),
        _service(SPEECH_UI, Stage.READY, "", since),
        _service(TEXT, Stage.READY, "model Hermes 3 8B loaded", since),
        _service(SPEECH, Stage.READY, "5 models", since),
    )


def _without_model() -> tuple[ServiceState, ...]:
    return tuple(replace(s, reason="no model loaded yet", lacks_model=True) if s.name == TEXT else s for s in _ready())


def _sixty_four() -> tuple[ServiceState, ...]:
    """A stack far larger than any that ships: eight front ends, each with services of its own."""
    made = []
    for number in range(64):
        name, title = f"service-{number:02d}", f"Service {number + 1}"
        port = 9100 + number
        callee = f"service-{number + 8:02d}"
        made.append(
            ServiceState(
                name,
                title,
                "One of many",
                stage=Stage.FAILED if number == 60 else Stage.READY,
                reason="out of memory" if number == 60 else "",
                since=_ago(minutes=3),
                containers=(ContainerView(name, f"many-{name}-1", "running", "example/one"),),
                pages=(PageLink("Open", f"http://127.0.0.1:{port}/"),) if number < 8 else (),
                declared_ports=(port,),
                uses=(UseLink(callee, ""),) if number + 8 < 64 else (),
                image="example/one:1",
            )
        )
    return tuple(made)


def _twelve() -> tuple[ServiceState, ...]:
    def one(name: str, title: str, text: str, *uses: tuple[str, str], stage: Stage = Stage.READY) -> ServiceState:
        port = 9000 + len(name)
        return ServiceState(
            name,
            title,
            text,
            stage=stage,
            since=_ago(minutes=3),
            containers=(ContainerView(name, f"harmony-{name}-1", "running", name),),
            pages=(PageLink(title, f"http://127.0.0.1:{port}/"),),
            declared_ports=(port,),
            uses=tuple(UseLink(callee, purpose) for callee, purpose in uses),
            image=f"example/{name}:1",
        )

    return (
        one(
            "link",
            "Harmony Link",
            "Runs your characters",
            ("router", "text"),
            ("speech", "speech"),
            ("memory", "memory"),
        ),
        one("link-ui", "Link UI", "Set up your characters", ("link", "")),
        one("speech-ui", "Speech UI", "Tune and try voices", ("speech", "")),
        one("studio", "Picture Studio", "Pictures of your characters", ("comfy", "pictures")),
        one("router", "Model Router", "Picks the language model", ("llama", "chat"), ("vllm", "")),
        one("speech", "Speech Engine", "Voices and transcription", ("whisper", "hearing"), stage=Stage.LIMITED),
        one("memory", "Memory", "What characters remember", ("vectors", ""), ("embed", "embeddings")),
        one("llama", "Llama Server", "Language model"),
        one("vllm", "vLLM", "Language model for many", stage=Stage.STARTING),
        one("whisper", "Whisper", "Transcription", stage=Stage.FAILED),
        one("vectors", "Vector Store", "Finds what fits"),
        one("embed", "Embeddings", "Texts as numbers", stage=Stage.REACHABLE),
        one("comfy", "Comfy UI", "Image generation"),
    )[:12]


def _downloads() -> tuple[Download, ...]:
    """One image that has come, one on its way with layers in all phases, one that waits for its turn."""
    link = PullProgress("harmonyai/harmony-link:latest", "Pull complete", 214 * _MB, 214 * _MB, 6, 6)
    layers = (
        LayerProgress("34945fdda728", LayerPhase.THERE),
        LayerProgress("e55ce9a3fc1f", LayerPhase.DONE, 82 * _MB, 82 * _MB),
        LayerProgress("38e8aea17d94", LayerPhase.EXTRACTING, 640 * _MB, 640 * _MB),
        LayerProgress("79ba6b7acc0c", LayerPhase.FETCHED, 12 * _MB, 12 * _MB),
        LayerProgress("1f4c833e00c9", LayerPhase.DOWNLOADING, 470 * _MB, int(5.1 * _GB)),
        LayerProgress("730518814288", LayerPhase.DOWNLOADING, 31 * _MB, 96 * _MB),
        LayerProgress("4a367f00e9ba", LayerPhase.RETRYING, 4 * _MB, 20 * _MB),
        LayerProgress("3e89cd5fe817"),
    )
    text = PullProgress(
        "harmonyai/text-generation-webui-harmony-ai-cpu:latest",
        "Downloading",
        sum(layer.current for layer in layers),
        sum(layer.total for layer in layers),
        2,
        len(layers),
        layers,
    )
    paces = [Pace(), Pace(), Pace(), Pace(), Pace(17.2 * _MB, 277.0), Pace(4.2 * _MB, 15.0), Pace(), Pace()]
    return (
        Download(link, DownloadPhase.DONE),
        Download(text, DownloadPhase.DOWNLOADING, Pace(21.4 * _MB, 227.0, at_least=True), tuple(paces)),
        Download(PullProgress("harmonyai/harmonyspeech-engine-cpu:latest", "")),
    )


def _starting_with_pulls() -> StackState:
    operation = Operation(
        OperationKind.UP,
        "Downloading 3 images",
        done=2,
        total=14,
        pulls=_downloads(),
        pace=Pace(21.4 * _MB, 388.0, at_least=True),
        warnings=(
            "The images that are fetched now take about 20.2 GB. The disk of the Docker engine (/var/lib/docker) "
            "cannot be seen from here: make sure that it has that much room.",
        ),
        started_at=_ago(minutes=1),
    )
    services = (*(_service(name, Stage.ABSENT) for name in _FOUR),)
    return _loaded(services, operation=operation)


def _out_of_memory() -> StackState:
    services = (
        _service(LINK, Stage.LIMITED, "Speech Engine failed: out of memory", _ago(seconds=40), roots=(SPEECH,)),
        _service(SPEECH_UI, Stage.LIMITED, "Speech Engine failed: out of memory", _ago(seconds=40), roots=(SPEECH,)),
        _service(TEXT, Stage.READY, "model Hermes 3 8B loaded", _ago(hours=1)),
        _service(
            SPEECH,
            Stage.FAILED,
            "out of memory",
            _ago(seconds=40),
            exit_code=137,
            evidence=("loading faster-whisper-large-v3-turbo", "Killed"),
        ),
    )
    problem = Problem(
        "The Speech Engine ran out of memory",
        "Docker gives it 8 GB; the chosen voice models need about 9.5 GB.",
        "Choose fewer models, or give Docker more memory.",
        SPEECH,
    )
    return _loaded(services, hardware=_NVIDIA, problem=problem)


def _starting() -> StackState:
    services = (
        _service(LINK, Stage.REACHABLE, "", _ago(seconds=12)),
        _service(SPEECH_UI, Stage.READY, "", _ago(seconds=10)),
        _service(TEXT, Stage.RUNNING, "port 5000 is not open yet", _ago(seconds=9)),
        _service(SPEECH, Stage.STARTING, "health check runs", _ago(seconds=9)),
    )
    return _loaded(services)


def _set_up(fresh: StackState, missing: EngineState) -> dict[str, Recording]:
    """Return the pages of the set-up."""
    there = replace(_loaded(_ready(), hardware=_NVIDIA), setting_up=True)
    pulling = replace(_starting_with_pulls(), setting_up=True)
    without, poor = replace(fresh, engine=missing, hardware=_CPU), replace(fresh, hardware=_NO_TOOLKIT)
    shown = gallery_wizard
    states = {
        **{f"set-up-{page}": (fresh, shown.at(page)) for page in Page if page is not Page.PROOF},
        "set-up-no-engine": (without, shown.at(Page.ENGINE)),
        "set-up-installing": (without, shown.installing()),
        "set-up-install-failed": (without, shown.install_failed()),
        "set-up-installed": (without, shown.installing(InstallPhase.DONE)),
        "set-up-no-toolkit": (poor, shown.at(Page.MACHINE)),
        "set-up-quickstart": (fresh, shown.quickstart()),
        "set-up-poor-place": (fresh, shown.poor_place()),
        "set-up-bad-place": (fresh, shown.bad_place()),
        "set-up-tight-memory": (fresh, shown.tight_memory()),
        "set-up-held-ports": (fresh, shown.held_ports()),
        "set-up-pulling": (pulling, shown.at(Page.START, prepared=True)),
        "set-up-started": (there, shown.at(Page.START, prepared=True)),
        "set-up-proof": (there, shown.at(Page.PROOF, prepared=True)),
        "set-up-proving": (there, shown.proving()),
        "set-up-proved": (there, shown.proved()),
        "set-up-proof-failed": (there, shown.proved(well=False)),
    }
    return {name: Recording(state, wizard=wizard) for name, (state, wizard) in states.items()}


def gallery() -> Mapping[str, Recording]:
    """Return all recordings by name; times are relative to now."""
    return _recorded(datetime.now().astimezone().replace(microsecond=0))


@lru_cache(maxsize=1)
def _recorded(_now: datetime) -> Mapping[str, Recording]:
    """Make them, once a second at most: each is asked for by name, and all take a tenth of a second."""
    crashed = tuple(
        _service(
            LINK,
            Stage.FAILED,
            "exited at once",
            _ago(minutes=2),
            exit_code=1,
            evidence=("config.json: unexpected end",),
        )
        if s.name == LINK
        else s
        for s in _ready()
    )
    partly = tuple(
        _service(SPEECH_UI, Stage.STOPPED, "", _ago(minutes=5)) if s.name == SPEECH_UI else s for s in _ready()
    )
    troubled = tuple(
        _service(TEXT, Stage.DEGRADED, "does not answer on port 5000", _ago(seconds=25))
        if s.name == TEXT
        else _service(LINK, Stage.LIMITED, "Text Generation does not answer on port 5000", _ago(seconds=25))
        if s.name == LINK
        else s
        for s in _ready()
    )
    stopping = Operation(OperationKind.STOP, "Stopping Text Generation", done=2, total=4, started_at=_ago(seconds=3))
    restarting = Operation(OperationKind.RESTART, "Restarting Speech Engine", done=0, total=1, services=(SPEECH,))
    broken = StackState(
        phase=StackPhase.BROKEN,
        folder="/home/you/Harmony",
        engine=_ENGINE,
        hardware=_CPU,
        problem=Problem(
            "docker-compose.yml has a mistake in line 14",
            "/home/you/Harmony/docker-compose.yml:14:5: “port” is not a key of a service.",
            "Did you mean “ports”? Mend the file, and this page comes back by itself.",
        ),
    )
    warnings = ("Offline: the images that are there are used.", "“harmony-old” belongs to no service of the stack.")
    fresh = StackState(phase=StackPhase.NO_FOLDER, engine=_ENGINE)
    missing = engine_states()["engine-absent"]
    refused = Problem("The folder cannot be written", "/home/you/Harmony: permission denied.", "Choose another folder.")
    return MappingProxyType(
        {
            "loading": Recording(StackState()),
            "first-run": Recording(replace(fresh, hardware=_NVIDIA)),
            "first-run-cpu": Recording(replace(fresh, hardware=_NO_TOOLKIT)),
            "first-run-no-engine": Recording(
                replace(fresh, engine=missing, hardware=_CPU, problem=refused), wizard=gallery_wizard.at(Page.ENGINE)
            ),
            **_set_up(replace(fresh, hardware=_NVIDIA), missing),
            **{
                name: Recording(_loaded(_all(Stage.UNKNOWN), engine=engine), logs=_LINES)
                for name, engine in engine_states().items()
            },
            "engine-not-started": Recording(
                _loaded(
                    _all(Stage.UNKNOWN),
                    engine=engine_states()["engine-stopped"],
                    problem=Problem(
                        "Docker could not be started",
                        "The question for the password was closed, or this user may not answer it.",
                        "Try it in a terminal, where it may tell more: sudo systemctl start docker",
                    ),
                )
            ),
            "broken": Recording(broken),
            "empty": Recording(_loaded(())),
            "stopped": Recording(_loaded(_all(Stage.ABSENT))),
            "pulling": Recording(_starting_with_pulls()),
            "planning": Recording(
                _loaded(_all(Stage.STOPPED, "", _ago(hours=3)), operation=Operation(OperationKind.UP))
            ),
            "starting": Recording(_starting(), _LINES[:2], {name: _USAGE[name] for name in (LINK, TEXT)}),
            "cancelling": Recording(
                replace(
                    _starting_with_pulls(),
                    operation=replace(_starting_with_pulls().operation or stopping, cancelling=True),
                )
            ),
            "ready": Recording(_loaded(_ready()), _LINES, _USAGE),
            "logs": Recording(_loaded(_ready()), _NOISY_LINES + _LINES * 6, _USAGE, page="logs"),
            "port-held": Recording(_loaded(_all(Stage.ABSENT), problem=port_held())),
            "adjust": Recording(_loaded(_ready()), _LINES, _USAGE, adjusting=opened(), dialog="adjust"),
            "adjust-preview": Recording(_loaded(_ready()), _LINES, _USAGE, adjusting=previewed(), dialog="adjust"),
            **pages(Recording(_loaded(_ready(), hardware=_NVIDIA), _LINES, _USAGE)),
            **dialogs(Recording(_loaded(_ready(), hardware=_NVIDIA), _LINES, _USAGE)),
            **faults(Recording(_loaded(_all(Stage.ABSENT)))),
            "stages": Recording(_loaded(stages(_ago(minutes=7))), _LINES),
            "details": Recording(_loaded(_ready(), hardware=_NVIDIA), _LINES, _USAGE, details=TEXT),
            "details-failed": Recording(
                _out_of_memory(), _LINES, {k: v for k, v in _USAGE.items() if k != SPEECH}, details=SPEECH
            ),
            "details-limited": Recording(
                _out_of_memory(), _LINES, {k: v for k, v in _USAGE.items() if k != SPEECH}, details=LINK
            ),
            "ready-nvidia": Recording(_loaded(_ready(), hardware=_NVIDIA), _LINES, _USAGE),
            "notes": Recording(_loaded(_ready(), warnings=warnings), _LINES, _USAGE),
            "no-toolkit": Recording(_loaded(_ready(), hardware=_NO_TOOLKIT), _LINES, _USAGE),
            "updates": Recording(_loaded(_ready()), _LINES, _USAGE, gallery_updates.available()),
            "updating": Recording(_loaded(_ready(), operation=gallery_updates.updating()), _LINES, _USAGE),
            "updated": Recording(_loaded(_ready()), _LINES, _USAGE, gallery_updates.updated()),
            "returned": Recording(_loaded(_ready()), _LINES, _USAGE, gallery_updates.returned()),
            "update-failed": Recording(replace(_out_of_memory(), problem=gallery_updates.failed()), _LINES, _USAGE),
            "stopping": Recording(_loaded(_ready(), operation=stopping), _LINES, _USAGE),
            "restarting": Recording(_loaded(_ready(), operation=restarting), _LINES, _USAGE),
            "partly": Recording(_loaded(partly), _LINES, {k: v for k, v in _USAGE.items() if k != SPEECH_UI}),
            "degraded": Recording(_loaded(troubled), _LINES, _USAGE),
            "failed": Recording(_loaded(crashed), _LINES, {k: v for k, v in _USAGE.items() if k != LINK}),
            "out-of-memory": Recording(_out_of_memory(), _LINES, {k: v for k, v in _USAGE.items() if k != SPEECH}),
            "root-cause": Recording(_loaded(gallery_faults.root_cause(_since), hardware=_NVIDIA), _LINES),
            "root-stopped": Recording(_loaded(gallery_faults.root_stopped(_since)), _LINES),
            "loop": Recording(_loaded(gallery_faults.loop(_since), hardware=_NVIDIA), _LINES),
            "all-failed": Recording(_loaded(_all(Stage.FAILED, "exited with an error", _ago(minutes=1)))),
            "sixty-four": Recording(_loaded(_sixty_four(), hardware=_NVIDIA), _LINES),
            **{
                name: Recording(
                    _loaded(_ready()), _LINES, _USAGE, configuring=name, memory=too_much(), page="configuration"
                )
                for name in CONFIG_STATES
            },
            **{
                name: Recording(
                    _loaded(_ready()),
                    _LINES,
                    _USAGE,
                    upgrading=made,
                    page="" if name in {"newer-brought", "newer-folder"} else "configuration",
                )
                for name, made in upgrade_states().items()
            },
            **{
                name: Recording(_loaded(_ready()), _LINES, _USAGE, checkup=made, page="checkup")
                for name, made in checkup_states().items()
            },
            **release_states(Recording(_loaded(_ready()), _LINES, _USAGE)),
            "crash": Recording(_loaded(_ready()), _LINES, _USAGE, crashes=HAPPENED, dialog="crash"),
            "crash-last-time": Recording(_loaded(_ready()), _LINES, _USAGE, crashes=ENDED, dialog="crash"),
            **{
                name: Recording(_loaded(_ready()), _LINES, _USAGE, startup=made, page="settings")
                for name, made in STARTUP_STATES.items()
            },
            **{
                name: Recording(
                    _loaded(_ready()), _LINES, _USAGE, backups=made, page="settings", dialog=name.partition("-")[0]
                )
                for name, made in backup_states().items()
            },
            "report-saving": Recording(_loaded(_ready()), _LINES, _USAGE, report=SAVING, page="settings"),
            "report-saved": Recording(_loaded(_ready()), _LINES, _USAGE, report=SAVED, page="settings"),
            "report-failed": Recording(_loaded(_ready()), _LINES, _USAGE, report=FAILED, page="settings"),
            **{
                name: Recording(
                    _loaded(_ready(), hardware=_NVIDIA),
                    _LINES,
                    _USAGE,
                    models=models,
                    memory=fits(),
                    page="models",
                    dialog={"models-found": "download-model", "models-use": "use-model"}.get(name, ""),
                )
                for name, models in models_states().items()
            },
            **memory_states(Recording(_loaded(_all(Stage.ABSENT), hardware=_NVIDIA))),
            **gallery_gaming.gaming_states(_loaded, _since),
            "no-model": Recording(_loaded(_without_model()), _LINES, _USAGE),
            "twelve": Recording(
                _loaded(_twelve(), hardware=_NVIDIA), _LINES, {s.name: Usage(2.0, 300 * _MB) for s in _twelve()}
            ),
        }
    )
