"""Writes a file block by block, so that nobody ever finds half of it: ``control.files.write_atomic`` for large ones."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

#: Bytes that are read and written at once.
BLOCK = 1024**2
_BINARY = getattr(os, "O_BINARY", 0)


def write_blocks(file: Path, blocks: Iterable[bytes], mode: int) -> None:
    """Replace a file's content, or create it: all of it or nothing. It gets its owner, or that of its folder.

    Args:
        file: The file, no link; its folder exists.
        blocks: What it shall hold. What they raise leaves the file as it was.
        mode: Its permissions.

    Raises:
        OSError: It could not be written; the old file is as it was.
    """
    owner = file.stat() if file.is_file() else file.parent.stat()
    temporary = file.with_name(f".{file.name[:80]}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode & 0o600 | 0o200)
        with os.fdopen(handle, "wb") as stream:
            for block in blocks:
                stream.write(block)
            stream.flush()
            os.fsync(stream.fileno())
        if sys.platform != "win32":
            with contextlib.suppress(PermissionError):  # only root can hand a file to somebody else
                os.chown(temporary, owner.st_uid, owner.st_gid)
        with contextlib.suppress(PermissionError):  # disks without permissions
            temporary.chmod(mode)
        temporary.replace(file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def may(place: Path, what: int) -> bool:
    """Return whether this process may do something with a file (``os.R_OK`` and the like), by its rights of now."""
    return os.access(place, what, effective_ids=os.access in os.supports_effective_ids)
