"""``setup``: a folder prepared or taken over, started and tried, with questions on a terminal and without any."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harmony_desktop.control.sound import read_wave
from tests.cli.panel import Panel
from tests.cli.test_quickstart_layout import quickstart  # noqa: F401 - a fixture
from tests.lab.lab import Lab
from tests.lab.nvml_standin import NvmlStandIn

SPEECH, TEXT = "harmonyspeech-engine", "text-generation-webui-harmonyai"


def behave(lab: Lab, service: str, *settings: str) -> None:
    container = lab.docker("ps", "-q", "--filter", f"label=com.docker.compose.service={service}").stdout.strip()
    lab.behave(container, *settings)


def test_from_nothing_to_a_sentence(
    panel: Panel, clean_engine: Lab, tmp_path: Path, stack_ports_free: dict[str, int]
) -> None:
    folder = tmp_path / "Harmony mit Ümlaut"
    made = panel("setup", "--yes", "--folder", str(folder), "--hardware", "cpu", "--start", "--prove")
    where, sound = made.stdout.splitlines()
    assert where == str(folder)
    spoken = read_wave(Path(sound).read_bytes())
    assert spoken is not None
    assert "Kaji-7B.Q4_K_M.gguf says: “Hello!" in made.stderr
    assert made.stderr.count("Good ") == 3
    # A model that is missing is nothing that failed; a sentence that is none is, and says why.
    behave(clean_engine, TEXT, "no-model")
    behave(clean_engine, SPEECH, "speech=garbage")
    again = panel("setup", "--yes", "--prove", check=False)
    assert again.returncode == 1
    assert "Missing  It runs, and has no model yet." in again.stderr
    assert "Failed   Its answer is no sound." in again.stderr
    behave(clean_engine, SPEECH, "speech=refused")
    again = panel("setup", "--yes", "--prove", check=False)
    assert "It refuses: CUDA out of memory (HTTP 400)." in again.stderr
    behave(clean_engine, SPEECH, "normal")
    assert panel("setup", "--yes", "--prove").returncode == 0


def test_a_quickstart_folder_is_taken_over(
    panel: Panel,
    quickstart: Path,  # noqa: F811 - the fixture
    stack_ports_free: dict[str, int],
) -> None:
    (quickstart / "harmony-link/harmony-user.key").unlink()
    before = {path: path.read_bytes() for path in quickstart.rglob("*") if path.is_file()}
    made = panel("setup", "--yes", "--folder", str(quickstart))
    assert "holds a stack that was set up by hand" in made.stderr
    assert "  harmony-link/harmony-user.key  (A file that" in made.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert {row["service"] for row in panel.json("ps")} == set()
    panel("config")
    assert "harmony-user.key" not in panel("setup", "--yes").stderr


def test_without_a_terminal_nobody_is_asked(panel: Panel, tmp_path: Path) -> None:
    refused = panel("setup", "--folder", str(tmp_path / "x"), check=False)
    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("place", ["file", "foreign"])
def test_a_place_that_cannot_be_one_is_told(panel: Panel, tmp_path: Path, place: str) -> None:
    folder = tmp_path / "x"
    if place == "file":
        folder.touch()
    else:
        folder.mkdir()
        (folder / "compose.yml").write_text("services: {a: {image: nginx}}\n")
    refused = panel("setup", "--yes", "--folder", str(folder), check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error:") or "\nError:" in refused.stderr


def answered(panel: Panel, answers: str, *args: str) -> tuple[int, str]:
    """Call setup on a terminal of its own; return its status and what it said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", "-H", panel.lab.engine.host, "setup", *args],
        env={**os.environ, **panel.environment},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(ours, answers.encode())
    _, said = process.communicate(timeout=100)
    os.close(ours)
    os.close(theirs)
    return process.returncode, said


def test_each_answer_counts(panel: Panel, tmp_path: Path, stack_ports_free: dict[str, int]) -> None:
    folder = tmp_path / "asked"
    status, said = answered(panel, f"quantum\ncpu\n{folder}\ny\n\nn\nn\n")
    assert status == 0, said
    assert said.count("Compute on") == 2
    assert f"Prepare {folder} for the cpu profile? [Y/n]" in said
    env = (folder / ".env").read_text()
    assert "\nHARMONY_BIND_ADDRESS=0.0.0.0\n" in env


def test_a_no_changes_nothing(panel: Panel, tmp_path: Path, stack_ports_free: dict[str, int]) -> None:
    status, said = answered(panel, f"\n{tmp_path / 'asked'}\n\nn\n")
    assert status == 1
    assert "Nothing was changed" in said
    assert not (tmp_path / "asked").exists()


def test_without_a_name_it_is_a_mistake_of_the_call(panel: Panel) -> None:
    refused = panel("setup", "--yes", "--folder", "", check=False)
    assert refused.returncode == 2
    assert "--folder: the name of the folder is empty" in refused.stderr


def test_a_file_that_is_gone_comes_back(panel: Panel, stack_folder: Path) -> None:
    (stack_folder / "services.yml").unlink()
    assert "harmony-desktop setup" in panel("config", check=False).stderr
    assert "ready to start" in panel("setup", "--yes", "--folder", str(stack_folder)).stderr
    panel("config")


def test_a_taken_over_folder_that_cannot_start_is_not_called_ready(
    panel: Panel,
    quickstart: Path,  # noqa: F811 - the fixture
) -> None:
    key = quickstart / "harmony-link/harmony-user.key"
    key.unlink()
    (key / "keep").mkdir(parents=True)
    made = panel("setup", "--yes", "--folder", str(quickstart), check=False)
    assert made.returncode == 1
    assert "harmony-user.key is a folder with something in it" in made.stderr
    assert "ready to start" not in made.stderr


def test_a_port_that_is_taken_has_a_way_out(panel: Panel, tmp_path: Path, stack_ports_free: dict[str, int]) -> None:
    port = stack_ports_free["HARMONY_SPEECH_UI_PORT"]
    with socket.create_server(("127.0.0.1", port)):
        made = panel("setup", "--yes", "--folder", str(tmp_path / "x"))
    assert " is free: harmony-desktop up --move-ports\n" in made.stderr
    assert made.stderr.endswith("harmony-desktop up --wait --move-ports\n")


def test_a_card_that_docker_cannot_give_is_no_ready_stack(panel: Panel, tmp_path: Path, nvml: NvmlStandIn) -> None:
    made = panel("setup", "--yes", "--folder", str(tmp_path / "x"), "--hardware", "nvidia", env=nvml.environment).stderr
    assert "runs on the processor" not in made
    assert "ready to start" not in made
    assert "harmony-desktop setup --hardware cpu" in made


def test_without_a_card_the_profile_for_one_is_not_ready(panel: Panel, tmp_path: Path) -> None:
    made = panel("setup", "--yes", "--folder", str(tmp_path / "x"), "--hardware", "nvidia").stderr
    assert "with the nvidia profile before there is an NVIDIA card that can be used; then: harmony-desktop up" in made
    assert "ready to start" not in made
    assert made.endswith("On the processor it starts now: harmony-desktop setup --hardware cpu\n")
