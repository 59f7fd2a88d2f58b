"""A seeded folder under the official Compose on a real engine, where containers have users of their own."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.setup.seed import seed
from tests.lab.ports import STACK_PORTS, answers
from tests.lab.waiting import wait_until

if TYPE_CHECKING:
    from tests.lab.lab import Lab
    from tests.lab.user import OrdinaryUser

_SEED = """
import pathlib, sys
from harmony_desktop.assets import compose_dir
from harmony_desktop.setup.seed import seed
seed(pathlib.Path(sys.argv[1]), compose_dir(), hardware="cpu")
"""


def complaints(lab: Lab, folder: Path) -> list[str]:
    """What the services say of their mounts once their ports are open."""
    for port in STACK_PORTS.values():
        wait_until(partial(answers, port), f"port {port}")
    logs = lab.compose("logs", "--no-color", cwd=folder).stdout
    assert "config" in logs, "the services have started and said so"
    return [line for line in logs.splitlines() if "Error" in line]


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """No COMPOSE_FILE or the like from the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("COMPOSE_")]:
        monkeypatch.delenv(name)


def test_the_services_may_write_to_a_folder_that_root_made(
    clean_engine: Lab, stack_ports_free: dict[str, int], unset: None, tmp_path: Path, source: Path
) -> None:
    folder = tmp_path / "Harmony"
    seed(folder, source, hardware="cpu")
    clean_engine.compose("up", "--detach", cwd=folder)
    try:
        assert complaints(clean_engine, folder) == []
        assert (folder / "harmony-link" / "harmony-user.key").is_file()
    finally:
        clean_engine.compose("down", cwd=folder)


def test_the_services_may_write_to_a_folder_that_an_ordinary_user_made(
    clean_engine: Lab, stack_ports_free: dict[str, int], unset: None, ordinary_user: OrdinaryUser
) -> None:
    folder = ordinary_user.home / "Harmony"
    ordinary_user.run([sys.executable, "-c", _SEED, str(folder)])
    ordinary_user.run(["docker-compose", "up", "--detach"], cwd=folder)
    try:
        assert complaints(clean_engine, folder) == []
    finally:
        ordinary_user.run(["docker-compose", "down"], cwd=folder)


def test_the_nvidia_files_ask_for_the_cards(
    gpu_engine: Lab, stack_ports_free: dict[str, int], unset: None, tmp_path: Path, source: Path
) -> None:
    folder = tmp_path / "Harmony"
    seed(folder, source, hardware="nvidia", architectures="8.9")
    gpu_engine.compose("up", "--detach", cwd=folder)
    try:
        shown = gpu_engine.compose("ps", "--all", "--format", "json", cwd=folder).stdout
        names = {json.loads(line)["Service"]: json.loads(line)["Name"] for line in shown.splitlines()}
        for service in ("harmonyspeech-engine", "text-generation-webui-harmonyai"):
            container = gpu_engine.api.inspect(names[service])
            assert [request["Count"] for request in container["HostConfig"]["DeviceRequests"]] == [-1]
            assert "TORCH_CUDA_ARCH_LIST=8.9" in container["Config"]["Env"]
        assert complaints(gpu_engine, folder) == []
    finally:
        gpu_engine.compose("down", cwd=folder)
