"""The report as its users save it, on a real engine: it holds what helps, and no secret."""

from __future__ import annotations

import getpass
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab
from tests.lab.waiting import wait_until
from tests.preflight.planted import Planted, members, write_home, write_stack

pytestmark = pytest.mark.lab


@pytest.fixture
def proxied_engine(clean_engine: Lab) -> Iterator[Planted]:
    """The engine, behind a proxy that wants a password; yields the plants."""
    plant = Planted()
    engine = clean_engine.engine
    before = engine.options
    proxy = f"http://anna:{plant('engine proxy')}@127.0.0.1:9"
    engine.options = replace(before, environment=(*before.environment, ("HTTP_PROXY", proxy), ("NO_PROXY", "*")))
    engine.restart()
    yield plant
    engine.options = before
    engine.restart()


@pytest.mark.timeout(180)
def test_no_secret_is_in_a_report(proxied_engine: Planted, panel: Panel, clean_engine: Lab, tmp_path: Path) -> None:
    plant = proxied_engine
    stack = tmp_path / "stack"
    stack.mkdir()
    write_stack(stack, plant)
    write_home(panel.home, plant)
    panel.env |= {"DEPLOY_TOKEN": plant("process environment"), "XDG_STATE_HOME": str(panel.home / ".local/state")}
    panel("up", cwd=stack, check=False)  # "broken" cannot start
    web = "planted-web-1"
    wait_until(lambda: "in the cache" in clean_engine.docker("logs", web).stdout, "the log")
    wait_until(
        lambda: clean_engine.api.inspect(web)["State"]["Health"]["Status"] == "unhealthy", "the health check's output"
    )
    file = tmp_path / "report.zip"

    said = panel("doctor", "--bundle", str(file), cwd=stack, check=False)

    found = members(file)
    leaks = {
        name: plant.found_in(data) for name, data in {**found, "(said)": (said.stdout + said.stderr).encode()}.items()
    }
    assert {name: places for name, places in leaks.items() if places} == {}
    assert f"{panel.home}".encode() not in b"".join(found.values())

    # It is of use, too.
    text = {name: data.decode() for name, data in found.items()}
    assert "started with <masked> and <masked>" in text[f"logs/{web}.log"]
    assert '"max_tokens": 2048' in text[f"logs/{web}.log"]
    assert "MAX_TOKENS=2048\nEMPTY_TOKEN=\nPLAIN=readable\n" in text["files/.env"]
    assert 'echo "started with $$SERVICE_TOKEN and $$API_KEY";' in text["files/compose.yaml"]
    assert "API_KEY: <masked>\n" in text["files/compose.yaml"]
    assert "SERVICE_TOKEN=<masked>" in text["files/service.env"]
    assert "./harmony-user.key:/harmony-user.key:ro" in text["files/compose.yaml"]
    assert "postgres://app:<masked>@db:5432/app" in text["files/compose.yaml"]
    assert json.loads(text["files/config.json"])["key"] == "readable-value"
    assert (
        json.loads(text["project/resolved.json"])["resolved"]["services"]["web"]["environment"]["MAX_TOKENS"] == "2048"
    )
    assert "<masked>" in json.loads(text["engine/info.json"])["HttpProxy"]
    assert json.loads(text["engine/contexts.json"])["contexts"][0]["name"] == "office"
    assert json.loads(text[f"containers/{web}.json"])["State"]["Health"]["Status"] == "unhealthy"
    assert {row["name"] for row in json.loads(text["services/states.json"])} == {"web", "broken"}
    assert "container start planted-web-1" in " ".join(text["engine/events.txt"].split())
    assert {finding["id"] for finding in json.loads(text["findings.json"])} > {"engine.reachable", "stack.files"}
    assert "secret_key=<masked>" in text["app/harmony-desktop.log"]
    assert not [name for name in found if name.endswith((".key", ".secret"))]
    listed = {item["name"] for item in json.loads(text["manifest.json"])["members"]}
    assert listed == set(found) - {"README.txt", "manifest.json", "(names)"}
    assert "~" in text["README.txt"] or getpass.getuser() == "root"


def test_without_an_engine_and_with_a_broken_file(panel: Panel, tmp_path: Path) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("services:\n  web:\n    imago: x\n    environment:\n      API_TOKEN: plain-old-words\n")
    (tmp_path / ".env").write_text("DB_PASSWORD=other-old-words\n")
    file = tmp_path / "report.zip"
    said = panel(
        *("-f", str(compose), "doctor", "--bundle", str(file)),
        check=False,
        env={"DOCKER_HOST": f"unix://{tmp_path}/no"},
    )
    assert said.returncode == 1  # as doctor has it: checks failed
    assert f"Saved {file}" in said.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = members(file)
    assert b"imago: x" in found["files/compose.yaml"]
    assert found["files/.env"] == b"DB_PASSWORD=<masked>\n"
    assert b"plain-old-words" not in b"".join(found.values())
    missing = "\n".join(json.loads(found["manifest.json"])["missing"])
    assert "logs" in missing
    assert "The Docker engine is not running" in missing
    assert "compose.yaml:3:5" in found["findings.txt"].decode()


def test_the_containers_of_a_broken_stack_are_in_it(panel: Panel, stack_folder: Path, tmp_path: Path) -> None:
    panel("up", "harmony-link")
    compose = next(stack_folder.glob("*compose*.yml"))
    compose.write_text(compose.read_text() + "nonsense: true\n")
    panel("doctor", "--bundle", str(tmp_path / "report.zip"), check=False)
    found = members(tmp_path / "report.zip")
    assert {"logs/harmony-harmony-link-1.log", "files/services.yml", "files/.env"} <= set(found)


def test_a_frozen_engine_does_not_hold_it_up_for_ever(panel: Panel, stack_folder: Path, tmp_path: Path) -> None:
    with panel.lab.engine.frozen():
        said = panel("doctor", "--bundle", str(tmp_path / "report.zip"), check=False)
    assert "Saved" in said.stderr
    found = members(tmp_path / "report.zip")
    assert "project/resolved.json" in found
    assert "engine/info.json" not in found


def test_where_it_may_not_be_written(panel: Panel, tmp_path: Path) -> None:
    def refused(target: Path, *more: str) -> str:
        return panel(
            "doctor", "--bundle", str(target), *more, check=False, env={"DOCKER_HOST": "unix:///nowhere"}
        ).stderr

    assert "is a folder" in refused(tmp_path)
    assert "does not exist" in refused(tmp_path / "none" / "report.zip")
    file = tmp_path / "report.zip"
    file.write_text("mine")
    assert "is there already" in refused(file)
    assert file.read_text() == "mine"
    assert f"Saved {file}" in refused(file, "--force")
    assert members(file)
    assert not [left for left in tmp_path.iterdir() if left.name.endswith(".tmp")]
