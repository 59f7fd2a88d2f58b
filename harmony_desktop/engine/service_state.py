"""What the service manager says of an engine that does not answer: on its way, failed, or simply off."""

from __future__ import annotations

import subprocess

from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import EngineKind
from harmony_desktop.engine.starting import outer_environment

#: Seconds that the service manager may take.
_LIMIT = 3.0
_UNITS = {
    EngineKind.SYSTEM: ("docker.service",),
    EngineKind.ROOTLESS: ("--user", "docker.service"),
    EngineKind.DESKTOP: ("--user", "docker-desktop.service"),
}


def service_state(kind: EngineKind, installed: Installed, environ: dict[str, str]) -> str:
    """Return systemd's word for an engine's service ("activating", "failed", "inactive" …), or "" where it has none.

    Args:
        kind: Who provides the engine.
        installed: What is on the machine.
        environ: The environment for the question.
    """
    program, unit = installed.programs.get("systemctl"), _UNITS.get(kind)
    if not installed.systemd or program is None or unit is None:
        return ""
    try:
        answer = subprocess.run(  # noqa: S603 - a program of the system
            [program, *unit[:-1], "is-active", unit[-1]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
            env=outer_environment(environ),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


def why_it_failed(kind: EngineKind) -> str:
    """Return the command that shows why a service failed."""
    unit = _UNITS[kind]
    return f"journalctl {'--user ' if len(unit) > 1 else ''}-u {unit[-1]} -n 30 --no-pager"
