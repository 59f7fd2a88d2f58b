"""Whether a panel may be running: found out without Qt's network module, whose import takes 10 ms."""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path


def door_name(scope: str) -> str:
    """Return the name of the local socket at which a panel answers.

    Args:
        scope: What may be open only once (the settings' path): panels with other settings are other panels.
    """
    return f"harmony-desktop-{_user()}-{zlib.crc32(scope.encode('utf-8', 'surrogatepass')):08x}"


def may_answer(name: str) -> bool:
    """Return whether a panel may answer at a door; where that cannot be told so early, it may."""
    if sys.platform != "linux":
        return True
    # As QDir::tempPath has it, below which QLocalServer makes its sockets.
    return Path(os.environ.get("TMPDIR") or "/tmp", name).exists()  # noqa: S108 - a place to look at


def _user() -> str:
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "")
    return str(os.getuid())
