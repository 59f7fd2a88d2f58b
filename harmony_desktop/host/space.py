"""Room on the disks of this machine."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from harmony_desktop.control.disk_space import Space


def disk_space(folder: str, machine: str) -> Space | None:
    """Return the space on the disk that holds a folder, or None where it is none of this machine's; see SpaceLookup.

    An engine that runs in a virtual machine within this one (Docker Desktop, Colima) is reached as a local one is, and
    its folder may well be there on this machine too; but it calls its machine by another name.
    """
    if _short(machine) != _short(socket.gethostname()) or not Path(folder).is_absolute():
        return None
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return Space(usage.free, usage.total)


def _short(name: str) -> str:
    return name.partition(".")[0].lower()
