"""Downloads by the command line on a real engine: live lines, an end by Ctrl+C, and starting without a registry."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.fetching import Patience
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.progress import ProgressReporter
from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.stack.load import load_project
from tests.cli.panel import Panel
from tests.control.scripted import scripted_tools
from tests.engine.conftest import connected
from tests.lab.lab import Lab
from tests.lab.registry_proxy import Faults, RegistryProxy
from tests.lab.waiting import wait_until

pytestmark = pytest.mark.lab

IMAGE = "harmonyai/harmonyspeech-ui"


def write(folder: Path, **services: dict[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "compose.yaml").write_text(json.dumps({"name": "downloads", "services": services}))
    return folder


@contextlib.contextmanager
def on_a_terminal(panel: Panel, lab: Lab, folder: Path, *args: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The command line with its stderr on a terminal; gives the process and the terminal's other end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", *args],
        cwd=folder,
        env={**os.environ, **lab.environment, **panel.environment},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def everything(terminal: int) -> str:
    """What was written until the other side closed."""
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux tells the end of a terminal so
            piece = b""
        if not piece:
            return said.decode()
        said += piece


def test_live_lines_on_a_terminal(
    panel: Panel, clean_engine: Lab, registry_proxy: RegistryProxy, tmp_path: Path
) -> None:
    image = f"{registry_proxy.address}/{IMAGE}:next"
    registry_proxy.faults.rate = 250_000
    with on_a_terminal(panel, clean_engine, write(tmp_path / "s", one={"image": image}), "pull") as (process, terminal):
        said = everything(terminal)
        assert process.wait() == 0
    assert "\033[1A\033[J" in said or "\033[2A\033[J" in said, "lines are written over"
    assert re.search(r"downloading, \d of 4 layers, [\d.]+ MB of 0\.5 MB, [\d.]+ MB/s, (\d+ s|—) left", said)
    assert re.search(r"  [0-9a-f]{12}: downloading, ", said)
    last = said.replace("\r", "").rstrip("\n").rpartition("\033[J")[2]
    assert last == f"Pulled  {image}", "nothing of the live lines is left"


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_ends_the_download_and_the_next_up_finishes(
    panel: Panel, clean_engine: Lab, registry_proxy: RegistryProxy, tmp_path: Path
) -> None:
    image = f"{registry_proxy.address}/{IMAGE}:next"
    folder = write(tmp_path / "s", one={"image": image})
    registry_proxy.faults.rate = 50_000
    with on_a_terminal(panel, clean_engine, folder, "up") as (process, terminal):
        wait_until(lambda: registry_proxy.fetching, "the download")
        process.send_signal(signal.SIGINT)
        said = everything(terminal)
        assert process.wait() == 130
    assert "goes on from here" in said
    assert "Traceback" not in said
    wait_until(lambda: not registry_proxy.fetching, "the engine to hang up")
    registry_proxy.faults.rate = 0
    panel("up", "--wait", cwd=folder)
    assert panel.json("ps", cwd=folder)[0]["state"] == "running"


def test_in_a_pipe_there_are_plain_lines(panel: Panel, clean_engine: Lab, tmp_path: Path) -> None:
    clean_engine.api.call("DELETE", f"/images/{IMAGE}:latest", force=True)
    said = panel("pull", cwd=write(tmp_path / "s", one={"image": f"{IMAGE}:latest"})).stderr
    assert said.splitlines() == [f"Pulling {IMAGE}:latest (always asked for)", f"Pulled  {IMAGE}:latest"]


@pytest.mark.both_engines
def test_offline_what_is_there_is_started(panel: Panel, clean_engine: Lab, tmp_path: Path) -> None:
    folder = write(tmp_path / "s", one={"image": f"{IMAGE}:latest", "pull_policy": "always"})
    clean_engine.registry.stop()
    said = panel("up", cwd=folder).stderr
    word = f"Warning: {IMAGE}:latest could not be fetched (Docker Hub cannot be reached); the one that is here is used."
    assert word in said.splitlines()
    assert panel.json("ps", cwd=folder)[0]["state"] == "running"
    done = panel("pull", cwd=folder, check=False)
    assert done.returncode == 1
    assert "Docker Hub cannot be reached" in done.stderr


@pytest.mark.both_engines
async def test_a_dead_network_does_not_hold_up_a_start(
    clean_engine: Lab, registry_proxy: RegistryProxy, tmp_path: Path
) -> None:
    """Packets vanish: connections stand, and nothing ever comes. The window's notes tell."""
    image = f"{registry_proxy.address}/{IMAGE}:latest"
    clean_engine.api.pull(image)
    registry_proxy.faults = Faults(silent="/")
    folder = write(tmp_path / "s", one={"image": image, "pull_policy": "always"})
    project = load_project(project_directory=folder, environ={}, cwd=folder)
    shown: list[Operation] = []
    tools = replace(scripted_tools(), clock=SystemClock(), patience=Patience(spare=1.0))
    reporter = ProgressReporter(project, OperationKind.UP, (), shown.append)
    async with connected(clean_engine) as engine:
        await Operations(engine, project, reporter, tools).up(UpOptions())
    reporter.finish()
    assert {c["State"] for c in clean_engine.api.containers(label=["com.docker.compose.project=downloads"])} == {
        "running"
    }
    [note] = shown[-1].warnings
    assert "has sent nothing for 1 seconds" in note
    assert "the one that is here is used" in note


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 48 MiB that everybody on this machine sees."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "lab", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leaves nothing of a disk."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(2**16)):
            pass
    return filler


def test_the_engines_disk_is_looked_at_before_a_download(
    panel: Panel, clean_engine: Lab, registry_proxy: RegistryProxy, small_disk: Path, tmp_path: Path
) -> None:
    image = f"{registry_proxy.address}/{IMAGE}:latest"
    folder = write(tmp_path / "s", one={"image": image})
    with clean_engine.other_engine(arguments=("--data-root", str(small_disk))):
        filler = fill(small_disk)
        done = panel("up", cwd=folder, check=False)
        assert done.returncode == 1
        assert re.search(r"Error: The disk of the Docker engine is full\nNo space is left on .*/small,", done.stderr)
        assert "docker system df" in done.stderr
        assert not registry_proxy.requests
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=300m", str(small_disk)], check=True)
        said = panel("up", cwd=folder).stderr
        assert re.search(r"Warning: The disk of the Docker engine \(.*/small\) is nearly full: \d+ MB are left", said)
        big = write(folder, one={"image": f"{registry_proxy.address}/{IMAGE}:next", "x-harmony": {"image_size": "9gb"}})
        said = panel("up", cwd=big).stderr
        assert re.search(r"take about 9.7 GB, and the disk of the Docker engine \(.*\) has \d+ MB left", said)
