"""Recorded plans of memory, for the gallery and the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.config_files import FieldKind, FieldRef
from harmony_desktop.control.memory_choice import (
    CardNow,
    Chosen,
    MemoryNow,
    ServiceShare,
    SpeechGroup,
    TextFlags,
    TextModel,
)
from harmony_desktop.control.memory_desk import MemoryState, judged
from harmony_desktop.control.memory_relief import Relief
from harmony_desktop.control.models import Facts
from harmony_desktop.control.store import Store
from harmony_desktop.stack.project import GpuRequest
from harmony_desktop.ui.gallery_models import models_states
from harmony_desktop.ui.gallery_recording import Recording

_MB, _GB = 1024**2, 1024**3
_ROOT = Path("/home/you/Harmony")
_FLAGS, _SPEECH = _ROOT / "text-generation-webui-harmonyai/CMD_FLAGS.txt", _ROOT / "harmony-speech-engine/config.yml"
_TEXT_SERVICE, _SPEECH_SERVICE = "text-generation-webui-harmonyai", "harmonyspeech-engine"
_CARDS = (GpuRequest("nvidia", -1, (), ("gpu",)),)
_REFS = TextFlags(*(FieldRef(_FLAGS, FieldKind.FLAG, name) for name in ("--ctx-size", "--gpu-layers", "--cache-type")))
_MODEL = TextModel(
    _TEXT_SERVICE,
    "Hermes-3-Llama-3.1-8B.Q4_K_M.gguf",
    int(4.6 * _GB),
    Facts("llama", "Hermes 3 Llama 3.1 8B", "Q4_K_M", 131072, 32, 128 * 1024, 8_030_000_000),
    context=32768,
    layers=33,
    flags=_REFS,
)


class RecordedPlanning:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        state: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], state: MemoryState) -> None:
        self._calls = calls
        self._store = Store(state)

    @property
    def store(self) -> Store[MemoryState]:
        """The recorded plan."""
        return self._store

    def look(self) -> None:
        """There is nothing else to be seen; the window asks for it by itself, so it is no gesture to write down."""

    def relieve(self, relief: Relief) -> None:
        """Write it down."""
        self._calls.append(("relieve", relief.kind.value))


def chosen(*, cards: bool = True, text: TextModel | None = _MODEL) -> Chosen:
    """Return the shipped stack with all its speech models and a language model."""
    requests = _CARDS if cards else ()
    card = 0 if cards else None

    def speech(name: str, title: str, size: float, *models: str, asked: bool = False) -> SpeechGroup:
        return SpeechGroup(name, title, int(size * _GB), card, models, asked)

    return Chosen(
        (
            ServiceShare("harmony-link", "Harmony Link", 200 * 10**6),
            ServiceShare(_SPEECH_SERVICE, "Speech Engine", 500 * 10**6, 0, requests),
            ServiceShare(_TEXT_SERVICE, "Text Generation", 500 * 10**6, 0, requests),
        ),
        text,
        _SPEECH_SERVICE,
        (
            speech("harmony-speech-v1", "Harmony Speech V1", 1, "hs1-encoder", "hs1-synthesizer", "hs1-vocoder"),
            speech("openvoice-v2:EN", "OpenVoice V2, English", 0.5, "ov2-synthesizer-en"),
            speech("faster-whisper:medium", "Faster Whisper medium", 5, "faster-whisper-medium", asked=True),
            speech("faster-whisper:tiny", "Faster Whisper tiny", 1, "faster-whisper-tiny", asked=True),
        ),
        _SPEECH,
        link_known=True,
    )


def now(*cards: int, memory: int = 32) -> MemoryNow:
    """Return a computer with cards and memory of so many GB."""
    names = ("NVIDIA GeForce RTX 4070", "NVIDIA GeForce RTX 3060")
    return MemoryNow(
        known=True,
        memory=memory * _GB,
        machine=memory * _GB,
        others=int(memory * 0.2 * _GB),
        cards=tuple(
            CardNow(index, names[index], f"GPU-{index}", size * _GB, 900 * _MB if index == 0 else 10 * _MB)
            for index, size in enumerate(cards)
        ),
    )


def fits() -> MemoryState:
    """Return a plan in which all is well."""
    return judged(chosen(), now(24))


def too_much() -> MemoryState:
    """Return a card of 12 GB that would have to hold more."""
    return judged(chosen(), now(12))


def tight() -> MemoryState:
    """Return a computer without a card, of 16 GB, in which hardly anything is left."""
    return judged(chosen(cards=False, text=replace(_MODEL, context=8192)), replace(now(memory=16), others=_GB))


def two_cards() -> MemoryState:
    """Return two cards, of which the first has the speech models."""
    return judged(chosen(text=replace(_MODEL, context=65536)), now(12, 8))


def unknown() -> MemoryState:
    """Return a stack for a card that nobody can read, with a model that is no GGUF file."""
    model = replace(_MODEL, name="Hermes-3-exl2", facts=None)
    return judged(chosen(text=model), now())


def memory_states(stopped: Recording) -> dict[str, Recording]:
    """Return a stack that is about to be started, with memory that is short in several ways."""
    return {
        "memory-too-much": replace(stopped, memory=too_much()),
        "memory-open": replace(stopped, memory=two_cards(), dialog="memory"),
        "memory-tight": replace(stopped, memory=tight()),
        "models-too-much": replace(stopped, memory=too_much(), models=models_states()["models"], page="models"),
        "models-unknown": replace(stopped, memory=unknown(), models=models_states()["models"], page="models"),
    }
