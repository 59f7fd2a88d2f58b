"""The machine's meters, through psutil and NVIDIA's management library (the protocol Meters of control/meters.py).

Importing this module loads neither: the first sample does.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harmony_desktop.control.meters import GpuSample, MachineSample

if TYPE_CHECKING:
    from harmony_desktop.host.nvml_meter import NvmlMeter


class LocalMeters:
    """The meters of the machine that the program runs on. To be used from one thread at a time."""

    def __init__(self) -> None:
        self._gpus: NvmlMeter | None = None
        self._warm = False

    def sample(self, folder: str) -> MachineSample:
        """Read all meters; never raises."""
        import psutil  # noqa: PLC0415 - loaded only for those who look

        if not self._warm:
            # The first answer has nothing to compare with; after it each tells of the time since the one before.
            psutil.cpu_percent(interval=None)
            self._warm = True
        memory = psutil.virtual_memory()
        total, free = _disk(folder)
        return MachineSample(
            cpu=psutil.cpu_percent(interval=None),
            memory=memory.total,
            memory_used=memory.total - memory.available,
            disk=total,
            disk_free=free,
            gpus=self._cards(),
            booted=psutil.boot_time(),
        )

    def close(self) -> None:
        """Let the driver go."""
        if self._gpus is not None:
            self._gpus.close()
            self._gpus = None

    def _cards(self) -> tuple[GpuSample, ...]:
        if self._gpus is None:
            if not _may_have_cards():
                return ()
            from harmony_desktop.host.nvml_meter import NvmlMeter  # noqa: PLC0415 - loads pynvml, for those who need it

            self._gpus = NvmlMeter()
        return self._gpus.sample()


def _may_have_cards() -> bool:
    """Whether the driver's library is there, as far as that can be told without pynvml (18 ms, 3 MB)."""
    if sys.platform != "linux":
        return sys.platform == "win32"
    import ctypes  # noqa: PLC0415 - for those who look

    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


def _disk(folder: str) -> tuple[int, int]:
    """Return size and free bytes of the disk with a folder, or of its nearest parent that is there; zeros for none."""
    path = Path(folder or "~").expanduser().absolute()
    for candidate in (path, *path.parents):
        try:
            usage = shutil.disk_usage(candidate)
        except OSError:
            continue
        return usage.total, usage.free
    return 0, 0
