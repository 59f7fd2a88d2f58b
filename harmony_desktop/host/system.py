"""Processor, memory and disks of this machine, through psutil.

Importing this module loads psutil (14 ms): ``local.py`` does so when somebody asks.
"""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import psutil

from harmony_desktop.control.ports import MachineReport


def read_machine(folder: str) -> MachineReport:
    """Return cores, memory, and the disk that holds the folder (or its nearest existing parent)."""
    memory = psutil.virtual_memory()
    free, total = _disk(Path(folder).expanduser())
    return MachineReport(
        system=platform.system(),
        cores=psutil.cpu_count(logical=True) or 1,
        memory=memory.total,
        memory_available=memory.available,
        disk_free=free,
        disk_total=total,
    )


def _disk(folder: Path) -> tuple[int, int]:
    """Return free and total bytes; zeros where even the root cannot be asked (a drive that is gone)."""
    absolute = folder.absolute()
    for candidate in (absolute, *absolute.parents):
        try:
            usage = shutil.disk_usage(candidate)
        except OSError:
            continue
        return usage.free, usage.total
    return 0, 0
