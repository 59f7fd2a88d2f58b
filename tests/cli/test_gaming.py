"""Gaming mode from the command line, on a real engine: what is freed, a call that is killed, and the way back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab
from tests.lab.nvml_standin import Card, Machine, NvmlStandIn
from tests.lab.waiting import wait_until

pytestmark = pytest.mark.lab

TEXT, SPEECH = "text-generation-webui-harmonyai", "harmonyspeech-engine"
EVERYTHING = {TEXT, SPEECH, "harmony-link", "harmonyspeech-ui"}


def running(lab: Lab) -> set[str]:
    found = lab.api.call("GET", "/containers/json")
    return {each["Labels"]["com.docker.compose.service"] for each in found}


def begin(panel: Panel, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", *args],
        env={**os.environ, **panel.environment, **panel.lab.environment},
        cwd=panel.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told_to_stop(lab: Lab, container: str) -> bool:
    """Whether the engine has sent the container a signal."""
    now = str(int(time.time()) + 1)
    _, said = lab.api.raw("GET", "/events", since="0", until=now, filters={"container": [container], "event": ["kill"]})
    return b"kill" in said


def loaded(lab: Lab) -> str:
    _, told = lab.api.execute(f"harmony-{TEXT}-1", "wget", "-qO-", "http://127.0.0.1:5000/v1/internal/model/info")
    return str(json.loads(told)["model_name"])


@pytest.fixture
def card(nvml: NvmlStandIn) -> NvmlStandIn:
    """A card that is nearly full."""
    nvml.describe(Machine((Card(memory=(24564, 21000)),)))
    return nvml


def test_the_card_is_handed_to_a_game_and_all_comes_back(
    gpu_engine: Lab, panel: Panel, card: NvmlStandIn, tmp_path: Path, stack_ports_free: dict[str, int]
) -> None:
    panel.env |= card.environment
    panel("setup", "--yes", "--folder", str(tmp_path / "Harmony"))
    panel("up", "--wait")
    gpu_engine.behave(f"harmony-{TEXT}-1", "model=Mine-8B.Q5_K_M.gguf")
    freeing = begin(panel, "gaming", "on", "--format", "json")
    wait_until(lambda: SPEECH not in running(gpu_engine), "the speech engine to stop")
    card.describe(Machine((Card(memory=(24564, 1000)),)))
    told = json.loads(freeing.communicate()[0])
    assert told["complete"]
    assert told["stopped"] == [SPEECH]
    assert [(each["service"], each["model"]) for each in told["unloaded"]] == [(TEXT, "Mine-8B.Q5_K_M.gguf")]
    assert told["before"]["cards"][0]["used"] == 21000 * 2**20
    assert running(gpu_engine) == EVERYTHING - {SPEECH}
    assert loaded(gpu_engine) == "None"
    reasons = {row["service"]: row["reason"] for row in panel.json("ps")}
    assert (reasons[SPEECH], reasons["harmony-link"]) == ("for gaming mode", "Speech Engine rests for gaming mode")

    told = panel.json("gaming", "off")
    assert (told["started"], told["loaded"], told["left"]) == ([SPEECH], ["Mine-8B.Q5_K_M.gguf"], [])
    assert running(gpu_engine) == EVERYTHING
    assert loaded(gpu_engine) == "Mine-8B.Q5_K_M.gguf"


def test_a_call_that_is_killed_in_the_middle_leaves_a_way_back(
    clean_engine: Lab, panel: Panel, stack_folder: Path
) -> None:
    panel("up", "--wait")
    clean_engine.behave(f"harmony-{SPEECH}-1", "ignore-term")
    freeing = begin(panel, "gaming", "on")
    wait_until(lambda: loaded(clean_engine) == "None", "the model to be unloaded")
    wait_until(lambda: told_to_stop(clean_engine, f"harmony-{SPEECH}-1"), "the speech engine to be told")
    freeing.send_signal(signal.SIGKILL)
    freeing.communicate()
    assert running(clean_engine) == EVERYTHING, "its grace period runs"
    half = panel.json("gaming")
    assert (half["on"], half["complete"], half["stopped"]) == (True, False, [SPEECH])
    assert (stack_folder / ".harmony" / "gaming.json").is_file()

    clean_engine.behave(f"harmony-{SPEECH}-1", "normal")
    told = panel("gaming", "off")
    assert "Kaji-7B.Q4_K_M.gguf is loaded" in told.stderr
    assert running(clean_engine) == EVERYTHING
    assert loaded(clean_engine) == "Kaji-7B.Q4_K_M.gguf"
    assert not (stack_folder / ".harmony" / "gaming.json").exists()
