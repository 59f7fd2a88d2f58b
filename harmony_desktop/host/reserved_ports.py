"""Ports that the system keeps for itself: what Windows, Linux and macOS say of them. The parsers are pure."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harmony_desktop.control.port_records import PortHolder
from harmony_desktop.stack.words import say

_LINUX = Path("/proc/sys/net/ipv4")
#: What the systems hand out by themselves unless told otherwise (RFC 6335; Linux has a range of its own).
_DYNAMIC = range(49152, 65536)
_LINUX_DYNAMIC = range(32768, 61000)
_NETSH_TIME_LIMIT = 5.0
_AIRPLAY_PORTS = frozenset({5000, 7000})
_AIRPLAY = re.compile(r"ControlCe(nter)?|AirPlayXPCHelper")


def parse_excluded(text: str) -> tuple[range, ...]:
    """Return the ranges that ``netsh int ipv4 show excludedportrange`` prints, in whatever language.

    Each range is a line of two numbers, an asterisk behind those that an administrator made.
    """
    lines = (re.fullmatch(r"\s*(\d{1,5})\s+(\d{1,5})\s*\*?\s*", line) for line in text.splitlines())
    return tuple(range(int(match[1]), int(match[2]) + 1) for match in lines if match)


def parse_dynamic(text: str) -> range | None:
    """Return the range that ``netsh int ipv4 show dynamicport`` prints (its first port, and how many there are)."""
    numbers = [int(match[1]) for line in text.splitlines() if (match := re.search(r":\s*(\d{1,5})\s*$", line))]
    return range(numbers[0], numbers[0] + numbers[1]) if len(numbers) == 2 else None


def parse_reserved(text: str) -> tuple[range, ...]:
    """Return the ranges of Linux's ``ip_local_reserved_ports``: ``8080,9148-9150``."""
    found = (re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip()) for part in text.split(","))
    return tuple(range(int(match[1]), int(match[2] or match[1]) + 1) for match in found if match)


def excluded_ranges(protocol: str) -> tuple[range, ...]:
    """Return the ranges that Windows has excluded; nothing on other systems, where a bind tells all."""
    return parse_excluded(_netsh("excludedportrange", protocol)) if sys.platform == "win32" else ()


def avoided_ranges() -> tuple[range, ...]:
    """Return the ports that the system hands out to whoever asks, and those that it keeps from being handed out."""
    if sys.platform == "win32":
        return (parse_dynamic(_netsh("dynamicport", "tcp")) or _DYNAMIC, *excluded_ranges("tcp"))
    if sys.platform != "linux":
        return (_DYNAMIC,)
    bounds = _read(_LINUX / "ip_local_port_range").split()
    dynamic = range(int(bounds[0]), int(bounds[1]) + 1) if len(bounds) == 2 else _LINUX_DYNAMIC
    return (dynamic, *parse_reserved(_read(_LINUX / "ip_local_reserved_ports")))


def privileged_range() -> range:
    """Return the ports that an engine without root's rights cannot publish.

    RootlessKit may have been given the right (``setcap cap_net_bind_service``): then there are none.
    """
    if sys.platform != "linux":
        return range(0)
    kit = shutil.which("rootlesskit")
    if kit is not None:
        try:
            if os.getxattr(kit, "security.capability"):
                return range(0)
        except OSError:
            pass  # no such attribute, or a file system without attributes: no right was given
    first = _read(_LINUX / "ip_unprivileged_port_start").strip()
    return range(1, int(first) if first.isdigit() else 1024)


def airplay(port: int, holder: PortHolder, platform: str) -> PortHolder:
    """Return the holder with a better name and advice where it is the AirPlay receiver of macOS.

    Its process is called ControlCenter, which tells nobody anything; to other users' eyes it has no name at all.
    """
    if platform != "darwin" or port not in _AIRPLAY_PORTS or holder.reserved:
        return holder
    if holder.process and not _AIRPLAY.match(holder.process):
        return holder
    name = "AirPlay Receiver" if holder.process else say("AirPlay Receiver, it seems")
    advice = say("AirPlay Receiver can be turned off in System Settings, General, AirDrop & Handoff.")
    return PortHolder(process=name, pid=holder.pid, advice=advice)


def who_tells(port: int, protocol: str, platform: str) -> str:
    """Return how to find out who holds a port that this user may not see."""
    kind = "-lunp" if protocol == "udp" else "-ltnp"
    if platform == "linux":
        return say("“sudo ss {kind} 'sport = :{port}'” tells which program it is.", kind=kind, port=port)
    if platform == "darwin":
        return say(
            "“sudo lsof -nP -i {protocol}:{port}” tells which program it is.", protocol=protocol.upper(), port=port
        )
    return ""


def _netsh(what: str, protocol: str) -> str:
    try:
        # Its place is in the system's folder, which stands first in any search path of Windows.
        done = subprocess.run(  # noqa: S603 - words of our own alone
            ["netsh", "int", "ipv4", "show", what, protocol],  # noqa: S607 - see above
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_NETSH_TIME_LIMIT,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
