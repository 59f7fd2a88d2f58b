"""The shipped files, and the layouts that the public stack has had, as this program and the official one read them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harmony_desktop.stack.project import GpuRequest
from harmony_desktop.stack.render import to_json, to_yaml
from tests.stack.official import Call, ask, hashes
from tests.stack.test_official import load

COMPOSE = Path(__file__).parents[2] / "compose"
LAYOUTS = Path(__file__).with_name("layouts")

SERVICES = ["harmony-link", "harmonyspeech-engine", "harmonyspeech-ui", "text-generation-webui-harmonyai"]
ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"HARMONY_BIND_ADDRESS": "0.0.0.0", "HARMONY_LINK_PORT": "30000", "HARMONY_TEXT_CPUS": "2.5"},
    {"HARMONY_SPEECH_MEMORY": "3g", "HARMONY_LINK_TAG": "1.2", "APP_RUNTIME_UID": "1000"},
]


@pytest.fixture
def stack_folder(tmp_path: Path) -> Path:
    """A copy of the shipped files, with whatever an env file needs beside."""
    folder = tmp_path / "stack"
    shutil.copytree(COMPOSE, folder)
    return folder


@pytest.mark.oracle
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=["defaults", "open", "limited"])
@pytest.mark.parametrize("file", ["docker-compose.yml", "docker-compose.nvidia.yml"])
def test_the_shipped_files_are_read_alike(file: str, environ: dict[str, str], stack_folder: Path) -> None:
    call = Call(files=[file], environ=environ)
    project = load(stack_folder, call)
    assert ask(stack_folder, call, "--format", "json").output == to_json(project)
    assert ask(stack_folder, call, "--format", "yaml").output == to_yaml(project)
    assert hashes(stack_folder, call) == {name: service.config_hash for name, service in project.services.items()}


def test_the_shipped_files_say_how_each_service_is_shown(stack_folder: Path) -> None:
    project = load(stack_folder, Call(files=["docker-compose.yml"]))
    assert sorted(project.services) == SERVICES
    assert not project.warnings
    link = project.services["harmony-link"]
    assert link.title == "Harmony Link"
    assert [use.service for use in link.presentation.uses] == SERVICES[3:] + SERVICES[1:2]
    assert [page.port for page in link.presentation.pages] == [28080]
    speech = project.services["harmonyspeech-engine"]
    assert [probe.path for probe in speech.presentation.probes] == ["/health", "/v1/audio/speech/models"]
    assert speech.presentation.probes[1].required is False
    assert all(port.host_ip == "127.0.0.1" for service in project.services.values() for port in service.ports)


def test_the_nvidia_file_asks_for_the_cards(stack_folder: Path) -> None:
    project = load(stack_folder, Call(files=["docker-compose.nvidia.yml"]))
    with_cards = {name: service.gpus for name, service in project.services.items() if service.gpus}
    assert with_cards == dict.fromkeys(
        ["harmonyspeech-engine", "text-generation-webui-harmonyai"],
        (GpuRequest("nvidia", -1, capabilities=("gpu",)),),
    )


@pytest.mark.oracle
@pytest.mark.parametrize(
    "file", sorted(str(path.relative_to(LAYOUTS)) for path in LAYOUTS.rglob("docker-compose*.yml")), ids=str
)
def test_the_public_layouts_are_read_alike(file: str, tmp_path: Path) -> None:
    top, _, rest = file.partition("/")
    folder = tmp_path / top
    shutil.copytree(LAYOUTS / top, folder)
    for path in folder.rglob("env"):  # kept under another name, for files called .env are easily ignored
        path.rename(path.with_name(".env"))
    call = Call(files=[rest], environ={"HTTPS_PROXY": "http://proxy"})
    project = load(folder, call)
    assert ask(folder, call, "--format", "json").output == to_json(project)
    assert hashes(folder, call) == {name: service.config_hash for name, service in project.services.items()}
