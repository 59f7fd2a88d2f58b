"""Putting a model's file into the models folder: its name, its room, and the last step that makes it appear whole."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

from harmony_desktop.control.models import ModelsPlace
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Bytes that stay free on the disk: a full one does harm to more than models.
MARGIN = 256 * 2**20
#: Bytes that are read and written at once.
PIECE = 2**22
#: A file on its way.
PART = ".part"
#: A file that was put aside.
REMOVED = ".removed"
_SUFFIX = ".gguf"
_LENGTH = 180
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(10))})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def safe_name(name: str) -> str:
    """Return a file name that is the same on every disk, is no flag, hides nothing, and needs no quotes."""
    stem = PurePath(name.replace("\\", "/")).name
    stem = stem[: -len(_SUFFIX)] if stem.lower().endswith(_SUFFIX) else stem
    stem = re.sub(r"[^A-Za-z0-9._+-]+", "-", stem).strip("-._") or "model"
    if stem.split(".")[0].lower() in _RESERVED:
        stem = f"model-{stem}"
    return stem[: _LENGTH - len(_SUFFIX)] + _SUFFIX


def require_folder(place: ModelsPlace) -> Path:
    """Return the models folder, made where it does not exist. Raises HarmonyError."""
    folder = place.folder
    with telling(folder):
        if folder.exists() and not folder.is_dir():
            raise HarmonyError(
                say("There is no models folder"),
                cause=say("{path} is a file.", path=folder),
                advice=say("Move it out of the way, then try again."),
            )
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def require_room(folder: Path, needed: int) -> None:
    """Make sure that a file has room. Raises HarmonyError."""
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise HarmonyError(
            say("There is not enough room on the disk"),
            cause=say(
                "It needs {needed}, and {free} are free where {folder} lies.",
                needed=amount(needed + MARGIN),
                free=amount(free),
                folder=folder,
            ),
            advice=say("Make room, or choose a smaller model."),
        )


def require_new(target: Path) -> None:
    """Make sure that nothing has this name. Raises HarmonyError."""
    if os.path.lexists(target):
        raise HarmonyError(
            say("There is a model of this name already"),
            cause=say("{name} is in the models folder, and nothing is overwritten.", name=target.name),
            advice=say("Use the one that is there, or delete it first."),
        )


def publish(part: Path, target: Path, folder: Path) -> None:
    """Let a finished file appear under its name: durable, readable for the container, and over nothing.

    Raises:
        HarmonyError: Something has this name by now.
        OSError: It could not be done; the finished file stays as it is.
    """
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    let_containers_read(part, folder)
    require_new(target)
    try:
        os.link(part, target)
    except FileExistsError:
        require_new(target)
        raise
    except OSError:  # a disk without hard links (FAT, some network drives)
        require_new(target)
        part.rename(target)
    else:
        part.unlink()
    sync_folder(target.parent)


def let_containers_read(file: Path, folder: Path) -> None:
    """Let the container's user read a file: root hands it to the folder's owner, others open it for everybody."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(PermissionError):  # disks without permissions
        file.chmod(stat.S_IMODE(file.stat().st_mode) | 0o644)
    if os.geteuid() == 0:
        owner = folder.stat()
        with contextlib.suppress(PermissionError):
            os.chown(file, owner.st_uid, owner.st_gid)


def readable_for_all(file: Path) -> bool:
    """Whether any user may read a file, the container's among them."""
    return sys.platform == "win32" or bool(file.stat().st_mode & stat.S_IROTH)


def sync_folder(folder: Path) -> None:
    """Make a renaming last."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network file systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Be the only one who writes a file; the lock ends with the program that holds it.

    Raises:
        HarmonyError: Another program is at it.
    """
    if sys.platform == "win32":
        yield  # a second writer is refused by the system there
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HarmonyError(
                say("Another window is bringing in this model"),
                cause=say("{name} is being written right now.", name=file.name),
                advice=say("Wait until it has finished."),
            ) from error
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def telling(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a word to the user."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        if error.errno in _FULL:
            raise HarmonyError(
                say("The disk is full"),
                cause=say("{path}: {reason}", path=where, reason=error.strerror or str(error)),
                advice=say("Make room, then try again."),
            ) from error
        if isinstance(error, PermissionError):
            raise HarmonyError(
                say("The models folder cannot be used"),
                cause=say("{path}: {reason}", path=where, reason=error.strerror or str(error)),
                advice=say("Ask for access to this folder; “harmony-desktop doctor” tells which one may help."),
            ) from error
        raise HarmonyError(
            say("The file could not be read or written"),
            cause=say("{path}: {reason}", path=where, reason=error.strerror or str(error)),
            advice=say("Look whether its disk is connected, then try again."),
        ) from error


def amount(count: int) -> str:
    """Return bytes for people."""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{max(1, round(count / 2**20))} MB"
