"""The stack's ports, and others in their place where a machine has them in use."""

from __future__ import annotations

import socket

#: The variables of the stack's compose files, with the ports that they default to.
STACK_PORTS = {
    "HARMONY_LINK_PORT": 28080,
    "HARMONY_LINK_API_PORT": 28081,
    "HARMONY_TEXT_PORT": 7860,
    "HARMONY_TEXT_API_PORT": 5000,
    "HARMONY_SPEECH_PORT": 12080,
    "HARMONY_SPEECH_UI_PORT": 8080,
}


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether something could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def answers(port: int, address: str = "127.0.0.1", seconds: float = 2.0) -> bool:
    """Whether something takes connections on this port."""
    try:
        socket.create_connection((address, port), timeout=seconds).close()
    except OSError:
        return False
    return True


def moved_ports(wanted: dict[str, int] | None = None) -> dict[str, int]:
    """For those of the wanted ports (default: the stack's) that are taken, free ones in their place."""
    wanted = STACK_PORTS if wanted is None else wanted
    moved: dict[str, int] = {}
    for name, port in wanted.items():
        if not is_free(port):
            taken = {*wanted.values(), *moved.values()}
            moved[name] = next(p for p in range(port + 10_000, 65_000) if p not in taken and is_free(p))
    return moved
