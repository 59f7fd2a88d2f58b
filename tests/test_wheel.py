"""The wheel: built from the sources, installed into an environment without them, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the wheel, and this one's packages as its dependencies, but not the sources."""
    folder = tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)], cwd=folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)], cwd=folder)
    site = next(folder.glob("lib/python*/site-packages"))
    # A line of a .pth file adds a folder alone, not the .pth files in it: the editable sources stay out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"


def run(argv: list[str], *, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        argv, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_holds_the_stack_the_resources_and_the_documents(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("compose", "resources", "docs"):
        shipped = {
            f"harmony_desktop/data/{kind}/{path.relative_to(ROOT / kind).as_posix()}"
            for path in (ROOT / kind).rglob("*")
            if path.is_file()
        }
        assert shipped <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    program = str(installed / "harmony-desktop")
    where = "import harmony_desktop; print(harmony_desktop.__file__)"
    assert str(installed.parent) in run([str(installed / "python"), "-c", where], cwd=tmp_path)
    assert "harmony-desktop 0." in run([program, "--version"], cwd=tmp_path)
    home = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
    }
    run([program, "setup", "--yes", "--folder", str(tmp_path / "Harmony")], cwd=tmp_path, **home)
    assert "harmonyai/harmony-link" in run([program, "config"], cwd=tmp_path, **home)


def test_the_window_finds_its_resources(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication(sys.argv);"
        "from harmony_desktop.ui import icons; print(icons.app_icon().isNull())"
    )
    said = run([str(installed / "python"), "-c", code], cwd=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert said.strip() == "False"
