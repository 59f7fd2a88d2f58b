"""What is said of each state of an engine on each platform, and what helps."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.engine.access import SocketAccess
from harmony_desktop.engine.discover import Attempt, Candidate
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import EngineKind, Place, colima_profile, kind_of
from harmony_desktop.engine.telling import no_engine

LINUX = Place("linux", PurePosixPath("/home/anna"), {}, 1000, "anna")
ROOT = Place("linux", PurePosixPath("/root"), {}, 0, "root")
MAC = Place("darwin", PurePosixPath("/Users/anna"), {}, 501, "anna")
WINDOWS = Place("win32", PureWindowsPath("C:/Users/anna"), {}, -1, "anna")

UBUNTU = Installed(system=("ubuntu", "debian"), codename="noble", systemd=True)
SERVICE = Installed(
    frozenset({EngineKind.SYSTEM}), {"systemctl": "/bin/systemctl", "pkexec": "/bin/pkexec"}, True, "systemd"
)
SYSTEM = Candidate("unix:///var/run/docker.sock", "Docker")
DESKTOP = Candidate("unix:///home/anna/.docker/desktop/docker.sock", "Docker Desktop", kind=EngineKind.DESKTOP)
PIPE = Candidate("npipe:////./pipe/docker_engine", "Docker Desktop", kind=EngineKind.DESKTOP)
FAR = Candidate("tcp://far:2376", "the Docker context far", "far", kind=EngineKind.REMOTE)
ORBSTACK = Candidate("unix:///o", "OrbStack", kind=EngineKind.ORBSTACK)

ABSENT, STOPPED, STARTING = EngineStatus.ABSENT, EngineStatus.STOPPED, EngineStatus.STARTING
DENIED, TOO_OLD, UNREACHABLE = EngineStatus.DENIED, EngineStatus.TOO_OLD, EngineStatus.UNREACHABLE


@pytest.mark.parametrize(
    ("place", "attempt", "title", "advice"),
    [
        (LINUX, Attempt(SYSTEM, ABSENT), "Docker is not installed", "docs.docker.com/engine/install"),
        (LINUX, Attempt(SYSTEM, STOPPED), "not running", "sudo systemctl start docker"),
        (ROOT, Attempt(SYSTEM, STOPPED), "not running", "    systemctl start docker"),
        (LINUX, Attempt(DESKTOP, STOPPED), "not running", "systemctl --user start docker-desktop"),
        (LINUX, Attempt(SYSTEM, DENIED), "You may not", "sudo usermod -aG docker anna"),
        (LINUX, Attempt(DESKTOP, DENIED), "You may not", "serves the user who started it"),
        (LINUX, Attempt(SYSTEM, STARTING, "503"), "is starting", "Wait"),
        (LINUX, Attempt(SYSTEM, UNREACHABLE, "timed out", connected=True), "does not answer", "restart docker"),
        (LINUX, Attempt(FAR, UNREACHABLE, "no route"), "cannot be reached", "network"),
        (LINUX, Attempt(FAR, STOPPED), "not running", "on that computer"),
        (LINUX, Attempt(FAR, TOO_OLD, "version 1.8"), "too old", "on that computer"),
        (LINUX, Attempt(SYSTEM, TOO_OLD, "version 1.8"), "too old", "Update Docker"),
        (MAC, Attempt(SYSTEM, ABSENT), "Docker is not installed", "desktop/setup/install/mac-install"),
        (MAC, Attempt(SYSTEM, STOPPED), "not running", "Open Docker Desktop"),
        (MAC, Attempt(ORBSTACK, STOPPED), "not running", "Open OrbStack"),
        (MAC, Attempt(DESKTOP, DENIED), "You may not", "Start your own"),
        (MAC, Attempt(DESKTOP, TOO_OLD, "version 1.8"), "too old", "Update Docker Desktop"),
        (MAC, Attempt(DESKTOP, UNREACHABLE, connected=True), "does not answer", "Restart Docker Desktop"),
        (WINDOWS, Attempt(PIPE, ABSENT), "Docker is not installed", "winget install"),
        (WINDOWS, Attempt(PIPE, STOPPED), "not running", "Start menu"),
        (WINDOWS, Attempt(PIPE, DENIED), "You may not", "docker-users anna /add"),
        (WINDOWS, Attempt(PIPE, TOO_OLD, "version 1.8"), "too old", "Update Docker Desktop"),
        (WINDOWS, Attempt(PIPE, STARTING, "500"), "is starting", "Wait"),
    ],
)
def test_what_is_said_and_advised(place: Place, attempt: Attempt, title: str, advice: str) -> None:
    error = no_engine(place, (attempt,))
    assert title in error.title
    assert advice in error.advice
    assert error.state is attempt.status
    assert error.exit_status == 4
    assert error.cause.endswith(".")


def test_the_most_telling_attempt_is_told() -> None:
    attempts = (Attempt(DESKTOP, ABSENT), Attempt(SYSTEM, DENIED))
    assert no_engine(LINUX, attempts).state is DENIED


@pytest.mark.parametrize(
    ("system", "codename", "command", "page"),
    [
        (("ubuntu", "debian"), "noble", "https://download.docker.com/linux/ubuntu noble stable", "install/ubuntu"),
        (("linuxmint", "ubuntu", "debian"), "noble", "linux/ubuntu noble stable", "install/ubuntu"),
        (("debian",), "bookworm", "https://download.docker.com/linux/debian bookworm stable", "install/debian"),
        (("raspbian", "debian"), "bookworm", "linux/debian bookworm stable", "install/debian"),
        (("fedora",), "", "sudo dnf config-manager addrepo --from-repofile", "install/fedora"),
        (("rocky", "rhel", "centos", "fedora"), "", "linux/rhel/docker-ce.repo", "install/rhel"),
        (("arch",), "", "sudo pacman -S docker", "wiki.archlinux.org"),
        (("opensuse-leap", "suse"), "", "sudo zypper install docker", "opensuse.org"),
    ],
)
def test_the_commands_that_install_docker(system: tuple[str, ...], codename: str, command: str, page: str) -> None:
    helps = no_engine(LINUX, (Attempt(SYSTEM, ABSENT),), Installed(system=system, codename=codename)).help
    assert any(command in line for line in helps.commands)
    assert page in helps.page
    assert helps.page_label == "Install Docker"
    assert helps.commands[-1] == "sudo usermod -aG docker anna", "else the next thing that is told is that one may not"
    assert "sign out" in helps.advice


def test_root_installs_without_sudo() -> None:
    helps = no_engine(ROOT, (Attempt(SYSTEM, ABSENT),), UBUNTU).help
    assert helps.commands
    assert not [line for line in helps.commands if "sudo" in line or "usermod" in line]


def test_an_unknown_distribution_gets_the_page() -> None:
    helps = no_engine(LINUX, (Attempt(SYSTEM, ABSENT),), Installed(system=("plan9",))).help
    assert (helps.commands, helps.page) == ((), "https://docs.docker.com/engine/install/")


def test_linux_inside_of_windows_is_told_of_the_integration() -> None:
    helps = no_engine(LINUX, (Attempt(SYSTEM, ABSENT),), Installed(system=("ubuntu",), codename="noble", wsl=True)).help
    assert "WSL integration" in helps.advice
    assert not helps.commands


def test_an_update_leaves_groups_alone() -> None:
    helps = no_engine(LINUX, (Attempt(SYSTEM, TOO_OLD, "version 1.8"),), UBUNTU).help
    assert any("docker-ce" in line for line in helps.commands)
    assert not any("usermod" in line for line in helps.commands)


@pytest.mark.parametrize(
    ("access", "advice", "commands"),
    [
        (SocketAccess("root", "docker"), "Add yourself to the group “docker”", ["sudo usermod -aG docker anna"]),
        (SocketAccess("root", "dock"), "Add yourself to the group “dock”", ["sudo usermod -aG dock anna"]),
        (SocketAccess("root", "docker", listed=True), "You are in the group “docker” already", []),
        (
            SocketAccess("root"),
            "open to root alone",
            [
                "sudo groupadd -f docker",
                "sudo usermod -aG docker anna",
                "sudo systemctl restart docker.socket docker",
            ],
        ),
        (SocketAccess(), "Add yourself to the group “docker”", ["sudo usermod -aG docker anna"]),
    ],
)
def test_who_may_not_is_told_what_is_missing(access: SocketAccess, advice: str, commands: list[str]) -> None:
    helps = no_engine(LINUX, (Attempt(SYSTEM, DENIED),), SERVICE, access).help
    assert advice in helps.advice
    assert "out and in again" in helps.advice
    assert list(helps.commands) == commands


def test_a_stopped_service_is_offered_to_be_started() -> None:
    helps = no_engine(LINUX, (Attempt(SYSTEM, STOPPED),), SERVICE).help
    assert helps.start is not None
    assert helps.start.label == "Start Docker"
    assert "systemctl start docker" in helps.start.explanation
    assert "password" in helps.start.explanation


def test_a_service_that_failed_is_told_as_such() -> None:
    attempt = Attempt(SYSTEM, STOPPED, "its service has failed; “journalctl -u docker.service” shows why")
    assert "Its service has failed; “journalctl" in no_engine(LINUX, (attempt,), SERVICE).cause


def test_the_text_of_the_help_has_everything() -> None:
    error = no_engine(LINUX, (Attempt(SYSTEM, ABSENT),), UBUNTU)
    assert error.advice == error.help.text
    for part in (error.help.advice, *error.help.commands, error.help.page):
        assert part in str(error)


@pytest.mark.parametrize(
    ("place", "address", "kind"),
    [
        (LINUX, "unix:///var/run/docker.sock", EngineKind.SYSTEM),
        (LINUX, "unix:///run/docker.sock", EngineKind.SYSTEM),
        (LINUX, "unix:///run/user/1000/docker.sock", EngineKind.ROOTLESS),
        (LINUX, "unix:///home/anna/.docker/desktop/docker.sock", EngineKind.DESKTOP),
        (LINUX, "unix:///home/anna/.colima/work/docker.sock", EngineKind.COLIMA),
        (LINUX, "unix:///home/anna/.rd/docker.sock", EngineKind.RANCHER),
        (LINUX, "unix:///srv/own.sock", EngineKind.OTHER),
        (LINUX, "tcp://localhost:2375", EngineKind.REMOTE),
        (LINUX, "ssh://anna@far", EngineKind.REMOTE),
        (MAC, "unix:///Users/anna/.orbstack/run/docker.sock", EngineKind.ORBSTACK),
        (MAC, "unix:///Users/anna/.docker/run/docker.sock", EngineKind.DESKTOP),
        (WINDOWS, "npipe:////./pipe/docker_engine", EngineKind.DESKTOP),
        (WINDOWS, "npipe:////./pipe/dockerDesktopLinuxEngine", EngineKind.DESKTOP),
        (WINDOWS, "npipe:////./pipe/mine", EngineKind.OTHER),
    ],
)
def test_whose_engine_is_at_an_address(place: Place, address: str, kind: EngineKind) -> None:
    assert kind_of(place, address) is kind


def test_the_profile_of_colima_stands_in_its_address() -> None:
    assert colima_profile("unix:///home/anna/.colima/work/docker.sock") == "work"
