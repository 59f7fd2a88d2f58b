"""The bundle that the package installs: everything that is imported by name is in it, and nothing of the machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bundling.staging import copy_sources

from harmony_desktop.cli.parser import COMMANDS
from tests.lab.waiting import wait_until
from tests.packaging.built import ROOT, package

#: Seconds that a state of the gallery is shown, from the moment that it may be ended: it is arranged after 0.2.
SHOWN = 1.0
pytestmark = pytest.mark.timeout(1800)
#: What Qt says of its screen that is none.
OFFSCREEN = re.compile(r"This plugin does not support (?:propagateSizeHints|raise)\(\)")


@pytest.fixture(scope="module")
def deb() -> Path:
    return package()


@pytest.fixture(scope="module")
def unpacked(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--extract", str(deb), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def program(unpacked: Path) -> Path:
    return unpacked / "usr/bin/harmony-desktop"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "LANG": "C.UTF-8",
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
        "QT_QPA_PLATFORM": "offscreen",
    }


def run(program: Path, *words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program), *words], env=env, capture_output=True, text=True, check=False, timeout=300)


def takes_signals(pid: int) -> bool:
    """Whether a process ends in its own way when told to: the panel does, from just before it shows its window."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) & 1 << (signal.SIGTERM - 1))


def test_lintian(deb: Path) -> None:
    told = subprocess.run(
        ["lintian", "--fail-on", "error,warning", str(deb)], capture_output=True, text=True, check=False, timeout=900
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_command_is_there(program: Path, environment: dict[str, str]) -> None:
    for command in COMMANDS:
        told = run(program, command, "--help", env=environment)
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith(f"usage: harmony-desktop {command}")


def test_doctor_and_config(program: Path, environment: dict[str, str], tmp_path: Path) -> None:
    found = json.loads(run(program, "doctor", "--format", "json", env=environment).stdout)
    assert {check["status"] for check in found} <= {"ok", "hint", "fail", "unknown"}
    run(program, "setup", "--yes", "--folder", str(tmp_path / "Harmony"), env=environment)
    told = run(program, "config", "--format", "json", env=environment)
    assert "harmony-link" in json.loads(told.stdout)["services"]
    report = tmp_path / "report.zip"
    run(program, "doctor", "--bundle", str(report), env=environment)
    assert report.is_file()


def test_the_command_line_reads_its_modules_from_one_file(
    unpacked: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(unpacked / "usr/lib/harmony-desktop", copy, copy_function=os.link, symlinks=True)
    inside = copy / "_internal" / "harmony_desktop"
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    image: example/a\n", encoding="utf-8")

    def config() -> subprocess.CompletedProcess[str]:
        return run(copy / "harmony-desktop", "-f", str(tmp_path / "compose.yaml"), "config", env=environment)

    whole = config()
    assert whole.returncode == 0, whole.stderr
    for name in ("bootstrap", "stack/load", "cli/config"):
        module = inside / f"{name}.pyc"
        size = module.stat().st_size
        module.unlink()  # it was a link
        module.write_bytes(b"x" * size)
    assert config().stdout == whole.stdout, "no other file is read"
    (inside / "kept_code.code").unlink()
    assert config().returncode != 0
    assert not list(copy.rglob("*.code*")), "nothing is written"


def test_every_state_of_the_window_opens(program: Path, environment: dict[str, str], tmp_path: Path) -> None:
    states = run(program, "--gallery", env=environment).stdout.split()
    assert len(states) > 100

    def show(state: str) -> str:
        home = tmp_path / state
        home.mkdir()
        process = subprocess.Popen(
            [str(program), "--gallery", state],
            env={**environment, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_until(lambda: process.poll() is not None or takes_signals(process.pid), state, seconds=60, pause=0.1)
        try:
            process.wait(SHOWN)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
        said = OFFSCREEN.sub("", process.communicate(timeout=120)[0]).strip()
        return f"{state} ended with {process.returncode}:\n{said}" if process.returncode or said else ""

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        faults = [fault for fault in pool.map(show, states) if fault]
    assert not faults, "\n".join(faults)


def test_all_modules_and_data_are_in_it(unpacked: Path, tmp_path: Path) -> None:
    copy_sources(ROOT, tmp_path)
    inside = unpacked / "usr/lib/harmony-desktop/_internal"
    for folder in ("compose", "resources", "docs"):
        for file in (tmp_path / folder).rglob("*"):
            if file.is_file():
                assert (inside / "harmony_desktop/data" / file.relative_to(tmp_path)).is_file(), file
    for file in (tmp_path / "harmony_desktop").rglob("*.py"):
        assert (inside / file.relative_to(tmp_path).with_suffix(".pyc")).is_file(), file


def test_nothing_tells_where_it_was_built(unpacked: Path) -> None:
    needle = os.fsencode(str(ROOT))
    for file in unpacked.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert needle not in file.read_bytes(), file


def test_only_what_is_needed_of_qt(unpacked: Path) -> None:
    names = {file.name for file in (unpacked / "usr/lib/harmony-desktop").rglob("*.so*")}
    for unwanted in ("Qml", "Quick", "Pdf", "VirtualKeyboard", "3D", "gtk"):
        assert not [name for name in names if unwanted in name]
    assert not [name for name in names if name.startswith(("libxcb", "libssl", "libglib", "libX11"))]


def test_licences(unpacked: Path) -> None:
    text = (unpacked / "usr/share/doc/harmony-desktop/copyright").read_text("utf-8")
    for name in ("Qt, PySide6 and Shiboken", "PyYAML", "docker", "regex", "certifi", "ICU", "PyInstaller"):
        assert name in text
