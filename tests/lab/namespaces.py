"""Linux namespaces: the lab's own network, in which the stack's real ports are free, and the way back out of it."""

from __future__ import annotations

import ctypes
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.lab.errors import LabUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000

#: An address of the lab's network that is not loopback (TEST-NET-1): for "does not answer on other addresses".
LAN_ADDRESS = "192.0.2.10"

_outer_network: int | None = None


def unshare(flags: int) -> None:
    """Moves the calling thread into new namespaces; threads and processes that it starts later inherit them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise LabUnavailableError(
            f"the lab needs a network namespace of its own: unshare: {os.strerror(number)} (run as root)"
        )


def enter_own_network() -> None:
    """Gives this process (its calling thread) an empty network with loopback and one LAN address. Once is enough."""
    global _outer_network  # noqa: PLW0603 - a process has one network namespace, and so one way back
    if _outer_network is not None:
        return
    outer = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        unshare(CLONE_NEWNET)
    except LabUnavailableError:
        os.close(outer)
        raise
    _outer_network = outer
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "harmony-lan", "type", "bridge")
    _ip("addr", "add", f"{LAN_ADDRESS}/24", "dev", "harmony-lan")
    _ip("link", "set", "harmony-lan", "up")


def in_own_network() -> bool:
    """Whether this process has left the machine's network."""
    return _outer_network is not None


def outside(argv: list[str]) -> list[str]:
    """The command line that runs `argv` in the machine's own network, whichever this process is in."""
    if _outer_network is None:
        return argv
    return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{_outer_network}", "--", *argv]


@contextmanager
def outer_network(folder: Path) -> Iterator[Path]:
    """The present network as a file in `folder`, for this process and its children. Enter it before leaving that."""
    path = folder / "outer-network"
    unshare(CLONE_NEWNS)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    path.touch()
    subprocess.run(["mount", "--bind", f"/proc/{os.getpid()}/ns/net", str(path)], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


def _ip(*args: str) -> None:
    done = subprocess.run(["ip", *args], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabUnavailableError(f"ip {' '.join(args)}: {done.stderr.strip()}")
