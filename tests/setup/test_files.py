"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harmony_desktop.control.files import replace, write_atomic

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


def test_a_file_is_created_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomic(file, b"one\n")
    write_atomic(file, b"two\r\n")
    assert file.read_bytes() == b"two\r\n"
    assert list(tmp_path.iterdir()) == [file]


@posix
def test_permissions_are_kept_and_new_files_are_as_usual(tmp_path: Path) -> None:
    file, usual = tmp_path / "file", tmp_path / "usual"
    usual.touch()
    write_atomic(file, b"")
    assert file.stat().st_mode == usual.stat().st_mode
    file.chmod(0o640)
    write_atomic(file, b"2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    write_atomic(file, b"3", mode=0o600)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can hand a file over")
def test_root_leaves_a_file_to_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    os.chown(file, 6972, 1000)
    write_atomic(file, b"2")
    assert (file.stat().st_uid, file.stat().st_gid) == (6972, 1000)


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_crash_leaves_the_old_file_or_the_new_one(tmp_path: Path, moment: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    code = f"""
import os, pathlib
from harmony_desktop.control.files import replace, write_atomic
def crash(*_): os._exit(9)
{"os.fsync = crash" if moment == "fsync" else "pathlib.Path.replace = crash"}
write_atomic(pathlib.Path({str(file)!r}), b"new" * 100000)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert file.read_bytes() == b"old"


def test_on_windows_a_file_that_somebody_reads_is_replaced_in_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, file = tmp_path / "new", tmp_path / "file"
    new.write_bytes(b"new")
    file.write_bytes(b"old")
    put = Path.replace
    waits: list[float] = []

    def refuse(source: Path, target: Path) -> Path:
        if len(waits) < 3:
            raise PermissionError(13, "Access denied", str(source))
        return put(source, target)

    monkeypatch.setattr(Path, "replace", refuse)
    replace(new, file, platform="win32", wait=waits.append)
    assert file.read_bytes() == b"new"
    assert len(waits) == 3


@pytest.mark.parametrize(("platform", "tries"), [("win32", 8), ("linux", 1)])
def test_a_file_that_may_not_be_replaced_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, tries: int
) -> None:
    asked: list[Path] = []

    def refuse(source: Path, target: Path) -> Path:
        asked.append(target)
        raise PermissionError(13, "Access denied", str(source))

    monkeypatch.setattr(Path, "replace", refuse)
    waited: list[float] = []
    with pytest.raises(PermissionError):
        replace(tmp_path / "new", tmp_path / "file", platform=platform, wait=waited.append)
    assert len(asked) == tries
    assert sum(waited) <= 1.1
