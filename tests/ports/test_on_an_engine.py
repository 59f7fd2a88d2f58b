"""A held port on a real engine: told before anything is touched, moved when asked to, and right for all afterwards."""

from __future__ import annotations

import io
import os
import socket
import sys
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harmony_desktop.cli.console import ConsoleReporter
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.port_records import Binding, MachinePorts, PortHolder
from harmony_desktop.control.remedies import RemediableError
from harmony_desktop.control.tools import Tools
from harmony_desktop.host.ports import LocalPorts
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.setup.env_writer import EnvWriter
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project
from tests.cli.panel import Panel
from tests.control.scripted import scripted_tools
from tests.engine.conftest import connected
from tests.lab.lab import Lab
from tests.lab.ports import STACK_PORTS
from tests.lab.user import OrdinaryUser
from tests.lab.waiting import wait_until

pytestmark = pytest.mark.lab

_WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
UI, UI_PORT = "harmonyspeech-ui", STACK_PORTS["HARMONY_SPEECH_UI_PORT"]


@pytest.fixture
def squatter(stack_ports_free: dict[str, int]) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", UI_PORT)) as server:
        yield server


@dataclass
class LatePorts:
    """Ports that are taken right after they were found free, as far as the one who asked can tell."""

    machine: LocalPorts = field(default_factory=LocalPorts)
    asked: int = 0

    def held(self, bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
        self.asked += 1
        return {} if self.asked == 1 else self.machine.held(bindings)

    def avoided(self) -> tuple[range, ...]:
        return self.machine.avoided()

    def privileged(self) -> range:
        return self.machine.privileged()


def tools(ports: MachinePorts | None = None) -> Tools:
    return replace(scripted_tools(), ports=ports or LocalPorts(), stack_env=EnvWriter({}))


def project_in(folder: Path) -> Project:
    return load_project(project_directory=folder, environ={}, cwd=folder)


async def up(lab: Lab, folder: Path, using: Tools) -> None:
    async with connected(lab) as engine:
        await Operations(engine, project_in(folder), ConsoleReporter(io.StringIO()), using).up(UpOptions())


def held_by() -> str:
    """The name of the process that holds the tests' sockets: this one."""
    return Path("/proc/self/comm").read_text().strip()


def names(lab: Lab) -> set[str]:
    return {item["Names"][0] for item in lab.api.containers()}


def test_the_command_line_names_port_holder_and_the_line_to_write(
    panel: Panel, stack_folder: Path, clean_engine: Lab, squatter: socket.socket
) -> None:
    before = (stack_folder / ".env").read_bytes()
    done = panel("up", check=False)
    assert done.returncode == 1
    assert f"Port {UI_PORT} is in use" in done.stderr
    assert f"Speech UI publishes port {UI_PORT}, which is held by" in done.stderr
    assert f"(process {os.getpid()})" in done.stderr
    assert f"into {stack_folder}/.env:\nHARMONY_SPEECH_UI_PORT={UI_PORT + 1}\n" in done.stderr
    assert "harmony-desktop up --move-ports" in done.stderr
    assert not names(clean_engine), "nothing was created"
    assert (stack_folder / ".env").read_bytes() == before, "nothing was written unasked"


def test_the_command_line_moves_ports_when_asked_to(
    panel: Panel, stack_folder: Path, clean_engine: Lab, squatter: socket.socket
) -> None:
    told = panel("up", "--move-ports", "--wait").stderr
    assert f"held by {held_by()} (process {os.getpid()})" in told
    assert f"Use port {UI_PORT + 1} instead: written." in told
    assert f"HARMONY_SPEECH_UI_PORT={UI_PORT + 1}\n" in (stack_folder / ".env").read_text()
    assert len(names(clean_engine)) == 4


@pytest.mark.both_engines
async def test_the_remedy_moves_the_port_and_the_official_tool_agrees(
    panel: Panel, stack_folder: Path, clean_engine: Lab, squatter: socket.socket
) -> None:
    with pytest.raises(RemediableError) as caught:
        await up(clean_engine, stack_folder, tools())
    (remedy,) = caught.value.remedies
    assert remedy.label == f"Use port {UI_PORT + 1} instead"
    assert remedy.again
    assert f"Before: HARMONY_SPEECH_UI_PORT={UI_PORT}." in remedy.explanation
    before = (stack_folder / ".env").read_text()
    assert remedy.act is not None
    await remedy.act()
    comment = f"#HARMONY_SPEECH_UI_PORT={UI_PORT}\n"
    added = before.replace(comment, f"{comment}HARMONY_SPEECH_UI_PORT={UI_PORT + 1}\n")
    assert (stack_folder / ".env").read_text() == added, "all else is as it was"

    await up(clean_engine, stack_folder, tools())
    wait_until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{UI_PORT + 1}/").status == 200, "the page")
    told = clean_engine.compose("up", "-d", cwd=stack_folder).stderr
    assert told.count("Running") == 4
    (row,) = panel.json("ps", UI)
    assert [port["published"] for port in row["ports"]] == [UI_PORT + 1]


async def test_a_container_of_another_project_is_named_and_its_neighbour_port_left_alone(
    stack_folder: Path, clean_engine: Lab, tmp_path: Path
) -> None:
    other = tmp_path / "blog"
    other.mkdir()
    text = "services:\n  web:\n    image: harmonyai/harmonyspeech-ui\n    ports:\n"
    text += f"      - '{UI_PORT}:80'\n      - '{UI_PORT + 1}:80'\n"
    (other / "compose.yaml").write_text(text)
    clean_engine.compose("up", "-d", cwd=other)
    with pytest.raises(RemediableError) as caught:
        await up(clean_engine, stack_folder, tools())
    assert "held by the container blog-web-1 of the project blog" in caught.value.cause
    assert "docker-proxy" not in str(caught.value)
    (remedy,) = caught.value.remedies
    assert remedy.id == f"use-port-{UI_PORT + 2}"
    assert names(clean_engine) == {"/blog-web-1"}


async def test_several_held_ports_have_one_remedy(stack_folder: Path, clean_engine: Lab) -> None:
    with (
        socket.create_server(("127.0.0.1", UI_PORT)),
        socket.create_server(("127.0.0.1", STACK_PORTS["HARMONY_LINK_PORT"])),
    ):
        with pytest.raises(RemediableError) as caught:
            await up(clean_engine, stack_folder, tools())
        assert caught.value.title == "Ports 28080 and 8080 are in use"
        (remedy,) = caught.value.remedies
        assert remedy.act is not None
        await remedy.act()
        await up(clean_engine, stack_folder, tools())
    env = (stack_folder / ".env").read_text()
    # 28081 is Harmony Link's own, for its API.
    assert "\nHARMONY_LINK_PORT=28082\n" in env
    assert "\nHARMONY_SPEECH_UI_PORT=8081\n" in env
    assert len(names(clean_engine)) == 4


@pytest.mark.both_engines
async def test_a_port_that_is_taken_between_check_and_start_is_told_the_same_way(
    stack_folder: Path, clean_engine: Lab, squatter: socket.socket
) -> None:
    with pytest.raises(RemediableError) as caught:
        await up(clean_engine, stack_folder, tools(ports=LatePorts()))
    assert caught.value.title == f"Port {UI_PORT} is in use"
    (remedy,) = caught.value.remedies
    assert remedy.act is not None
    await remedy.act()
    await up(clean_engine, stack_folder, tools())
    states = {item["State"] for item in clean_engine.api.containers()}
    assert states == {"running"}
    assert len(names(clean_engine)) == 4


async def test_the_stacks_own_containers_may_hold_its_ports(stack_folder: Path, clean_engine: Lab) -> None:
    await up(clean_engine, stack_folder, tools())
    before = {item["Id"] for item in clean_engine.api.containers()}
    await up(clean_engine, stack_folder, tools())
    assert {item["Id"] for item in clean_engine.api.containers()} == before
    env = stack_folder / ".env"
    env.write_text(env.read_text() + "HARMONY_SPEECH_UI_MEMORY=64m\n")
    await up(clean_engine, stack_folder, tools())
    assert len({item["Id"] for item in clean_engine.api.containers()} - before) == 1, "made anew on the same port"


async def test_a_start_of_what_is_there_is_checked_too(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    panel("up")
    panel("stop")
    with socket.create_server(("127.0.0.1", UI_PORT)):
        for command in ("start", "restart"):
            done = panel(command, check=False)
            assert done.returncode == 1
            assert f"Port {UI_PORT} is in use" in done.stderr
            assert {item["State"] for item in clean_engine.api.containers()} == {"exited"}


def test_a_holder_that_this_user_may_not_see_is_told_with_what_finds_it(
    clean_engine: Lab, squatter: socket.socket, ordinary_user: OrdinaryUser
) -> None:
    folder = ordinary_user.home / "own"
    text = f"""\
services:
  web:
    image: harmonyai/harmonyspeech-ui
    ports: ['127.0.0.1:${{WEB_PORT:-{UI_PORT}}}:80']
"""
    ordinary_user.run(["mkdir", str(folder)])
    ordinary_user.run([sys.executable, "-c", _WRITE, str(folder / "compose.yaml"), text])
    done = ordinary_user.run([sys.executable, "-m", "harmony_desktop", "up"], cwd=folder, check=False)
    assert done.returncode == 1
    assert f"Web publishes port {UI_PORT}, which is held by a program that this user may not see." in done.stderr
    assert f"sudo ss -ltnp 'sport = :{UI_PORT}'" in done.stderr
    assert f"WEB_PORT={UI_PORT + 1}" in done.stderr
    assert not names(clean_engine)
