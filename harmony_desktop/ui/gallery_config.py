"""Recorded configuration, for the gallery and the tests: the shipped files, edited in memory and never written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from harmony_desktop import assets
from harmony_desktop.control.config_desk import ConfigState, Draft
from harmony_desktop.control.config_files import (
    Affected,
    ConfigFile,
    Field,
    FieldKind,
    FieldRef,
    FileState,
    Form,
    OpenFile,
    SpeechChoice,
    Syntax,
)
from harmony_desktop.control.findings import Finding, Place, Severity, in_order
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.ui import gallery_memory

ROOT = Path("/home/you/Harmony")
ENV, CONFIG = ROOT / ".env", ROOT / "harmony-link/config.json"
SPEECH, FLAGS = ROOT / "harmony-speech-engine/config.yml", ROOT / "text-generation-webui-harmonyai/CMD_FLAGS.txt"
COMPOSE = ROOT / "docker-compose.yml"
#: The recordings, as the gallery calls them.
CONFIG_STATES = (
    "config",
    "config-form",
    "config-findings",
    "config-broken",
    "config-conflict",
    "config-saved",
    "config-diff",
    "config-locked",
)
_LOCAL = "http://localhost:12080"
_ENGINE = "http://harmonyspeech-engine:12080"
_TABLE = (
    (ENV, Syntax.DOTENV, ()),
    (COMPOSE, Syntax.YAML, ()),
    (ROOT / "services.yml", Syntax.YAML, ()),
    (ROOT / "docker-compose.nvidia.yml", Syntax.YAML, ()),
    (ROOT / "harmony-link/.env", Syntax.DOTENV, ("Harmony Link",)),
    (CONFIG, Syntax.JSON, ("Harmony Link",)),
    (ROOT / "harmony-speech-engine/.env", Syntax.DOTENV, ("Speech Engine",)),
    (SPEECH, Syntax.YAML, ("Speech Engine",)),
    (ROOT / "text-generation-webui-harmonyai/.env", Syntax.DOTENV, ("Text Generation",)),
    (FLAGS, Syntax.FLAGS, ("Text Generation",)),
)


def _shipped(path: Path) -> str:
    return (assets.compose_dir() / path.relative_to(ROOT)).read_text(encoding="utf-8")


def _files() -> tuple[ConfigFile, ...]:
    states = {ENV: FileState.EDITED, CONFIG: FileState.EDITED}
    return tuple(
        ConfigFile(
            path,
            path.relative_to(ROOT).as_posix(),
            syntax,
            states.get(path, FileState.SHIPPED),
            findings=2 if path == CONFIG else 0,
            beside=path == ENV,
            services=services,
        )
        for path, syntax, services in _TABLE
    )


def _opened(path: Path, text: str | None = None, locked: str = "") -> OpenFile:
    syntax = next(syntax for known, syntax, _ in _TABLE if known == path)
    shipped = _shipped(path)
    return OpenFile(
        path, path.relative_to(ROOT).as_posix(), syntax, shipped if text is None else text, "1", locked, shipped
    )


def _findings(path: Path, text: str) -> tuple[Finding, ...]:
    """Find what the recording is about: addresses of the computer itself, and a JSON that ends too soon."""
    found = []
    start = text.find(f'"{_LOCAL}"')
    while start >= 0:
        place = Place(path, text, start, start + len(_LOCAL) + 2)
        words = "localhost is the container of Harmony Link itself. Other services are reached by their names."
        found.append(place.finding(Severity.ERROR, words, label=f"Write {_ENGINE}", instead=f'"{_ENGINE}"'))
        start = text.find(f'"{_LOCAL}"', start + 1)
    if path.suffix == ".json":
        try:
            json.loads(text)
        except ValueError as error:
            at = getattr(error, "pos", 0)
            found.append(Place(path, text, at, at + 1).finding(Severity.ERROR, "A comma is missing."))
    return in_order(found)


def _form() -> Form:
    def variable(title: str, name: str, value: str, default: str, detail: str = "", fault: str = "") -> Field:
        return Field(FieldRef(ENV, FieldKind.VARIABLE, name), title, value, default, detail, fault)

    held = "Port 8080 is held by the container blog-web-1 of the project blog."
    ports = (
        variable("Harmony Link", "HARMONY_LINK_PORT", "", "28080", "Open"),
        variable("Harmony Link", "HARMONY_LINK_API_PORT", "", "28081"),
        variable("Text Generation", "HARMONY_TEXT_PORT", "7861", "7860", "Open"),
        variable("Text Generation", "HARMONY_TEXT_API_PORT", "", "5000", "API"),
        variable("Speech Engine", "HARMONY_SPEECH_PORT", "", "12080", "API"),
        variable("Speech UI", "HARMONY_SPEECH_UI_PORT", "", "8080", "Open", held),
    )
    tags = (
        variable("Harmony Link", "HARMONY_LINK_TAG", "", "latest", "harmonyai/harmony-link"),
        variable("Speech Engine", "HARMONY_SPEECH_TAG", "0.2.1", "latest", "harmonyai/harmonyspeech-engine-cpu"),
    )
    families = (
        ("Harmony Speech V1", "Quick; clones a voice from a short recording", ("hs1-encoder", "hs1-synthesizer")),
        ("OpenVoice V2", "The best voices, in many languages", ("ov2-synthesizer-en", "ov2-synthesizer-es")),
        ("Faster Whisper", "Turns speech into text", ("faster-whisper-medium", "faster-whisper-tiny")),
    )
    speech = tuple(
        SpeechChoice(
            FieldRef(SPEECH, FieldKind.SPEECH, name),
            name,
            family,
            detail,
            not name.endswith("es"),
            name[-2:].upper() if family.startswith("Open") else "",
        )
        for family, detail, names in families
        for name in names
    )
    secrets = (
        Field(
            FieldRef(ROOT / "harmony-speech-engine/.env", FieldKind.VARIABLE, "HF_TOKEN"),
            "Speech Engine",
            "hf_abc",
            detail="HF_TOKEN",
        ),
        Field(
            FieldRef(CONFIG, FieldKind.JSON, '["general", "userapikey"]'), "Harmony Link", detail="general.userapikey"
        ),
    )
    threads = Field(FieldRef(FLAGS, FieldKind.FLAG, "--threads"), "Text Generation", "6")
    bind = variable("", "HARMONY_BIND_ADDRESS", "0.0.0.0", "127.0.0.1")  # noqa: S104 - an example
    text = (
        Field(FieldRef(FLAGS, FieldKind.FLAG, "--ctx-size"), "Context size", "32768", "8192", "tokens"),
        Field(FieldRef(FLAGS, FieldKind.FLAG, "--gpu-layers"), "Layers on the graphics card", "", "33", "of 33"),
    )
    return Form(ports, bind, tags, threads, speech, text, gallery_memory.chosen(), secrets)


class RecordedConfig:
    """Implements ``control.config_desk.Configuring``.

    Args:
        calls: Where what is asked for is written down.
        name: Which recording is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], name: str = "") -> None:
        self._calls = calls
        self.name = name
        self._store = Store(ConfigState())

    @property
    def store(self) -> Store[ConfigState]:
        """What there is to show."""
        return self._store

    def look(self) -> None:
        """Show the recorded files."""
        self._calls.append(("look_at_config",))
        if not self._store.value.loaded:
            self._update(loaded=True, files=_files(), form=_form())

    def open(self, path: Path) -> None:
        """Show a shipped file, as the recording has it."""
        self._calls.append(("open_config", path))
        if path in self._store.value.drafts:
            return
        text = _shipped(path)
        if path == CONFIG and self.name in {"config-findings", "config-diff", "config-conflict"}:
            text = text.replace(_ENGINE, _LOCAL)
        opened = _opened(path, text, "This file may be read, but not written." if self.name == "config-locked" else "")
        shown = text
        if path == CONFIG and self.name == "config-broken":
            shown = text.replace('"character": "Assistant",', '"character": "Assistant"')
        if path == CONFIG and self.name == "config-conflict":
            shown = text.replace('"confirmevents": true', '"confirmevents": false')
        conflict = self.name == "config-conflict"
        draft = Draft(opened, shown, conflict=_opened(path) if conflict else None, has_conflict=conflict)
        self._put(draft)
        if self.name == "config-saved":
            self._update(affected=Affected(("harmony-link",), ("harmonyspeech-engine",)))

    def write(self, path: Path, text: str) -> None:
        """Take the editor's text."""
        self._put(replace(self._store.value.drafts[path], text=text))

    def set_field(self, ref: FieldRef, value: str) -> None:
        """Write it down."""
        self._calls.append(("set_field", ref.key, value))

    def save(self, path: Path, *, force: bool = False) -> None:
        """Write it down; what is on the disk is then what is shown."""
        self._calls.append(("save_config", path, force))
        draft = self._store.value.drafts[path]
        self._put(replace(draft, opened=replace(draft.opened, text=draft.text), conflict=None, has_conflict=False))
        self._update(affected=Affected((), ("harmony-link",)))

    def save_all(self) -> None:
        """Save what has changed."""
        for path in self._store.value.dirty:
            self.save(path)

    def replace_text(self, path: Path, text: str) -> None:
        """Take another text."""
        draft = self._store.value.drafts[path]
        self._put(replace(draft, text=text, turn=draft.turn + 1))

    def reload(self, path: Path) -> None:
        """Take what the disk has."""
        self._calls.append(("reload_config", path))
        draft = self._store.value.drafts[path]
        self._put(Draft(draft.opened, draft.opened.text, draft.turn + 1))

    def discard(self) -> None:
        """Forget all changes."""
        for path in self._store.value.dirty:
            self.replace_text(path, self._store.value.drafts[path].opened.text)

    def settle(self) -> None:
        """Forget whom it is about."""
        self._update(affected=Affected(), fault=None)

    def fail(self, problem: Problem) -> None:
        """Show a fault, for tests."""
        self._update(fault=problem)

    def _put(self, draft: Draft) -> None:
        path = draft.opened.path
        draft = replace(draft, findings=_findings(path, draft.text), checked=draft.text)
        self._update(drafts={**self._store.value.drafts, path: draft})

    def _update(self, **changes: object) -> None:
        self._store.set(replace(self._store.value, **changes))  # type: ignore[arg-type] # the fields of ConfigState
