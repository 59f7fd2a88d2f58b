"""The lock of a stack: kept by one, told to others, gone with its holder, and elsewhere where it cannot be kept."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harmony_desktop.control.locking import Holder, LockUnusableError
from harmony_desktop.host.stack_lock import FileLock, FileLocks, PosixLocking, SystemLocking, WindowsLocking

ME = Holder("harmony-desktop up", 4711, 1_700_000_000.0)
YOU = Holder("The Harmony window", 4712, 1_700_000_060.0)


class Msvcrt:
    """What Windows has in the place of flock, on one byte of a file."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.locked: dict[tuple[int, int], int] = {}

    def locking(self, fd: int, mode: int, size: int) -> None:
        place = (os.fstat(fd).st_ino, os.lseek(fd, 0, os.SEEK_CUR))
        assert (size, place[1] > 1 << 20) == (1, True), "what is locked cannot be read: it must not be the word"
        if mode == self.LK_UNLCK:
            assert self.locked.pop(place) == fd
        elif place in self.locked:
            raise PermissionError(errno.EACCES, "Permission denied")
        else:
            self.locked[place] = fd


class Unable:
    """A file system without locks."""

    def lock(self, fd: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    def unlock(self, fd: int) -> None:
        raise AssertionError


@pytest.fixture(params=["posix", "windows"])
def locking(request: pytest.FixtureRequest) -> SystemLocking:
    return PosixLocking() if request.param == "posix" else WindowsLocking(Msvcrt())


def at(*paths: Path, locking: SystemLocking | None = None) -> FileLock:
    return FileLock(lambda: paths, locking)


def test_one_has_it_and_the_other_learns_who(tmp_path: Path, locking: SystemLocking) -> None:
    path = tmp_path / "made/when/missing/lock"
    mine, yours = at(path, locking=locking), at(path, locking=locking)
    assert mine.acquire(ME)
    assert not yours.acquire(YOU)
    assert yours.holder() == ME
    yours.release()
    assert not yours.acquire(YOU), "only who has it can give it back"
    mine.release()
    mine.release()
    assert yours.acquire(YOU)
    assert not mine.acquire(ME)
    assert mine.holder() == YOU
    yours.release()
    assert path.read_bytes() == b""


def test_it_dies_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holds_it = (
        "import sys, pathlib, os\n"
        "from harmony_desktop.control.locking import Holder\n"
        "from harmony_desktop.host.stack_lock import FileLock\n"
        "assert FileLock(lambda: [pathlib.Path(sys.argv[1])]).acquire(Holder('another', os.getpid(), 0.0))\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holds_it, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        lock = at(path)
        assert not lock.acquire(ME)
        other = lock.holder()
        assert other is not None
        assert (other.program, other.pid) == ("another", process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lock.acquire(ME)
    lock.release()


def test_a_lock_file_that_was_removed_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    before = at(path)
    assert before.acquire(ME)
    path.unlink()
    after = at(path)
    assert after.acquire(YOU)
    assert not at(path).acquire(ME)
    before.release()
    assert not at(path).acquire(ME), "who held what was removed takes nothing away"
    after.release()


def test_another_users_file_can_be_locked_though_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    path.touch()
    really = os.open

    def open_for_reading(name: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied")
        return really(name, flags, mode)

    monkeypatch.setattr(os, "open", open_for_reading)
    mine, yours = at(path), at(path)
    assert mine.acquire(ME)
    assert not yours.acquire(YOU)
    assert yours.holder() is None, "it could not leave its word"
    mine.release()


def read_only(tmp_path: Path) -> Path:
    (tmp_path / "file").touch()
    return tmp_path / "file/lock"  # root may write everywhere, but not below a file


def test_where_it_cannot_be_kept_it_is_kept_with_the_user(tmp_path: Path) -> None:
    first, second = read_only(tmp_path), tmp_path / "user/lock"
    mine, yours = at(first, second), at(first, second)
    assert mine.acquire(ME)
    assert not yours.acquire(YOU)
    assert yours.holder() == ME
    mine.release()


def test_where_it_can_be_kept_nowhere_that_is_told(tmp_path: Path) -> None:
    with pytest.raises(LockUnusableError, match="Not a directory"):
        at(read_only(tmp_path)).acquire(ME)
    with pytest.raises(LockUnusableError, match="No locks available"):
        at(tmp_path / "lock", locking=Unable()).acquire(ME)


@pytest.mark.parametrize("word", [b"", b"{", b"[]", b'{"program": "x"}', b"\xff" * 100, b"x" * 100_000])
def test_a_word_that_says_nothing(tmp_path: Path, word: bytes) -> None:
    path = tmp_path / "lock"
    mine, yours = at(path), at(path)
    assert mine.acquire(ME)
    path.write_bytes(word)
    assert not yours.acquire(YOU)
    assert yours.holder() is None
    mine.release()


def test_a_full_disk_keeps_nobody_from_locking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    mine, yours = at(tmp_path / "lock"), at(tmp_path / "lock")
    assert mine.acquire(ME)
    assert not yours.acquire(YOU)
    mine.release()


def test_places_are_asked_no_further_than_needed(tmp_path: Path) -> None:
    asked: list[int] = []

    def places(directory: Path) -> list[Path]:
        asked.append(1)
        return [directory / "state"]

    locks = FileLocks(places, "harmony-desktop {what}")
    lock = locks.lock(tmp_path)
    assert not asked
    assert lock.acquire(ME)
    lock.release()
    assert (tmp_path / "state/lock").exists()
    assert locks.program("down") == "harmony-desktop down"


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_nothing_stays_open(tmp_path: Path) -> None:
    before = open_files()
    mine, yours = at(tmp_path / "lock"), at(tmp_path / "lock")
    for _ in range(3):
        assert mine.acquire(ME)
        assert not yours.acquire(YOU)
        mine.release()
    assert open_files() == before
