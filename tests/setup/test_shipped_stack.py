"""The stack as data: what ships must be complete, consistent, and free of the traps of the stack that it follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harmony_desktop.setup.layout import load_layout
from tests.setup.conftest import Oracle

FILES = ("docker-compose.yml", "docker-compose.nvidia.yml")
PORTS = {28080, 28081, 7860, 5000, 12080, 8080}


@pytest.fixture(params=FILES)
def project(request: pytest.FixtureRequest, edition: Path, oracle: Oracle) -> dict[str, Any]:
    """Each file by itself, as the official Compose understands it."""
    return oracle(edition, "-f", request.param)


def test_the_list_of_files_is_complete(edition: Path) -> None:
    there = {file.relative_to(edition).as_posix() for file in edition.rglob("*") if file.is_file()}
    assert set(load_layout(edition).shipped) == there


def test_files_end_with_a_line_end(edition: Path) -> None:
    for path, content in load_layout(edition).shipped.items():
        assert content.endswith(b"\n"), path
        assert b"\r" not in content, path


def test_four_services_are_published_on_this_computer_alone(project: dict[str, Any]) -> None:
    assert project["name"] == "harmony"
    ports = [port for service in project["services"].values() for port in service.get("ports", ())]
    assert {int(port["published"]) for port in ports} == PORTS
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    for service in project["services"].values():
        assert service["restart"] == "on-failure:5"
        assert service["pull_policy"] == "missing"
        assert service["image"].endswith(":latest")


def test_tags_ports_address_and_limits_are_variables(edition: Path, oracle: Oracle) -> None:
    (edition / ".env").write_text(
        "COMPOSE_FILE=docker-compose.yml\nHARMONY_BIND_ADDRESS=0.0.0.0\n"
        "HARMONY_LINK_PORT=1\nHARMONY_LINK_API_PORT=2\nHARMONY_TEXT_PORT=3\nHARMONY_TEXT_API_PORT=4\n"
        "HARMONY_SPEECH_PORT=5\nHARMONY_SPEECH_UI_PORT=6\n"
        "HARMONY_LINK_TAG=a\nHARMONY_TEXT_TAG=b\nHARMONY_SPEECH_TAG=c\nHARMONY_SPEECH_UI_TAG=d\n"
        "HARMONY_TEXT_MEMORY=6g\nHARMONY_TEXT_CPUS=1.5\nAPP_RUNTIME_UID=1\nAPP_RUNTIME_GID=2\n"
    )
    services = oracle(edition)["services"]
    ports = [port for service in services.values() for port in service["ports"]]
    assert sorted(int(port["published"]) for port in ports) == [1, 2, 3, 4, 5, 6]
    assert {port["host_ip"] for port in ports} == {"0.0.0.0"}
    assert {service["image"].rpartition(":")[2] for service in services.values()} == set("abcd")
    text = services["text-generation-webui-harmonyai"]
    assert text["user"] == "1:2"
    assert text["deploy"]["resources"]["limits"] == {"cpus": 1.5, "memory": str(6 << 30)}
    assert services["harmony-link"]["deploy"]["resources"]["limits"] == {}


def test_the_profiles_differ_in_images_devices_and_one_mount(edition: Path, oracle: Oracle) -> None:
    cpu, nvidia = (oracle(edition, "-f", file)["services"] for file in FILES)
    for name in ("harmony-link", "harmonyspeech-ui"):
        assert cpu[name] == nvidia[name]
    for name in ("harmonyspeech-engine", "text-generation-webui-harmonyai"):
        assert cpu[name]["image"].replace("-cpu:", "-nvidia:") == nvidia[name]["image"]
        assert nvidia[name]["deploy"]["resources"].pop("reservations") == {
            "devices": [{"capabilities": ["gpu"], "driver": "nvidia", "count": -1}]
        }
        for service in (cpu[name], nvidia[name]):
            del service["image"]
            service["volumes"] = [mount for mount in service["volumes"] if "config" not in mount["source"]]
        assert cpu[name] == nvidia[name]


def test_each_mounted_file_ships_or_is_made(edition: Path, project: dict[str, Any]) -> None:
    layout = load_layout(edition)
    sources = {
        Path(mount["source"]).relative_to(edition).as_posix()
        for service in project["services"].values()
        for mount in service.get("volumes", ())
    }
    assert sources <= {*layout.files, *layout.folders}
    assert set(layout.folders) <= sources


def test_the_services_present_themselves(project: dict[str, Any]) -> None:
    shown = {name: service["x-harmony"] for name, service in project["services"].items()}
    assert {name: (x["title"], x["description"]) for name, x in shown.items()} == {
        "harmony-link": ("Harmony Link", "Runs your characters"),
        "text-generation-webui-harmonyai": ("Text Generation", "Language model and its web page"),
        "harmonyspeech-engine": ("Speech Engine", "Voices and transcription"),
        "harmonyspeech-ui": ("Speech UI", "Tune and try voices"),
    }
    for name, service in project["services"].items():
        published = {port["target"] for port in service["ports"]}
        for part in (*shown[name]["pages"], *shown[name]["probes"]):
            assert part["port"] in published, "only a published port can be asked or opened"
        for use in shown[name].get("uses", ()):
            assert use["service"] in project["services"]
    assert {use["service"] for use in shown["harmony-link"]["uses"]} == {
        "text-generation-webui-harmonyai",
        "harmonyspeech-engine",
    }


@pytest.mark.parametrize("config", ["config.yml", "config.nvidia.yml"])
def test_what_harmony_link_asks_for_is_offered(edition: Path, config: str) -> None:
    offered = yaml.safe_load((edition / "harmony-speech-engine" / config).read_text())["model_configs"]
    names = [model["name"] for model in offered]
    assert len(names) == len(set(names))
    device = "cuda" if "nvidia" in config else "cpu"
    assert {model["device_config"]["device"] for model in offered} == {device}
    link = json.loads((edition / "harmony-link" / "config.json").read_text())
    for entity in link["entities"].values():
        if "harmony" in entity["stt"]:
            assert {entity["stt"]["harmony"]["model"], entity["stt"]["harmony"]["vadmodel"]} <= set(names)


def test_harmony_link_calls_its_siblings_by_name(edition: Path, project: dict[str, Any]) -> None:
    text = (edition / "harmony-link" / "config.json").read_text()
    assert "localhost" not in text
    assert "127.0.0.1" not in text
    endpoints: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "endpoint":
                    endpoints.append(inner)
                collect(inner)

    collect(json.loads(text))
    reachable = {
        f"{name}:{port['target']}" for name, service in project["services"].items() for port in service["ports"]
    }
    assert endpoints
    assert {endpoint.split("/")[2] for endpoint in endpoints} <= reachable


def test_text_generation_answers_from_outside_and_offers_its_api(edition: Path) -> None:
    lines = (edition / "text-generation-webui-harmonyai" / "CMD_FLAGS.txt").read_text().splitlines()
    assert {"--listen", "--api"} <= set(lines)
