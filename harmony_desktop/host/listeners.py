"""Which processes listen on which ports of this machine. Importing this module loads psutil (14 ms)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import psutil


def listeners() -> Iterator[tuple[tuple[int, str, str], int | None, str]]:
    """Yield port, address and protocol of each listener, with its process as far as this user may see it."""
    try:
        found = [(connection, connection.pid) for connection in psutil.net_connections(kind="inet")]
    except (psutil.Error, OSError):
        # macOS lists those of all processes for root alone; those of this user's can be asked one by one.
        yield from _own_listeners()
        return
    for connection, pid in found:
        if where := _place(connection.type, connection.status, connection.laddr):
            yield where, pid, _name(pid)


def _own_listeners() -> Iterator[tuple[tuple[int, str, str], int | None, str]]:
    for process in psutil.process_iter():
        try:
            connections = process.net_connections(kind="inet")
        except (psutil.Error, OSError):
            continue
        for connection in connections:
            if where := _place(connection.type, connection.status, connection.laddr):
                yield where, process.pid, _name(process.pid)


def _place(kind: int, status: str, address: Any) -> tuple[int, str, str] | None:  # noqa: ANN401 - psutil has no name
    """Return where something listens, or None for a connection that is no listener."""
    tcp = kind == socket.SOCK_STREAM
    if not address or (tcp and status != psutil.CONN_LISTEN):
        return None
    return (address.port, address.ip, "tcp" if tcp else "udp")


def _name(pid: int | None) -> str:
    try:
        return psutil.Process(pid).name() if pid is not None else ""
    except psutil.Error:
        return ""
