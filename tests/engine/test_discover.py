"""Which engine is used on which platform, and what is said when there is none."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.engine import discover
from harmony_desktop.engine.config_file import DockerConfig
from harmony_desktop.engine.connector import negotiated
from harmony_desktop.engine.place import Place

EMPTY = DockerConfig()


def linux(**environ: str) -> Place:
    return Place("linux", PurePosixPath("/home/anna"), environ, 1000, "anna")


MAC = Place("darwin", PurePosixPath("/Users/anna"), {}, 501, "anna")
WINDOWS = Place("win32", PureWindowsPath("C:/Users/anna"), {}, -1, "anna")


def addresses(place: Place, config: DockerConfig = EMPTY, **named: str) -> list[str]:
    return [candidate.address for candidate in discover.candidates(place, config, **named)]


def test_the_known_sockets_of_linux() -> None:
    assert addresses(linux(XDG_RUNTIME_DIR="/run/user/7")) == [
        "unix:///var/run/docker.sock",
        "unix:///run/user/7/docker.sock",
        "unix:///home/anna/.docker/run/docker.sock",
        "unix:///home/anna/.docker/desktop/docker.sock",
        "unix:///home/anna/.colima/default/docker.sock",
        "unix:///home/anna/.config/colima/default/docker.sock",
        "unix:///home/anna/.rd/docker.sock",
    ]
    assert "unix:///run/user/1000/docker.sock" in addresses(linux())


def test_the_known_sockets_of_macos() -> None:
    assert addresses(MAC) == [
        "unix:///var/run/docker.sock",
        "unix:///Users/anna/.docker/run/docker.sock",
        "unix:///Users/anna/.docker/desktop/docker.sock",
        "unix:///Users/anna/.orbstack/run/docker.sock",
        "unix:///Users/anna/.colima/default/docker.sock",
        "unix:///Users/anna/.config/colima/default/docker.sock",
        "unix:///Users/anna/.rd/docker.sock",
    ]


def test_the_known_pipes_of_windows() -> None:
    assert addresses(WINDOWS) == ["npipe:////./pipe/docker_engine", "npipe:////./pipe/dockerDesktopLinuxEngine"]


def test_no_platform_tries_podman() -> None:
    assert not [address for place in (linux(), MAC, WINDOWS) for address in addresses(place) if "podman" in address]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:///x.sock", "unix:///x.sock"),
        ("/x.sock", "unix:///x.sock"),
        ("tcp://h:1", "tcp://h:1"),
        ("h:1", "tcp://h:1"),
        ("ssh://me@h", "ssh://me@h"),
        ("unix://", "unix:///var/run/docker.sock"),
    ],
)
def test_addresses_are_understood_as_the_docker_command_does(text: str, address: str) -> None:
    assert addresses(linux(), host=text) == [address]
    assert addresses(linux(DOCKER_HOST=text)) == [address]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with two contexts, one of them with certificates."""
    for name, address in (("near", "unix:///near.sock"), ("far", "tcp://far:2376")):
        identity = hashlib.sha256(name.encode()).hexdigest()
        meta = tmp_path / ".docker/contexts/meta" / identity
        meta.mkdir(parents=True)
        endpoint = {"Host": address, "SkipTLSVerify": False}
        (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    certificates = tmp_path / ".docker/contexts/tls" / hashlib.sha256(b"far").hexdigest() / "docker"
    certificates.mkdir(parents=True)
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (certificates / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("environ", "active", "named", "address", "context"),
    [
        ({}, "near", {}, "unix:///near.sock", "near"),
        ({"DOCKER_CONTEXT": "far"}, "near", {}, "tcp://far:2376", "far"),
        ({"DOCKER_HOST": "tcp://h:1", "DOCKER_CONTEXT": "far"}, "near", {}, "tcp://h:1", "default"),
        ({"DOCKER_HOST": "tcp://h:1"}, "near", {"context": "far"}, "tcp://far:2376", "far"),
        ({"DOCKER_HOST": "tcp://h:1"}, "near", {"host": "tcp://x:1"}, "tcp://x:1", "default"),
        ({"DOCKER_CONTEXT": "default"}, "near", {}, "unix:///var/run/docker.sock", "default"),
        ({}, "near", {"chosen": "far"}, "tcp://far:2376", "far"),
        ({}, "near", {"chosen": "default"}, "unix:///var/run/docker.sock", "default"),
        ({"DOCKER_CONTEXT": "near"}, "", {"chosen": "far"}, "unix:///near.sock", "near"),
        ({"DOCKER_HOST": "tcp://h:1"}, "near", {"chosen": "far"}, "tcp://h:1", "default"),
    ],
)
def test_what_wins(
    home: Path, environ: dict[str, str], active: str, named: dict[str, str], address: str, context: str
) -> None:
    place = Place("linux", home, environ, 1000, "anna")
    first = discover.candidates(place, DockerConfig({"currentContext": active}), **named)[0]
    assert (first.address, first.context) == (address, context)
    assert (first.tls is not None) == (context == "far")


def test_a_named_engine_is_the_only_one(home: Path) -> None:
    place = Place("linux", home, {}, 1000, "anna")
    assert len(discover.candidates(place, DockerConfig({"currentContext": "near"}))) == 1


def test_a_context_that_is_not_there(home: Path) -> None:
    place = Place("linux", home, {}, 1000, "anna")
    with pytest.raises(EngineUnavailableError, match="no Docker context named lost") as told:
        discover.candidates(place, DockerConfig({"currentContext": "lost"}))
    assert told.value.state is EngineStatus.UNREACHABLE, "an engine may be there all the same"
    assert "docker context ls" in told.value.help.commands
    assert "docker context ls" in told.value.advice


def test_a_context_that_was_chosen_in_the_panel_and_has_gone(home: Path) -> None:
    place = Place("linux", home, {}, 1000, "anna")
    with pytest.raises(EngineUnavailableError, match="no Docker context named lost") as told:
        discover.candidates(place, EMPTY, chosen="lost")
    assert "Harmony’s settings" in told.value.cause
    assert "settings" in told.value.advice


@pytest.mark.parametrize(
    ("environ", "named", "said"),
    [
        ({}, {}, ""),
        ({"DOCKER_HOST": "tcp://h:1"}, {}, "DOCKER_HOST is set to tcp://h:1 where Harmony was started."),
        ({"DOCKER_CONTEXT": "far"}, {}, "DOCKER_CONTEXT is set to far where Harmony was started."),
        ({"DOCKER_HOST": "tcp://h:1"}, {"context": "far"}, "Harmony was started with --context far."),
        ({}, {"host": "tcp://x:1"}, "Harmony was started with --host tcp://x:1."),
    ],
)
def test_what_goes_before_a_choice_in_the_panel(environ: dict[str, str], named: dict[str, str], said: str) -> None:
    assert discover.overruled(linux(**environ), **named) == said


def test_certificates_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    place = linux(DOCKER_HOST="tcp://h:2376", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(tmp_path))
    tls = discover.candidates(place, EMPTY)[0].tls
    assert tls is not None
    assert (tls.authority, tls.certificate, tls.verify) == (tmp_path / "ca.pem", None, True)


@pytest.mark.parametrize(
    ("error", "installed", "status"),
    [
        (FileNotFoundError(), False, EngineStatus.ABSENT),
        (FileNotFoundError(), True, EngineStatus.STOPPED),
        (ConnectionRefusedError(), False, EngineStatus.STOPPED),
        (PermissionError(), True, EngineStatus.DENIED),
        (TimeoutError(), True, EngineStatus.UNREACHABLE),
        (ConnectionResetError(), True, EngineStatus.UNREACHABLE),
    ],
)
def test_what_an_error_says_of_an_engine(error: OSError, installed: bool, status: EngineStatus) -> None:
    assert discover.status_of(error, installed=installed) is status


@pytest.mark.parametrize(
    ("newest", "oldest", "spoken"),
    [
        ("1.41", "1.12", "1.41"),
        ("1.51", "1.24", "1.51"),
        ("1.60", "1.44", "1.51"),
        ("1.60", "1.55", "1.55"),
        ("1.23", "1.12", ""),
        ("", "", ""),
    ],
)
def test_the_version_of_the_api_is_agreed_upon(newest: str, oldest: str, spoken: str) -> None:
    assert negotiated(newest, oldest) == spoken


def test_looking_for_an_engine_costs_no_import_until_it_is_asked_for() -> None:
    """docker-py takes longer to import than the window takes to appear."""
    heavy = "{'docker.api', 'requests', 'urllib3'}"
    code = f"import sys, harmony_desktop.engine.connector; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
