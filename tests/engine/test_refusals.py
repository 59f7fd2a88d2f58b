"""Why an engine cannot be used: permission, TLS, names that lead nowhere, SSH; and what is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.engine import discover, installed
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import EngineKind, Place
from tests.lab.user import NAME, OrdinaryUser

if TYPE_CHECKING:
    from tests.lab.lab import Lab

TOLD = (
    "import asyncio, json, os; from harmony_desktop.engine.connector import DockerConnector\n"
    "try: asyncio.run(DockerConnector(environ=os.environ).connect()); print('{}')\n"
    "except Exception as e: print(json.dumps([e.state, e.cause, e.help.advice, e.help.commands]))"
)


async def refused(host: str, environ: dict[str, str] | None = None) -> EngineUnavailableError:
    with pytest.raises(EngineUnavailableError) as told:
        await DockerConnector(host=host, environ={"PATH": os.environ["PATH"], **(environ or {})}).connect()
    return told.value


# Permission: root hides it, so these run as an ordinary user


def test_a_user_who_is_not_in_the_group(clean_engine: Lab) -> None:
    said = OrdinaryUser(clean_engine, docker=False).run(["python", "-c", TOLD])
    state, cause, advice, commands = json.loads(said.stdout)
    assert state == "permission denied"
    assert clean_engine.engine.host in cause
    assert "Add yourself to the group “harmony-docker”" in advice
    assert commands == [f"sudo usermod -aG harmony-docker {NAME}"]


def test_a_user_who_has_joined_the_group_since(clean_engine: Lab) -> None:
    """In /etc/group already, in this session not yet: the command is done, what is left is to sign in again."""
    user = OrdinaryUser(clean_engine)
    command = user.command(["python", "-c", TOLD])
    specification = Path(command[4])
    spec = json.loads(specification.read_text())
    spec["groups"] = [spec["gid"]]
    specification.write_text(json.dumps(spec))
    state, _, advice, commands = json.loads(clean_engine.run(command).stdout)
    assert state == "permission denied"
    assert "already" in advice
    assert "Sign out and in again" in advice
    assert commands == []


def test_a_user_who_may(ordinary_user: OrdinaryUser) -> None:
    assert ordinary_user.run(["python", "-c", TOLD]).stdout == "{}\n"


def test_the_command_line_tells_all_of_it(clean_engine: Lab, tmp_path: Path) -> None:
    user = OrdinaryUser(clean_engine, docker=False)
    said = user.run(["harmony-desktop", "--project-directory", "/", "doctor"], check=False)
    assert f"sudo usermod -aG harmony-docker {NAME}" in said.stdout, said


# Addresses


async def test_a_name_that_nobody_knows(lab: Lab) -> None:
    error = await refused("tcp://no-such-host.invalid:2375")
    assert error.state is EngineStatus.UNREACHABLE
    assert "name of a computer is not known" in error.cause
    assert "cannot be reached" in error.title


async def test_a_computer_on_which_no_engine_listens(lab: Lab) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        error = await refused(f"tcp://127.0.0.1:{sock.getsockname()[1]}")
    assert error.state is EngineStatus.STOPPED
    assert "on that computer" in error.advice
    assert error.help.start is None


async def test_a_kind_of_address_that_does_not_exist() -> None:
    error = await refused("carrier-pigeon://loft")
    assert error.state is EngineStatus.UNREACHABLE
    assert "tcp://HOST:PORT" in error.advice


@pytest.mark.skipif(os.name == "nt", reason="they exist there")
async def test_a_named_pipe_elsewhere_than_on_windows() -> None:
    assert "Windows" in (await refused("npipe:////./pipe/docker_engine")).cause


# TLS


async def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    """It says nothing of the engine, which is not even asked."""
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("no certificate")
    environ = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        error = await refused(f"tcp://127.0.0.1:{listener.getsockname()[1]}", environ)
    assert error.state is EngineStatus.UNREACHABLE
    assert str(tmp_path / "ca.pem") in error.cause
    assert "right files" in error.advice


# What systemd knows


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Called with systemd's word for Docker's service, on a machine where systemd runs it."""
    word, program = tmp_path / "word", tmp_path / "systemctl"
    program.write_text(f"#!/bin/sh\ncat {word}\n")
    program.chmod(0o755)
    machine = Installed(frozenset({EngineKind.SYSTEM}), {"systemctl": str(program)}, systemd=True, service="systemd")
    monkeypatch.setattr(installed, "look", lambda _: machine)
    return word.write_text


@pytest.mark.parametrize(
    ("word", "state", "said"),
    [
        ("activating", EngineStatus.STARTING, "its service is being started"),
        ("failed", EngineStatus.STOPPED, "journalctl -u docker.service"),
        ("inactive", EngineStatus.STOPPED, "is installed, but nothing answers"),
    ],
)
async def test_a_service_that_does_not_answer(
    says: Callable[[str], object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    word: str,
    state: EngineStatus,
    said: str,
) -> None:
    says(f"{word}\n")
    place = Place("linux", tmp_path, {}, 0, "root")
    monkeypatch.setattr(discover, "known_addresses", lambda _: ((f"unix://{tmp_path}/s", EngineKind.SYSTEM),))
    with pytest.raises(EngineUnavailableError) as told:
        await DockerConnector(place=place).connect()
    assert told.value.state is state
    assert said in told.value.cause
    assert (told.value.help.start is not None) == (state is EngineStatus.STOPPED), "root needs nobody's password"


# SSH


@pytest.fixture
def far(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[list[str], list[str]]]:
    """A stand-in for ssh that runs the command, which is Docker's own, on this machine.

    Called, it tells the processes that it ever was, and those of them that are left.
    """
    program = tmp_path / "ssh"
    program.write_text(
        f'#!/bin/sh\necho $$ >> {tmp_path}/ids\nwhile [ "$1" != -- ]; do shift; done; shift 2\n'
        f'DOCKER_HOST={lab.engine.host} exec "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def processes() -> tuple[list[str], list[str]]:
        ids = (tmp_path / "ids").read_text().split()
        return ids, [number for number in ids if Path(f"/proc/{number}").exists()]

    return processes


async def test_over_ssh_nothing_is_left_behind(far: Callable[[], tuple[list[str], list[str]]]) -> None:
    engine = await DockerConnector(host="ssh://anna@far", environ=os.environ).connect()
    events = engine.events(0)
    waiting = asyncio.create_task(anext(events))
    await asyncio.gather(*(engine.info() for _ in range(5)))
    await engine.close()
    with pytest.raises((StopAsyncIteration, EngineUnavailableError)):
        await waiting
    await events.aclose()
    made, left = far()
    assert len(made) >= 3, "one for the search, one for the events, one for each thread"
    assert not left, "neither processes nor zombies"


async def test_over_ssh_a_failure_is_told_in_its_words_and_with_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\necho 'anna@far: Permission denied (publickey).' >&2\nexit 255\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    error = await refused("ssh://anna@far:2222")
    assert error.state is EngineStatus.UNREACHABLE
    assert "Permission denied (publickey)" in error.cause
    assert "experimental" in error.advice
    assert error.help.commands == (
        "ssh -N -L /tmp/harmony-docker.sock:/var/run/docker.sock -p 2222 anna@far",
        "harmony-desktop --host unix:///tmp/harmony-docker.sock",
    )
