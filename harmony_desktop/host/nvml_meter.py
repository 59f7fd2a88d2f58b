"""What the graphics cards do at this moment, through NVIDIA's management library. Importing it loads pynvml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pynvml
from pynvml import NVMLError

from harmony_desktop.control.meters import GpuSample

T = TypeVar("T")


class NvmlMeter:
    """Keeps the library open from the first sample to ``close``: opening it takes longer than all questions."""

    def __init__(self) -> None:
        self._open = False

    def sample(self) -> tuple[GpuSample, ...]:
        """Return what each card does; cards that do not answer are left out. Never raises."""
        try:
            if not self._open:
                pynvml.nvmlInit()
                self._open = True
            count = pynvml.nvmlDeviceGetCount()
        except NVMLError:
            # Perhaps the driver was updated meanwhile: the next sample begins anew.
            self.close()
            return ()
        samples = (_card(index) for index in range(count))
        return tuple(sample for sample in samples if sample is not None)

    def close(self) -> None:
        """Let the library go."""
        if self._open:
            self._open = False
            _told(pynvml.nvmlShutdown)


def _card(index: int) -> GpuSample | None:
    handle = _told(lambda: pynvml.nvmlDeviceGetHandleByIndex(index))
    if handle is None:
        return None
    memory = _told(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle))
    load = _told(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle))
    power = _told(lambda: pynvml.nvmlDeviceGetPowerUsage(handle))
    limit = _told(lambda: pynvml.nvmlDeviceGetEnforcedPowerLimit(handle))
    return GpuSample(
        uuid=_told(lambda: pynvml.nvmlDeviceGetUUID(handle)) or str(index),
        name=_told(lambda: pynvml.nvmlDeviceGetName(handle)) or "NVIDIA graphics card",
        busy=None if load is None else int(load.gpu),
        memory=0 if memory is None else int(memory.total),
        memory_used=None if memory is None else int(memory.used),
        temperature=_told(lambda: int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))),
        power=None if power is None else power / 1000,
        power_limit=None if limit is None else limit / 1000,
        processes=_processes(handle),
        index=index,
    )


def _processes(handle: Any) -> dict[int, int | None] | None:  # noqa: ANN401 - a handle of the library
    """Return what each process uses; None where the driver tells of none (under WSL, in some drivers for Windows)."""
    computing = _told(lambda: pynvml.nvmlDeviceGetComputeRunningProcesses(handle))
    drawing = _told(lambda: pynvml.nvmlDeviceGetGraphicsRunningProcesses(handle))
    if computing is None and drawing is None:
        return None
    found: dict[int, int | None] = {}
    for process in (*(drawing or ()), *(computing or ())):
        used = process.usedGpuMemory
        found[int(process.pid)] = None if used is None else int(used)
    return found


def _told(call: Callable[[], T]) -> T | None:
    """Return the answer, or None where there is none. A card that is lost answers nothing at all."""
    try:
        return call()
    except (NVMLError, UnicodeDecodeError):
        return None
