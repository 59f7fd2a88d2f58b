"""Makes folders writable for the users that containers run as. Only Linux needs it: Docker Desktop maps them itself."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from harmony_desktop.setup.layout import Writer


def opens(writer: Writer) -> bool:
    """Return whether a folder that is made for a container's user has to be opened for every user of this computer."""
    return sys.platform == "linux" and os.geteuid() not in {0, writer.uid}


def grant(path: Path, writer: Writer) -> str:
    """Let a container's user write to a folder (and to a shipped file in it).

    Root hands it over; an ordinary user cannot give a file away and opens it for everybody instead, unless the
    container's user is the same as the own. Links are not followed.

    Returns:
        "" when it was so already, "given" or "opened" for what was done, "refused" when neither was possible.
    """
    if sys.platform != "linux":
        return ""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        return ""
    wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
    everybody = 0o777 if stat.S_ISDIR(found.st_mode) else 0o666
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == writer.uid and mode & wanted == wanted:
        return ""
    if mode & everybody == everybody:
        return ""
    try:
        if os.geteuid() == 0:
            os.chown(path, writer.uid, writer.gid, follow_symlinks=False)
            path.chmod(mode | wanted)
            return "given"
        path.chmod(mode | everybody)
    except PermissionError:
        return "refused"  # somebody else's, or a disk that knows no owners
    return "opened"
