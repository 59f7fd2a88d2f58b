"""The lock of a stack: an operating system's lock on a file, which also tells who holds it.

The system takes the lock back when its holder ends, however that happens. The file stays: a file that is removed while
somebody waits for it would be locked by one and made anew by another.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from harmony_desktop.control.locking import Holder, LockUnusableError, StackLock
from harmony_desktop.records import dataclass

#: Errors that mean "another one holds it", of any system.
_HELD = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
#: More than any holder's word is long.
_WORD_SIZE = 4096
#: Windows keeps others from reading what is locked: the byte that is locked stands far behind the holder's word.
_FAR_BEHIND = 1 << 30


class SystemLocking(Protocol):
    """The system's way to lock an open file without waiting; both raise OSError."""

    def lock(self, fd: int) -> None:
        """Lock it, or raise one of the errors that mean that another one has."""
        ...

    def unlock(self, fd: int) -> None:
        """Unlock it."""
        ...


class PosixLocking:
    """``flock``: works on files that are open for reading only, and on the network file systems of today."""

    def __init__(self, fcntl: Any = None) -> None:  # noqa: ANN401 - a module
        self._fcntl = fcntl or import_module("fcntl")

    def lock(self, fd: int) -> None:
        """Lock a file."""
        self._fcntl.flock(fd, self._fcntl.LOCK_EX | self._fcntl.LOCK_NB)

    def unlock(self, fd: int) -> None:
        """Unlock it."""
        self._fcntl.flock(fd, self._fcntl.LOCK_UN)


class WindowsLocking:
    """``msvcrt.locking``: locks one byte, which need not exist."""

    def __init__(self, msvcrt: Any = None) -> None:  # noqa: ANN401 - a module
        self._msvcrt = msvcrt or import_module("msvcrt")

    def lock(self, fd: int) -> None:
        """Lock a file."""
        os.lseek(fd, _FAR_BEHIND, os.SEEK_SET)
        self._msvcrt.locking(fd, self._msvcrt.LK_NBLCK, 1)

    def unlock(self, fd: int) -> None:
        """Unlock it."""
        os.lseek(fd, _FAR_BEHIND, os.SEEK_SET)
        self._msvcrt.locking(fd, self._msvcrt.LK_UNLCK, 1)


def system_locking() -> SystemLocking:
    """Return this system's way."""
    return WindowsLocking() if sys.platform == "win32" else PosixLocking()


class FileLock:
    """A lock on the first of some files that can be locked; implements ``control.locking.StackLock``.

    Args:
        paths: Returns where it may be, the best place first, and is asked no further than needed: all who look at
            the same places meet at the same file.
        locking: The system's way.
    """

    def __init__(self, paths: Callable[[], Iterable[Path]], locking: SystemLocking | None = None) -> None:
        self._paths = paths
        self._locking = locking or system_locking()
        self._fd: int | None = None
        self._writable = False
        self._held_by_other: Path | None = None

    def acquire(self, holder: Holder) -> bool:
        """Take it without waiting; return False where another holds it. Raises LockUnusableError."""
        reasons: list[str] = []
        for path in self._paths():
            try:
                held = self._take(path)
            except OSError as error:
                reasons.append(f"{path}: {error.strerror or error}")
                continue
            if held:
                self._leave_word(holder)
            else:
                self._held_by_other = path
            return held
        raise LockUnusableError("; ".join(reasons))

    def holder(self) -> Holder | None:
        """Return who holds it, as far as is known."""
        if self._held_by_other is None:
            return None
        try:
            with self._held_by_other.open("rb") as file:
                word = json.loads(file.read(_WORD_SIZE))
            return Holder(str(word["program"]), int(word["pid"]), float(word["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # it has not left its word yet, or could not

    def release(self) -> None:
        """Give it back; nothing happens where it was not held."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        # A full disk, or one that has gone, keeps nobody from closing the file, and so from unlocking it.
        with contextlib.suppress(OSError):
            if self._writable:
                os.ftruncate(fd, 0)
            self._locking.unlock(fd)
        os.close(fd)

    def _take(self, path: Path) -> bool:
        """Open and lock a file. Raises OSError where that cannot be done there at all."""
        while True:
            fd, writable = _open(path)
            try:
                self._locking.lock(fd)
                current = _is_still(path, fd)
            except OSError as error:
                os.close(fd)
                if error.errno in _HELD:
                    return False
                raise
            if current:
                self._fd, self._writable = fd, writable
                return True
            os.close(fd)  # somebody removed the file (with the whole folder?) just before: lock the one that is there

    def _leave_word(self, holder: Holder) -> None:
        if self._fd is None or not self._writable:
            return
        with contextlib.suppress(OSError):  # the lock holds without it
            os.ftruncate(self._fd, 0)
            os.lseek(self._fd, 0, os.SEEK_SET)
            os.write(self._fd, json.dumps(asdict(holder)).encode())


def _open(path: Path) -> tuple[int, bool]:
    """Open a lock file, made where it is missing; return it, and whether it can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644), True
    except OSError:
        # Another user's file may be locked all the same.
        return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)), False


def _is_still(path: Path, fd: int) -> bool:
    """Whether a path still means the file that is open."""
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


@dataclass(frozen=True, slots=True)
class FileLocks:
    """Makes the locks of stacks; implements ``control.locking.StackLocks``.

    Args:
        places: From a stack's folder to the folders where its lock may be, the best first.
        name: What this program calls itself, with ``{what}`` for what it does.
    """

    places: Callable[[Path], Iterable[Path]]
    name: str

    def program(self, what: str) -> str:
        """Return what this program calls itself while it does something."""
        return self.name.format(what=what)

    def lock(self, directory: Path) -> StackLock:
        """Return the lock of a stack."""
        return FileLock(lambda: (place / "lock" for place in self.places(directory)))
