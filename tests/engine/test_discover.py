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
from harmony_desktop.engine.discover import Attempt, Candidate, Place

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
    assert told.value.state is EngineStatus.ABSENT
    assert "docker context ls" in told.value.advice


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


SYSTEM = Candidate("unix:///var/run/docker.sock", "Docker")
DESKTOP = Candidate("unix:///home/anna/.docker/desktop/docker.sock", "Docker Desktop")


@pytest.mark.parametrize(
    ("place", "attempt", "title", "advice"),
    [
        (linux(), Attempt(SYSTEM, EngineStatus.ABSENT), "Docker is not installed", "docs.docker.com/engine/install"),
        (linux(), Attempt(SYSTEM, EngineStatus.STOPPED), "not running", "sudo systemctl start docker"),
        (linux(), Attempt(DESKTOP, EngineStatus.STOPPED), "not running", "systemctl --user start docker-desktop"),
        (linux(), Attempt(SYSTEM, EngineStatus.DENIED), "You may not", "sudo usermod -aG docker anna"),
        (linux(), Attempt(SYSTEM, EngineStatus.STARTING, "503"), "is starting", "Wait"),
        (linux(), Attempt(SYSTEM, EngineStatus.UNREACHABLE, "timed out"), "does not answer", "Restart the engine"),
        (linux(), Attempt(SYSTEM, EngineStatus.TOO_OLD, "version 1.8"), "too old", "Update Docker"),
        (MAC, Attempt(DESKTOP, EngineStatus.STOPPED), "not running", "Open Docker Desktop"),
        (MAC, Attempt(Candidate("unix:///o", "OrbStack"), EngineStatus.STOPPED), "not running", "Open OrbStack"),
        (WINDOWS, Attempt(SYSTEM, EngineStatus.STOPPED), "not running", "Start menu"),
        (WINDOWS, Attempt(SYSTEM, EngineStatus.DENIED), "You may not", "docker-users"),
        (WINDOWS, Attempt(SYSTEM, EngineStatus.ABSENT), "Docker is not installed", "Docker Desktop"),
    ],
)
def test_what_is_said_and_advised(place: Place, attempt: Attempt, title: str, advice: str) -> None:
    error = discover.no_engine(place, (attempt,))
    assert title in error.title
    assert advice in error.advice
    assert error.state is attempt.status
    assert error.exit_status == 4


def test_the_most_telling_attempt_is_told() -> None:
    attempts = (Attempt(DESKTOP, EngineStatus.ABSENT), Attempt(SYSTEM, EngineStatus.DENIED))
    assert discover.no_engine(linux(), attempts).state is EngineStatus.DENIED


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
    heavy = "{'docker', 'requests', 'urllib3'}"
    code = f"import sys, harmony_desktop.engine.connector; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
