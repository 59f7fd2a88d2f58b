"""Folders that containers write to, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.setup.layout import load_layout
from harmony_desktop.setup.seed import seed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only native Linux shows containers' users to the disk")
as_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can hand over files, or become somebody else"
)

_SEED = """
import dataclasses, json, os, sys
uid = int(sys.argv[1])
# Imported as root: the interpreter may be out of an ordinary user's reach.
from pathlib import Path
from harmony_desktop.assets import compose_dir
from harmony_desktop.control import files
from harmony_desktop.setup.seed import seed
from harmony_desktop.stack.errors import HarmonyError
import shutil, tempfile
source = Path(sys.argv[2])
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
os.umask(0o022)
try:
    print(json.dumps(dataclasses.asdict(seed(Path(sys.argv[3]), source))))
except HarmonyError as error:
    print(json.dumps({"title": error.title, "cause": error.cause, "advice": error.advice}))
"""


@pytest.fixture
def reachable(tmp_path: Path, edition: Path) -> Path:
    """A folder that every user can reach, with the shipped stack beside it."""
    for folder in (edition, *edition.rglob("*")):
        folder.chmod(0o755 if folder.is_dir() else 0o644)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o755)
    return tmp_path


def seed_as(uid: int, home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _SEED, str(uid), str(home / "edition"), str(home / "home" / "Harmony")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def home_of(uid: int, reachable: Path) -> Path:
    (reachable / "home").mkdir()
    os.chown(reachable / "home", uid, uid)
    return reachable


def may_write(uid: int, gid: int, place: Path) -> bool:
    """Ask the kernel, as the container's user."""
    return (
        subprocess.run(
            ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "test", "-w", str(place)], check=False
        ).returncode
        == 0
    )


@as_root
def test_as_root_folders_are_handed_over(reachable: Path, edition: Path) -> None:
    folder = reachable / "stack"
    report = seed(folder, edition)
    for path, writer in load_layout(edition).folders.items():
        if writer is not None:
            assert ((folder / path).stat().st_uid, (folder / path).stat().st_gid) == (writer.uid, writer.gid)
            assert (folder / path).stat().st_mode & 0o002 == 0, "not for everybody"
            assert may_write(writer.uid, writer.gid, folder / path)
    assert may_write(6972, 6972, folder / "text-generation-webui-harmonyai/characters/Assistant.yaml")
    assert report.warnings == []


@as_root
@pytest.mark.parametrize("uid", [1000, 4321])
def test_as_an_ordinary_user_folders_are_opened_and_it_is_said(reachable: Path, edition: Path, uid: int) -> None:
    home = home_of(uid, reachable)
    report = seed_as(uid, home)
    folder = home / "home" / "Harmony"
    for path, writer in load_layout(edition).folders.items():
        if writer is not None:
            assert may_write(writer.uid, writer.gid, folder / path), path
    # The user who is the container's user needs no opening.
    cache = folder / "harmony-speech-engine" / "cache"
    assert bool(cache.stat().st_mode & 0o002) == (uid != 1000)
    assert not (folder / "harmony-link" / "harmony-tmp").stat().st_mode & 0o002
    assert ("harmony-speech-engine/cache" in report["warnings"][0]) == (uid != 1000)
    assert "Every user of this computer may now write" in report["warnings"][0]
    again = seed_as(uid, home)
    assert (again["updated"], again["created"], again["warnings"]) == ([], [], [])


@as_root
def test_a_folder_that_docker_made_as_root_is_told_with_the_remedy(reachable: Path) -> None:
    home = home_of(4321, reachable)
    seed_as(4321, home)
    cache = home / "home" / "Harmony" / "harmony-speech-engine" / "cache"
    cache.rmdir()
    cache.mkdir(mode=0o755)
    report = seed_as(4321, home)
    assert len(report["warnings"]) == 1
    assert f"sudo chown 1000:0 '{cache}'" in report["warnings"][0]


def test_a_disk_without_permissions_is_told_and_no_fault(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    monkeypatch.setattr(Path, "chmod", refuse)
    report = seed(tmp_path / "stack", source)
    assert any("a disk without permissions" in warning for warning in report.warnings)
    assert (tmp_path / "stack" / "docker-compose.yml").is_file()


@as_root
def test_a_folder_that_may_not_be_written_is_told(reachable: Path) -> None:
    (reachable / "home").mkdir(mode=0o755)
    report = seed_as(4321, reachable)
    assert report["title"] == "The stack folder cannot be written"
    assert str(reachable / "home") in report["cause"]


@as_root
def test_a_file_that_may_not_be_read_is_told(reachable: Path) -> None:
    home = home_of(4321, reachable)
    seed_as(4321, home)
    key = home / "home" / "Harmony" / ".env"
    os.chown(key, 0, 0)
    report = seed_as(4321, home)
    assert report["title"] == "The stack folder could not be written"
    assert str(key) in report["cause"]
