"""Writing files so that nobody ever finds half of one: settings, caches, the stack folder."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write a carriage return before each line end
#: Seconds between tries to replace a file that somebody has open, on Windows.
_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4)


def write_atomic(file: Path, content: bytes, *, mode: int | None = None) -> None:
    """Replace a file's content, or create it: all of it or nothing, also when the computer stops midway.

    A symbolic link at ``file`` is replaced, not followed: resolve it first where it should be kept.

    Args:
        file: The file; its folder exists.
        content: What it shall hold.
        mode: Its permissions; None keeps those of the file that is there, or takes the user's default.

    Raises:
        OSError: It could not be written; the old file is as it was.
    """
    before = file.stat() if file.is_file() and not file.is_symlink() else None
    if mode is None and before is not None:
        mode = stat.S_IMODE(before.st_mode)
    temporary = file.with_name(f".{file.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    # Created with its final permissions at the most: a secret is never readable, not even for a moment.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666 if mode is None else mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            with contextlib.suppress(PermissionError):  # disks without permissions (FAT, some network drives)
                temporary.chmod(mode)
        if before is not None and sys.platform != "win32":
            with contextlib.suppress(PermissionError):  # only root can hand a file to its former owner
                os.chown(temporary, before.st_uid, before.st_gid)
        replace(temporary, file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(file.parent)


def replace(new: Path, file: Path, *, platform: str = sys.platform, wait: Callable[[float], None] = time.sleep) -> None:
    """Put a file in the place of another.

    Windows refuses that while anybody has the other open: another part of the panel that reads it, a virus scanner, the
    search's index. They are done in a moment, so it is tried again for a second.

    Args:
        new: The file.
        file: Where to; it may be there.
        platform: ``sys.platform``.
        wait: Waits some seconds; blocks the thread.

    Raises:
        OSError: It could not be done; both are as they were.
    """
    for pause in _PAUSES if platform == "win32" else ():
        try:
            new.replace(file)
        except PermissionError:
            wait(pause)
        else:
            return
    new.replace(file)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself last; Windows does that by itself and cannot open folders."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network file systems cannot; the file itself is safe
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
