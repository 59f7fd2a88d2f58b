"""The main job on a real engine: set up, start, look, log, stop; by us and by the official Compose in turn."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab
from tests.lab.namespaces import LAN_ADDRESS
from tests.lab.nvml_standin import NvmlStandIn
from tests.lab.ports import STACK_PORTS, answers
from tests.lab.user import OrdinaryUser
from tests.lab.waiting import wait_until

SERVICES = {"harmony-link", "harmonyspeech-engine", "harmonyspeech-ui", "text-generation-webui-harmonyai"}
LINK = "harmony-harmony-link-1"

pytestmark = pytest.mark.lab


@pytest.mark.both_engines
def test_up_wait_ps_and_down(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    said = panel("up", "--wait").stderr
    assert "Ready  Speech Engine" in said

    rows = panel.json("ps")
    assert {row["service"] for row in rows} == SERVICES
    assert {row["state"] for row in rows} == {"running"}
    assert {row["stage"] for row in rows} == {"ready"}
    published = {port["published"]: port["host"] for row in rows for port in row["ports"]}
    assert published == dict.fromkeys(STACK_PORTS.values(), "127.0.0.1")
    for port in STACK_PORTS.values():
        assert answers(port)
        assert not answers(port, LAN_ADDRESS)

    official = clean_engine.compose("ps", "--format", "json", cwd=stack_folder).stdout.splitlines()
    assert {json.loads(line)["Service"] for line in official} == SERVICES
    before = containers(clean_engine)
    told = clean_engine.compose("up", "-d", cwd=stack_folder).stderr
    assert told.count("Running") == len(SERVICES)
    assert containers(clean_engine) == before, "the official up changes nothing"

    status, answer = clean_engine.api.execute(LINK, "wget", "-qO-", "http://harmonyspeech-engine:12080/health")
    assert (status, json.loads(answer)) == (0, {"status": "ok"})

    panel("down")
    assert not containers(clean_engine)
    assert not networks(clean_engine)


def test_the_official_down_leaves_nothing_of_ours(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    panel("up")
    clean_engine.compose("down", cwd=stack_folder)
    assert not containers(clean_engine)
    assert not networks(clean_engine)


@pytest.mark.both_engines
def test_after_the_official_up_there_is_nothing_to_do(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    clean_engine.compose("up", "-d", cwd=stack_folder)
    dry = panel("up", "--dry-run")
    assert dry.stdout == ""
    assert "Nothing to do" in dry.stderr
    before = containers(clean_engine)
    panel("up")
    assert containers(clean_engine) == before
    panel("down")
    assert not containers(clean_engine)


def test_dry_run_tells_the_plan_with_its_causes_and_does_nothing(panel: Panel, stack_folder: Path) -> None:
    plan = panel("up", "--dry-run").stdout.splitlines()
    assert "create network harmony_default: not there yet" in plan
    assert f"create {LINK}: not there yet" in plan
    assert panel.json("ps") == []
    panel("up")
    env = stack_folder / ".env"
    env.write_text(env.read_text() + "\nHARMONY_LINK_PORT=28090\n")
    assert f"create {LINK}: config changed" in panel("up", "--dry-run").stdout
    panel("up", "--wait")
    assert answers(28090)
    assert not answers(28080)


def test_what_a_service_wrote_survives_down_and_up(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    panel("up", "--wait")
    clean_engine.behave(LINK, "write=/app/harmony-tmp/memory.txt")
    clean_engine.behave(
        "harmony-text-generation-webui-harmonyai-1", "write=/home/app/text-generation-webui/user_data/models/m"
    )
    clean_engine.behave("harmony-harmonyspeech-engine-1", "write=/app/harmony-speech-engine/cache/voice")
    panel("down")
    panel("up", "--wait")
    assert (stack_folder / "harmony-link/harmony-tmp/memory.txt").read_text()
    status, _ = clean_engine.api.execute(LINK, "test", "-s", "/app/harmony-tmp/memory.txt")
    assert status == 0


def test_stop_start_restart_of_one_and_of_all(panel: Panel, stack_folder: Path) -> None:
    panel("up", "--wait")
    ids = [row["container"] for row in panel.json("ps")]
    panel("stop", "harmonyspeech-engine")
    stages = panel.stages()
    assert stages["harmonyspeech-engine"] == "stopped"
    assert stages["harmony-link"] == stages["harmonyspeech-ui"] == "limited"
    panel("start", "harmonyspeech-engine")
    wait_until(lambda: set(panel.stages().values()) == {"ready"}, "all ready again")
    panel("restart")
    panel("stop")
    assert set(panel.stages().values()) == {"stopped"}
    assert [row["container"] for row in panel.json("ps")] == ids
    assert "Nothing to do" in panel("stop").stderr


def test_a_container_killed_from_outside_is_told_from_one_that_was_stopped(
    panel: Panel, stack_folder: Path, clean_engine: Lab
) -> None:
    panel("up", "--wait")
    clean_engine.api.call("POST", f"/containers/{LINK}/kill")
    rows = {row["service"]: row for row in panel.json("ps")}
    assert (rows["harmony-link"]["stage"], rows["harmony-link"]["reason"]) == ("failed", "it was killed from outside")


def test_wait_fails_with_the_lines_that_tell_why(panel: Panel, stack_folder: Path) -> None:
    (stack_folder / "docker-compose.override.yml").write_text(
        "services:\n  harmonyspeech-engine:\n    restart: 'no'\n"
        "    environment: {STANDIN: 'crash=0;exit-code=1;last-words=cuda-oom'}\n"
    )
    env = stack_folder / ".env"
    env.write_text(
        env.read_text().replace(
            "COMPOSE_FILE=docker-compose.yml", "COMPOSE_FILE=docker-compose.yml:docker-compose.override.yml"
        )
    )
    failed = panel("up", "--wait", check=False)
    assert failed.returncode == 1
    assert "Speech Engine failed (exit 1)" in failed.stderr
    assert "the graphics card ran out of memory" in failed.stderr
    assert "CUDA out of memory" in failed.stderr


def test_logs_and_logs_follow(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    panel("up", "--wait")
    text = panel("logs", "--tail", "3", "harmony-link").stdout
    lines = text.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("harmony-link-1  | ") for line in lines)
    stamped = panel("logs", "--tail", "1", "--timestamps", "--no-log-prefix", "text-generation-webui-harmonyai").stdout
    assert stamped[:2] == "20"
    follower = subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", "logs", "-f", "--tail", "0", "harmonyspeech-ui"],
        env={**os.environ, **clean_engine.environment, **panel.environment},
        stdout=subprocess.PIPE,
    )
    assert follower.stdout is not None
    try:
        pipe = follower.stdout.fileno()
        os.set_blocking(pipe, False)
        seen = b""

        def heard() -> bool:
            nonlocal seen
            with urllib.request.urlopen("http://127.0.0.1:8080/?heard-live") as page:
                page.read()
            seen += os.read(pipe, 65_536)  # nothing there yet is an OSError, which is "not yet"
            return b"heard-live" in seen

        wait_until(heard, "the request in the followed log", pause=0.2)
        clean_engine.api.call("POST", "/containers/harmony-harmonyspeech-ui-1/restart")
        wait_until(lambda: answers(8080), "the port after the restart")
        seen = b""
        wait_until(heard, "the log after a restart", pause=0.2)
    finally:
        follower.terminate()
        ended = follower.wait(10)
        follower.stdout.close()
    assert ended == 143


def test_followed_logs_end_with_a_word_when_the_engine_goes(
    panel: Panel, stack_folder: Path, clean_engine: Lab
) -> None:
    panel("up", "--wait")
    with subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", "logs", "-f"],
        env={**os.environ, **clean_engine.environment, **panel.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline(), "it follows"
        clean_engine.engine.kill()
        _, said = follower.communicate(timeout=30)
    assert follower.returncode in {1, 4}
    assert said.startswith("Error: ")
    assert "Traceback" not in said


def test_pull_shows_the_images_and_offline_fails_while_up_goes_on(
    empty_engine: Lab, panel: Panel, stack_folder: Path
) -> None:
    said = panel("pull").stderr
    assert "Pulled  harmonyai/harmony-link:latest" in said
    empty_engine.registry.stop()
    failed = panel("pull", check=False)
    assert failed.returncode == 1
    up = panel("up", "--pull", "always", "--wait")
    assert "the one that is here is used" in up.stderr
    assert set(panel.stages().values()) == {"ready"}


def test_first_up_on_an_empty_engine_pulls(empty_engine: Lab, panel: Panel, stack_folder: Path) -> None:
    assert "Pulled  harmonyai/harmonyspeech-ui:latest" in panel("up", "--wait").stderr


def test_an_image_that_does_not_exist(panel: Panel, stack_folder: Path) -> None:
    failed = panel("up", env={"HARMONY_LINK_TAG": "no-such-tag"}, check=False)
    assert failed.returncode == 1
    assert "no-such-tag" in failed.stderr
    assert panel.json("ps") == []


@pytest.mark.both_engines
def test_with_a_card_and_the_toolkit(
    gpu_engine: Lab, panel: Panel, nvml: NvmlStandIn, tmp_path: Path, stack_ports_free: dict[str, int]
) -> None:
    panel.env |= nvml.environment
    report = panel.json("hardware")
    assert report["profile"] == "nvidia"
    assert report["gpus"][0]["name"].startswith("NVIDIA")
    folder = tmp_path / "Harmony"
    panel("setup", "--yes", "--folder", str(folder))
    assert "docker-compose.nvidia.yml" in (folder / ".env").read_text()
    assert "TORCH_CUDA_ARCH_LIST=" in (folder / "harmony-speech-engine/.env").read_text()
    panel("up", "--wait")
    for service in ("text-generation-webui-harmonyai", "harmonyspeech-engine"):
        requests = gpu_engine.api.inspect(f"harmony-{service}-1")["HostConfig"]["DeviceRequests"]
        assert [(request["Driver"], request["Count"]) for request in requests] == [("nvidia", -1)]
    assert not gpu_engine.api.inspect(LINK)["HostConfig"]["DeviceRequests"]
    told = gpu_engine.compose("up", "-d", cwd=folder).stderr
    assert told.count("Running") == len(SERVICES)


def test_with_a_card_but_without_the_toolkit(panel: Panel, nvml: NvmlStandIn, clean_engine: Lab) -> None:
    report = panel.json("hardware", env=nvml.environment)
    assert report["profile"] == "cpu"
    assert report["engine_gpu"]["ability"] == "no"
    assert "NVIDIA Container Toolkit" in " ".join([*report["reasons"], report["advice"]])


def test_hardware_chooses_the_files_for_one_call(panel: Panel, stack_folder: Path) -> None:
    nvidia = panel.json("--hardware", "nvidia", "config")
    assert "nvidia" in nvidia["services"]["harmonyspeech-engine"]["image"]
    assert "cpu" in panel.json("config")["services"]["harmonyspeech-engine"]["image"]


def test_setup_again_changes_nothing(panel: Panel, stack_folder: Path) -> None:
    config = stack_folder / "harmony-link/config.json"
    config.write_text(config.read_text() + "\n")
    before = {path: path.read_bytes() for path in sorted(stack_folder.rglob("*")) if path.is_file()}
    panel("setup", "--yes", "--folder", str(stack_folder))
    assert {path: path.read_bytes() for path in sorted(stack_folder.rglob("*")) if path.is_file()} == before


def test_no_engine_is_exit_status_4(panel: Panel, stack_folder: Path) -> None:
    failed = panel("ps", "-H", f"unix://{stack_folder}/none.sock", check=False)
    assert failed.returncode == 4
    assert failed.stdout == ""


def test_wrong_files_are_exit_status_3_with_their_place(panel: Panel, tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services:\n  a:\n    image: x\n    no_such_key: 1\n")
    failed = panel("-f", str(tmp_path / "compose.yml"), "up", check=False)
    assert failed.returncode == 3
    assert "compose.yml:4:5" in failed.stderr
    assert "no_such_key" in failed.stderr


def test_a_missing_file_never_becomes_a_folder(panel: Panel, stack_folder: Path) -> None:
    key = stack_folder / "harmony-link/harmony-user.key"
    key.unlink()
    failed = panel("up", check=False)
    assert failed.returncode == 1
    assert "harmony-user.key is missing" in failed.stderr
    assert not key.exists()
    assert panel.json("ps") == []
    panel("setup", "--yes", "--folder", str(stack_folder))
    panel("up")
    assert key.is_file()


@pytest.mark.both_engines
def test_a_folder_in_a_files_place_is_told_and_a_container_with_one_made_anew(
    panel: Panel, stack_folder: Path, clean_engine: Lab
) -> None:
    """Docker makes a folder of a missing file, within the container, too: it stays there when the file is back."""
    key = stack_folder / "harmony-link/harmony-user.key"
    content = key.read_bytes()
    key.unlink()
    clean_engine.compose("up", "-d", cwd=stack_folder)
    assert key.is_dir()
    panel("stop")
    failed = panel("up", check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Error: harmony-user.key is a folder\n")

    key.rmdir()
    key.write_bytes(content)
    told = panel("up", "--wait").stderr
    assert "making the container anew" in told
    assert set(panel.stages().values()) == {"ready"}
    told = clean_engine.compose("up", "-d", cwd=stack_folder).stderr
    assert told.count("Running") == len(SERVICES)


def test_usage_is_exit_status_2(panel: Panel) -> None:
    assert panel("fly", check=False).returncode == 2
    assert panel("up", "--pull", "sometimes", check=False).returncode == 2


@pytest.mark.both_engines
def test_as_an_ordinary_user(ordinary_user: OrdinaryUser, stack_ports_free: dict[str, int], clean_engine: Lab) -> None:
    def call(*args: str) -> str:
        return ordinary_user.run([sys.executable, "-m", "harmony_desktop", *args]).stdout

    call("setup", "--yes", "--folder", str(ordinary_user.home / "Harmony"))
    call("up", "--wait")
    rows = json.loads(call("ps", "--format", "json"))
    assert {row["stage"] for row in rows} == {"ready"}
    clean_engine.behave("harmony-harmonyspeech-engine-1", "write=/app/harmony-speech-engine/cache/voice")
    assert "voice" in ordinary_user.run(["ls", f"{ordinary_user.home}/Harmony/harmony-speech-engine/cache"]).stdout
    call("down")
    assert not containers(clean_engine)


def containers(lab: Lab) -> dict[str, str]:
    """Name -> ID of the project's containers, whatever their state."""
    found = lab.api.call("GET", "/containers/json", all=True, filters={"label": ["com.docker.compose.project=harmony"]})
    return {container["Names"][0]: container["Id"] for container in found}


def networks(lab: Lab) -> list[str]:
    """The project's networks."""
    found = lab.api.call("GET", "/networks", filters={"label": ["com.docker.compose.project=harmony"]})
    return [network["Name"] for network in found]


def test_engines_start_before_those_that_use_them(panel: Panel, stack_folder: Path) -> None:
    said = panel("up").stderr
    started = re.findall(r"^Started  harmony-(\S+)-1$", said, re.MULTILINE)
    speech, text, link, ui = (
        started.index(name)
        for name in ("harmonyspeech-engine", "text-generation-webui-harmonyai", "harmony-link", "harmonyspeech-ui")
    )
    assert link > max(speech, text)
    assert ui > speech
