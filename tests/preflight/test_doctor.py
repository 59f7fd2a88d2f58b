"""``doctor`` as its users run it, on a real engine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from harmony_desktop.preflight.checks import CHECKS
from tests.cli.panel import Panel
from tests.lab.nvml_standin import NvmlStandIn
from tests.lab.ports import STACK_PORTS

pytestmark = pytest.mark.lab

ALL = [check.id for check in CHECKS]
#: What depends on the machine that the tests run on.
OF_THE_MACHINE = {"disk.space", "disk.engine", "engine.cores", "memory.models", "stack.place"}


def examine(panel: Panel, status: int, *args: str, **env: str) -> dict[str, dict[str, str]]:
    """The findings by id, of a call that ended with a status."""
    findings = panel.json(*args, "doctor", check=False, env=env)
    assert [finding["id"] for finding in findings] == ALL
    assert int(any(finding["status"] == "fail" for finding in findings)) == status
    assert panel(*args, "doctor", check=False, env=env).returncode == status
    return {finding["id"]: finding for finding in findings}


@pytest.mark.both_engines
def test_a_healthy_folder_has_nothing_that_fails(panel: Panel, stack_folder: Path) -> None:
    findings = examine(panel, 0)
    fine = {id_ for id_, finding in findings.items() if finding["status"] == "ok"}
    assert fine >= set(ALL) - OF_THE_MACHINE, findings


def test_a_running_stack_holds_its_own_ports(panel: Panel, stack_folder: Path) -> None:
    panel("up")
    assert examine(panel, 0)["ports.free"]["status"] == "ok"


def test_a_folder_in_the_place_of_a_file(panel: Panel, stack_folder: Path) -> None:
    key = stack_folder / "harmony-link/harmony-user.key"
    key.unlink()
    key.mkdir()
    finding = examine(panel, 1)["stack.file-mounts"]
    assert finding["status"] == "fail"
    assert str(key) in finding["cause"]

    key.rmdir()
    finding = examine(panel, 1)["stack.file-mounts"]
    assert finding["status"] == "fail"
    assert f"{key} is missing" in finding["cause"]

    panel("doctor", "--fix", "--yes", check=False)  # as advised
    assert examine(panel, 0)["stack.file-mounts"]["status"] == "ok"


def test_a_port_that_somebody_else_holds(panel: Panel, stack_folder: Path) -> None:
    port = STACK_PORTS["HARMONY_SPEECH_UI_PORT"]
    with socket.create_server(("127.0.0.1", port)):
        finding = examine(panel, 1)["ports.free"]
    assert finding["status"] == "fail"
    assert f"port {port}, " in finding["cause"]
    assert f"(process {os.getpid()})" in finding["cause"]


def test_no_engine(panel: Panel, stack_folder: Path, tmp_path: Path) -> None:
    findings = examine(panel, 1, DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert [id_ for id_, finding in findings.items() if finding["status"] == "fail"] == ["engine.reachable"]
    assert findings["engine.reachable"]["advice"]
    assert findings["engine.api"]["status"] == "unknown"
    assert findings["stack.files"]["status"] == "ok"


def test_no_stack_folder_yet(panel: Panel) -> None:
    findings = examine(panel, 1)
    assert findings["stack.files"]["status"] == "fail"
    assert "harmony-desktop setup" in findings["stack.files"]["advice"]
    assert findings["ports.free"]["status"] == "unknown"
    assert findings["disk.space"]["status"] != "unknown"


def test_a_mistake_in_a_file_is_told_by_its_place(panel: Panel, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services:\n  web:\n    imago: x\n", encoding="utf-8")
    assert f"{file}:3:5: " in examine(panel, 1, "-f", str(file))["stack.files"]["cause"]


def test_a_folder_for_a_card_on_an_engine_that_has_none_to_give(
    panel: Panel, stack_folder: Path, nvml: NvmlStandIn
) -> None:
    finding = examine(panel, 1, "--hardware", "nvidia", **nvml.environment)["gpu.profile"]
    assert finding["status"] == "fail"
    assert "--hardware cpu" in finding["advice"]


def test_the_text_tells_status_id_cause_and_advice(panel: Panel, stack_folder: Path, tmp_path: Path) -> None:
    said = panel("doctor", check=False, env={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}).stdout
    assert "fail     Docker engine [engine.reachable]\n" in said
    assert f"{tmp_path}/none.sock" in said
    assert "\n         -> " in said
    assert "ok       Compose files [stack.files]\n" in said
