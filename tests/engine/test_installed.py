"""What is found on a machine, by a made-up tree of files; who may use a socket; what systemd says."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harmony_desktop.engine import access, installed
from harmony_desktop.engine.access import SocketAccess
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import EngineKind, Place
from harmony_desktop.engine.service_state import service_state, why_it_failed


class Machine:
    """A tree of files that looks like a machine."""

    def __init__(self, root: Path, system: str = "linux") -> None:
        self.root = root
        self.place = Place(system, root / "home/anna", {}, 1000, "anna")

    def file(self, path: str, text: str = "", *, program: bool = False) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        if program:
            target.chmod(0o755)

    def look(self) -> Installed:
        return installed.look(self.place, self.root)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_empty_machine(machine: Machine) -> None:
    assert machine.look() == Installed()


def test_debian_with_docker_under_systemd(machine: Machine) -> None:
    machine.file("lib/systemd/system/docker.service")
    machine.file("etc/init.d/docker")
    machine.file("run/systemd/system/x")
    machine.file("usr/bin/systemctl", program=True)
    machine.file("usr/bin/pkexec", program=True)
    machine.file("etc/os-release", 'ID=debian\nVERSION_CODENAME=bookworm\n# a word\nNAME="Debian GNU/Linux"\n')
    found = machine.look()
    assert found.kinds == {EngineKind.SYSTEM}
    assert (found.service, found.systemd, found.system, found.codename) == ("systemd", True, ("debian",), "bookworm")
    assert found.programs == {name: str(machine.root / "usr/bin" / name) for name in ("systemctl", "pkexec")}


def test_the_same_where_something_else_runs_the_machine(machine: Machine) -> None:
    machine.file("lib/systemd/system/docker.service")
    machine.file("etc/init.d/docker")
    assert machine.look().service == "init"


@pytest.mark.parametrize(
    ("path", "service"),
    [("snap/bin/docker", "snap"), ("usr/bin/dockerd", "plain"), ("etc/init.d/docker", "init")],
)
def test_other_ways_to_have_it(machine: Machine, path: str, service: str) -> None:
    machine.file(path)
    found = machine.look()
    assert found.service == service
    assert found.kinds == {EngineKind.SYSTEM}


def test_engines_of_the_user(machine: Machine) -> None:
    machine.file("home/anna/.config/systemd/user/docker.service")
    machine.file("usr/lib/systemd/user/docker-desktop.service")
    machine.file("usr/local/bin/colima", program=True)
    machine.file(f"{str(machine.place.home).lstrip('/')}/.rd/bin/rdctl", program=True)
    assert machine.look().kinds == {
        EngineKind.ROOTLESS,
        EngineKind.DESKTOP,
        EngineKind.COLIMA,
        EngineKind.RANCHER,
    }


def test_a_relative_of_ubuntu(machine: Machine) -> None:
    text = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n'
    machine.file("usr/lib/os-release", text)
    found = machine.look()
    assert (found.system, found.codename) == (("linuxmint", "ubuntu", "debian"), "noble")


def test_linux_inside_of_windows(machine: Machine) -> None:
    machine.file("proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
    assert machine.look().wsl


def test_macos(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "darwin")
    (tmp_path / "Applications/OrbStack.app").mkdir(parents=True)
    (tmp_path / "home/anna/Applications/Docker.app").mkdir(parents=True)
    machine.file("usr/bin/open", program=True)
    found = machine.look()
    assert found.kinds == {EngineKind.ORBSTACK, EngineKind.DESKTOP}
    assert set(found.programs) == {"open"}


def test_windows(tmp_path: Path) -> None:
    exe = tmp_path / "Docker/Docker/Docker Desktop.exe"
    exe.parent.mkdir(parents=True)
    exe.touch()
    place = Place("win32", tmp_path, {"ProgramFiles": str(tmp_path), "PATH": str(tmp_path)}, -1, "anna")
    found = installed.look(place)
    assert found.kinds == {EngineKind.DESKTOP}
    assert found.programs == {"Docker Desktop": str(exe)}
    assert installed.look(Place("win32", tmp_path, {"PATH": str(tmp_path)})) == Installed()


# Who may use a socket

ME = Place("linux", Path("/nowhere"), {}, os.getuid(), "somebody")


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        yield path


@pytest.mark.skipif(os.getuid() != 0, reason="gives a socket to another group")
def test_the_group_of_a_socket(listener: Path) -> None:
    os.chown(listener, 0, 1)
    listener.chmod(0o660)
    assert access.look(f"unix://{listener}", ME) == SocketAccess("root", "daemon")
    listener.chmod(0o600)
    assert access.look(f"unix://{listener}", ME) == SocketAccess("root"), "the group may not write"
    os.chown(listener, 0, 64299)
    listener.chmod(0o660)
    assert access.look(f"unix://{listener}", ME).group == "64299", "a group without a name"


def test_nothing_is_known_of_what_is_not_here(tmp_path: Path) -> None:
    for address in (f"unix://{tmp_path}/none.sock", "tcp://h:1", "npipe:////./pipe/x"):
        assert access.look(address, ME) == SocketAccess()


# What the service manager says


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (EngineKind.SYSTEM, "is-active docker.service"),
        (EngineKind.ROOTLESS, "--user is-active docker.service"),
        (EngineKind.DESKTOP, "--user is-active docker-desktop.service"),
    ],
)
def test_systemd_is_asked_for_the_unit(machine: Machine, kind: EngineKind, asked: str) -> None:
    said = machine.root / "said"
    machine.file("systemctl", f'#!/bin/sh\necho "$*" > {said}\necho activating\nexit 3\n', program=True)
    found = Installed(programs={"systemctl": str(machine.root / "systemctl")}, systemd=True)
    assert service_state(kind, found, dict(os.environ)) == "activating"
    assert said.read_text() == f"{asked}\n"
    assert asked.rsplit(maxsplit=1)[-1] in why_it_failed(kind)


def test_nobody_is_asked_without_systemd(machine: Machine) -> None:
    machine.file("systemctl", "#!/bin/sh\necho active\n", program=True)
    programs = {"systemctl": str(machine.root / "systemctl")}
    assert service_state(EngineKind.SYSTEM, Installed(programs=programs), {}) == ""
    assert service_state(EngineKind.COLIMA, Installed(programs=programs, systemd=True), {}) == ""
