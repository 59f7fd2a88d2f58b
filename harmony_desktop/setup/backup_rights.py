"""What lets a user at files that belong to somebody else, and opens them to nobody besides: secrets are among them."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def opening_command(place: Path, rights: str) -> str:
    """Return the shell command that gives the user rights of files; the containers keep theirs.

    Args:
        place: The file, or the folder with all that is in it.
        rights: "rX" to read, "rwX" to write, too.
    """
    path = shlex.quote(str(place))
    if _is_own(place):
        return f"chmod -R u+{rights} {path}"
    if shutil.which("setfacl"):
        return f'sudo setfacl -R -m u:"$(id -un)":{rights} {path}'
    # Not what is below: there may be the folders of a container among it, which has to write there.
    return f'sudo chown "$(id -un)" {path}'


def is_read_only(place: Path) -> bool:
    """Return whether the drive of a file is mounted read-only: no permission helps then."""
    if sys.platform == "win32":
        return False
    try:
        return bool(os.statvfs(place).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _is_own(place: Path) -> bool:
    try:
        return sys.platform != "win32" and place.lstat().st_uid == os.geteuid()
    except OSError:
        return False
