"""Picks the way in which this system starts programs with the session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harmony_desktop.control.autostart import Autostart
from harmony_desktop.host.own_command import Running, own_command

#: What the panel is called with: it waits in the tray.
ARGUMENTS = ("--minimized",)
#: Seconds that launchctl may take.
_PATIENCE = 10.0


def local_autostart(environ: Mapping[str, str]) -> Autostart:
    """Return what reads and writes the entry of this system."""
    command = own_command(Running.here(environ), *ARGUMENTS)
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - only there

        from harmony_desktop.host.autostart_windows import RunKey  # noqa: PLC0415

        return RunKey(winreg, command)
    if sys.platform == "darwin":
        from harmony_desktop.host.autostart_macos import LaunchAgent  # noqa: PLC0415

        return LaunchAgent(Path.home(), os.getuid(), command, _launchctl)
    from harmony_desktop.host.autostart_xdg import XdgAutostart  # noqa: PLC0415

    return XdgAutostart(environ, Path.home(), command)


def _launchctl(arguments: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, with words of ours
            ["/bin/launchctl", *arguments], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""
