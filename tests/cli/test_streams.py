"""Standard streams that are closed, full or without a reader, and Ctrl+C at the very beginning."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.panel import Panel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full, and a shell that closes streams")

COMPOSE = """
name: streams
services:
  ui:
    image: harmonyai/harmonyspeech-ui:latest
    pull_policy: missing
    stop_grace_period: 1s
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE)
    return folder


def in_shell(panel: Panel, folder: Path, call: str) -> subprocess.CompletedProcess[str]:
    """Run a call with redirections that only a shell can make."""
    line = f'"{sys.executable}" -m harmony_desktop {call}'
    return panel.lab.run(["/bin/bash", "-c", line], cwd=folder, env=panel.environment, check=False)


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&- >&- 2>&-", "2> >(head -n 1 > /dev/null)"])
def test_nobody_reads_how_it_goes(panel: Panel, folder: Path, streams: str) -> None:
    """It goes on all the same, to the end."""
    panel("up", cwd=folder)
    before = panel.json("ps", cwd=folder)[0]["since"]
    done = in_shell(panel, folder, f"up --force-recreate --wait {streams}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (row,) = panel.json("ps", cwd=folder)
    assert row["state"] == "running"
    assert row["since"] >= before


def test_no_place_for_the_result(panel: Panel, folder: Path) -> None:
    panel("up", cwd=folder)
    for call in ("config", "ps", "logs"):
        done = in_shell(panel, folder, f"{call} > /dev/full")
        assert done.returncode == 1
        assert done.stderr.startswith("Error: The result cannot be written\nStandard output: No space left on device\n")
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("call", ["config >&-", "ps >&-", "logs -n 1 >&-", "doctor --format json >&-"])
def test_nobody_wants_the_result(panel: Panel, folder: Path, call: str) -> None:
    done = in_shell(panel, folder, call)
    assert done.returncode == 0
    assert done.stderr == ""


def test_letters_that_the_encoding_lacks(panel: Panel, folder: Path) -> None:
    (folder / "compose.yaml").write_text(COMPOSE + '    labels: {greeting: "Grüße 😀"}\n', encoding="utf-8")
    done = panel("config", cwd=folder, env={"PYTHONIOENCODING": "ascii"})
    assert r"Gr\xfc\xdfe \U0001f600" in done.stdout


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_while_modules_are_imported(tmp_path: Path) -> None:
    """It ends as other programs do: Python would show where it stood."""
    (tmp_path / "argparse.py").write_text("import sys\nprint('here', flush=True)\nsys.stdin.read()\n")
    with subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", "ps"],
        env={"PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode == -signal.SIGINT
    assert told == ""
