"""Recorded states of gaming mode: on, on without a graphics card, ended half-way, and everything back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harmony_desktop.control.gaming import CardUse, GamingRecord, Reading, Stopped, Unloaded
from harmony_desktop.control.gaming_sight import GamingNews
from harmony_desktop.control.ports import Gpu
from harmony_desktop.control.state import HardwareState, Operation, OperationKind, ServiceState, StackState, Stage
from harmony_desktop.ui.gallery_faults import LINK, SPEECH, SPEECH_UI, TEXT, Make
from harmony_desktop.ui.gallery_recording import Recording

_GB = 1024**3
_CARD = "NVIDIA GeForce RTX 4090"
_HARDWARE = HardwareState("nvidia", gpus=(Gpu(0, _CARD, "GPU-1", 24 * _GB, "8.9"),), driver="580.95.05")


def gaming_states(loaded: Callable[..., StackState], make: Make) -> dict[str, Recording]:
    """Return the recordings.

    Args:
        loaded: Makes a state of services and other fields.
        make: Makes a service.
    """
    record = GamingRecord(
        datetime.now(UTC) - timedelta(minutes=12),
        whole=True,
        stopped=(Stopped(SPEECH, 1, "c1"),),
        unloaded=(Unloaded(TEXT, 1, "Hermes-3-Llama-3.1-8B.Q4_K_M.gguf"),),
        before=Reading((CardUse("GPU-1", _CARD, int(13.4 * _GB)),), 11 * _GB),
        after=Reading((CardUse("GPU-1", _CARD, int(0.9 * _GB)),), 6 * _GB),
    )
    services = _services(make)
    on = loaded(services, hardware=_HARDWARE, gaming=record)
    freeing = Operation(
        OperationKind.FREE,
        "Stopping Speech Engine",
        done=0,
        total=1,
        started_at=datetime.now(UTC) - timedelta(seconds=4),
    )
    half = replace(record, whole=False, after=None)
    back = GamingNews(
        "Gaming mode is off", "Speech Engine is started. Text Generation has Qwen3-14B.gguf loaded by now, which stays."
    )
    ready = tuple(replace(service, stage=Stage.READY, reason="", roots=(), lacks_model=False) for service in services)
    return {
        "gaming": Recording(on),
        "gaming-cpu": Recording(loaded(services, gaming=replace(record, card=False))),
        "gaming-freeing": Recording(loaded(services, hardware=_HARDWARE, gaming=half, operation=freeing)),
        "gaming-half": Recording(loaded(services, hardware=_HARDWARE, gaming=half)),
        "gaming-back": Recording(loaded(ready, hardware=_HARDWARE, gaming_news=back)),
    }


def _services(make: Make) -> tuple[ServiceState, ...]:
    roots = (SPEECH,)
    return (
        make(LINK, Stage.LIMITED, "Speech Engine rests for gaming mode", 700, roots=roots),
        make(SPEECH_UI, Stage.LIMITED, "Speech Engine rests for gaming mode", 700, roots=roots),
        make(TEXT, Stage.READY, "model is unloaded", 700, lacks_model=True),
        make(SPEECH, Stage.STOPPED, "for gaming mode", 700),
    )
