"""Processor, memory, disks and ports of this machine, through psutil.

Importing this module loads psutil (14 ms): ``local.py`` does so when somebody asks.
"""

from __future__ import annotations

import errno
import platform
import shutil
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PortHolder:
    """Who holds a port.

    Attributes:
        port: The TCP port.
        process: The name of the process, or "" where it cannot be told (another user's, or none).
        pid: Its process id, or None.
        reserved: Nobody listens, yet the system keeps the port for itself (ranges of Hyper-V on Windows).
    """

    port: int
    process: str = ""
    pid: int | None = None
    reserved: bool = False


def held_ports(ports: Iterable[int], address: str = "127.0.0.1") -> dict[int, PortHolder]:
    """Return those of the TCP ports that cannot be bound at the address, with their holders.

    Trying to bind is the only question that also finds ports which the system reserves; the list of listeners then
    names the process, where this user may see it.
    """
    refused = {port: fault for port in dict.fromkeys(ports) if (fault := _bind_fault(address, port))}
    if not refused:
        return {}
    listeners = _listeners()
    held = {}
    for port, fault in refused.items():
        pid, process = listeners.get(port, (None, ""))
        held[port] = PortHolder(
            port=port, process=process, pid=pid, reserved=fault == errno.EACCES and port not in listeners
        )
    return held


def _bind_fault(address: str, port: int) -> int:
    """Return the error number that keeps the port from being bound, or 0."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform == "linux":
            # Connections that linger after a service has ended do not hinder the engine either.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            # Ports below 1024 are closed to this user on Linux, though not to the engine.
            return errno.EACCES if sys.platform == "win32" else 0
        except OSError as error:
            return errno.EADDRINUSE if error.errno == errno.EADDRINUSE else 0
    return 0


def _listeners() -> dict[int, tuple[int | None, str]]:
    """Return process id and name of each listening TCP port, as far as this user may see them."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return {}  # macOS lists them for root alone
    found: dict[int, tuple[int | None, str]] = {}
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        name = ""
        if connection.pid is not None:
            try:
                name = psutil.Process(connection.pid).name()
            except psutil.Error:
                name = ""
        if connection.laddr.port not in found or name:
            found[connection.laddr.port] = (connection.pid, name)
    return found
