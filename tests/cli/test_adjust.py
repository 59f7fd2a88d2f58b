"""Adjusting a service from the command line, on a real engine and beside the official Compose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab

SPEECH = "harmonyspeech-engine"
CONTAINER = f"harmony-{SPEECH}-1"
OVERRIDE = "docker-compose.harmony.yml"


def ids(lab: Lab) -> dict[str, str]:
    return {item["Names"][0]: item["Id"] for item in lab.api.containers()}


@pytest.mark.both_engines
def test_limits_hold_and_the_official_up_changes_nothing(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    panel("up")
    before = ids(clean_engine)
    told = panel("adjust", SPEECH, "--memory", "512m", "--cpus", "0.5", "--restart", "unless-stopped").stderr
    assert "Speech Engine will be made anew." in told
    assert ids(clean_engine) == before, "nothing happens before the next start"
    assert panel("adjust", SPEECH).stdout == "memory: 512m\ncpus: 0.5\nrestart: unless-stopped\n"

    panel("up")
    after = ids(clean_engine)
    assert {name for name in before if before[name] != after[name]} == {f"/{CONTAINER}"}
    host = clean_engine.api.inspect(CONTAINER)["HostConfig"]
    assert (host["Memory"], host["NanoCpus"]) == (512 * 1024**2, 500_000_000)
    assert host["RestartPolicy"]["Name"] == "unless-stopped"

    said = clean_engine.compose("up", "-d", cwd=stack_folder).stderr
    assert said.count("Running") == 4
    assert ids(clean_engine) == after
    official = clean_engine.compose("config", "--hash", "*", cwd=stack_folder).stdout.splitlines()
    assert sorted(panel("config", "--hash", "*").stdout.splitlines()) == sorted(official)

    panel("adjust", SPEECH, "--reset")
    assert not (stack_folder / OVERRIDE).exists()
    clean_engine.compose("up", "-d", cwd=stack_folder)
    assert "Nothing to do" in panel("up", "--dry-run").stderr
    assert clean_engine.api.inspect(CONTAINER)["HostConfig"]["Memory"] == 0


def test_a_dry_run_prints_the_diff_and_writes_nothing(panel: Panel, stack_folder: Path) -> None:
    before = (stack_folder / ".env").read_bytes()
    done = panel("adjust", SPEECH, "--memory", "4g", "--dry-run")
    assert f"+COMPOSE_FILE=docker-compose.yml:{OVERRIDE}\n" in done.stdout
    assert "+          memory: 4g\n" in done.stdout
    assert "Speech Engine will be made anew." in done.stderr
    assert (stack_folder / ".env").read_bytes() == before
    assert not (stack_folder / OVERRIDE).exists()


def test_what_the_engine_cannot_give_is_refused(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    cores = clean_engine.api.call("GET", "/info")["NCPU"]
    done = panel("adjust", SPEECH, "--cpus", str(cores + 1), check=False)
    assert done.returncode == 1
    assert f"Docker has {cores}" in done.stderr
    done = panel("adjust", SPEECH, "--scale", "2", check=False)
    assert done.returncode == 1
    assert "published on port 12080" in done.stderr
    assert "Warning: Docker has" in panel("adjust", SPEECH, "--memory", "9000g", "--dry-run").stderr
    assert not (stack_folder / OVERRIDE).exists()


@pytest.mark.both_engines
def test_a_service_without_fixed_ports_runs_several_times(panel: Panel, clean_engine: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "compose.yaml").write_text(
        "services:\n  web:\n    image: harmonyai/harmonyspeech-ui\n    ports: ['127.0.0.1::80']\n"
    )
    panel("adjust", "web", "--scale", "3", cwd=folder)
    panel("up", cwd=folder)
    before = ids(clean_engine)
    assert set(before) == {"/own-web-1", "/own-web-2", "/own-web-3"}
    clean_engine.compose("up", "-d", cwd=folder)
    assert ids(clean_engine) == before
    panel("adjust", "web", "--reset", cwd=folder)
    assert sorted(file.name for file in folder.iterdir()) == ["compose.yaml"]
    panel("up", cwd=folder)
    assert set(ids(clean_engine)) == {"/own-web-1"}
    listed = json.loads(panel("ps", "--format", "json", cwd=folder).stdout)
    assert [row["container"] for row in listed] == ["own-web-1"]


def test_files_that_are_named_are_refused_with_the_file_to_edit(panel: Panel, stack_folder: Path) -> None:
    file = stack_folder / "docker-compose.yml"
    done = panel("-f", str(file), "adjust", SPEECH, "--memory", "1g", check=False)
    assert done.returncode == 1
    assert f"Edit {file} yourself" in done.stderr
    done = panel("adjust", SPEECH, "--memory", "1g", cwd=stack_folder, env={"COMPOSE_FILE": file.name}, check=False)
    assert done.returncode == 1
    assert "COMPOSE_FILE in the environment" in done.stderr
    assert not (stack_folder / OVERRIDE).exists()
