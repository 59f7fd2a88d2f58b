"""Recorded meters and disks, for the gallery."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harmony_desktop.control.disk import DiskLook
from harmony_desktop.control.meters import GpuSample, MachineSample
from harmony_desktop.control.state import StackState
from harmony_desktop.control.storage import DiskShare, Leftover

_MB, _GB = 1024**2, 1024**3
_SAMPLES = 60


def recorded_machine(state: StackState) -> Iterator[MachineSample]:
    """Yield two minutes of a machine that computes now and then."""
    hardware = state.hardware
    runs = any(service.runs for service in state.services)
    for step in range(_SAMPLES):
        wave = 0.5 + 0.5 * math.sin(step / 5.0)
        burst = wave if runs and step % 20 > 8 else 0.03
        yield MachineSample(
            cpu=6 + 30 * burst,
            memory=hardware.memory,
            memory_used=int(hardware.memory * (0.31 + 0.02 * wave)),
            disk=930 * _GB,
            disk_free=212 * _GB,
            gpus=tuple(
                GpuSample(
                    gpu.uuid,
                    gpu.name,
                    busy=round(92 * burst),
                    memory=gpu.memory,
                    memory_used=int(gpu.memory * (0.42 + 0.01 * wave)) if runs else 600 * _MB,
                    temperature=round(44 + 20 * burst),
                    power=62 + 260 * burst,
                    power_limit=450.0,
                )
                for gpu in hardware.gpus
            ),
            gpu_by_service=_shares(state) if hardware.profile == "nvidia" else {},
        )


def _shares(state: StackState) -> dict[str, int]:
    sizes = {"text-generation-webui-harmonyai": int(7.9 * _GB), "harmonyspeech-engine": int(1.9 * _GB)}
    return {service.name: sizes[service.name] for service in state.services if service.name in sizes and service.runs}


def recorded_disk(state: StackState) -> DiskLook:
    """Return disks on which two updates have left something."""
    if not state.services:
        return DiskLook(fault=state.engine.reason or "Docker does not answer.")
    leftovers = (
        Leftover(
            "sha256:aa", "image", "harmonyai/text-generation-webui-harmony-ai-nvidia", int(9.4 * _GB), 1_760_000_000
        ),
        Leftover("sha256:bb", "image", "harmonyai/harmony-link", 214 * _MB, 1_758_000_000),
    )
    return DiskLook(
        engine=DiskShare(int(18.2 * _GB), int(9.6 * _GB), 0, 38 * _MB, leftovers),
        folder=(("text-generation-webui-harmonyai", int(11.3 * _GB)), ("harmony-speech-engine", int(4.1 * _GB))),
    )
