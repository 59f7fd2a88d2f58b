"""Recorded states of the engine, with what helps against each, and recorded Docker contexts."""

from __future__ import annotations

from harmony_desktop.control.ports import (
    ContextChoice,
    ContextOption,
    EngineHelp,
    EngineInstall,
    EngineStart,
    EngineStatus,
)
from harmony_desktop.control.state import EngineState

_SOCKET = "unix:///var/run/docker.sock (Docker)"
_START = EngineStart(
    "Start Docker", "Runs “systemctl start docker”. Your system asks for an administrator’s password.", 20.0
)
_APT = (
    "sudo apt-get update",
    "sudo apt-get install -y ca-certificates curl",
    "sudo install -m 0755 -d /etc/apt/keyrings",
    "sudo curl -fsSL https://download.docker.com/linux/ubuntu/gpg -o /etc/apt/keyrings/docker.asc",
    "sudo chmod a+r /etc/apt/keyrings/docker.asc",
    'echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] '
    'https://download.docker.com/linux/ubuntu noble stable" | sudo tee /etc/apt/sources.list.d/docker.list',
    "sudo apt-get update",
    "sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin",
    "sudo usermod -aG docker you",
)


def _state(status: EngineStatus, reason: str, helps: EngineHelp, *, being_started: bool = False) -> EngineState:
    return EngineState(status, reason=reason, advice=helps.text, help=helps, being_started=being_started)


def engine_states() -> dict[str, EngineState]:
    """Return every state but the good one, by the names of their recordings."""
    return {
        "engine-searching": EngineState(),
        "engine-absent": _state(
            EngineStatus.ABSENT,
            "No Docker engine was found on this machine.",
            EngineHelp(
                "Install Docker Engine with these commands, from Docker’s own guide, then sign out and in again.",
                _APT,
                "https://docs.docker.com/engine/install/ubuntu/",
                "Install Docker",
                install=EngineInstall(
                    "Runs the commands of Docker’s guide, which are shown here. Your system asks for an "
                    "administrator’s password. Members of the group “docker” have the rights of root on this computer.",
                    tuple(line.replace("sudo ", "") for line in _APT),
                ),
            ),
        ),
        "engine-absent-windows": _state(
            EngineStatus.ABSENT,
            "No Docker engine was found on this machine.",
            EngineHelp(
                "Install Docker Desktop (it sets up WSL 2 where that is missing), open it once, then try again. "
                "In a terminal:",
                ("winget install --exact --id Docker.DockerDesktop",),
                "https://docs.docker.com/desktop/setup/install/windows-install/",
                "Install Docker",
            ),
        ),
        "engine-stopped": _state(
            EngineStatus.STOPPED,
            f"Docker is installed, but nothing answers at {_SOCKET}.",
            EngineHelp("Start it:", ("sudo systemctl start docker",), start=_START),
        ),
        "engine-stopped-by-hand": _state(
            EngineStatus.STOPPED,
            "Nothing answers at tcp://studio.local:2376 (the Docker context studio).",
            EngineHelp("Start Docker on that computer, and see that it listens there for connections from this one."),
        ),
        "engine-starting": _state(
            EngineStatus.STARTING,
            f"{_SOCKET} is not ready yet: its service is being started.",
            EngineHelp("Wait a moment: it is found as soon as it answers. If it stays like this, restart it."),
        ),
        "engine-being-started": _state(EngineStatus.STARTING, _START.explanation, EngineHelp(), being_started=True),
        "engine-denied": _state(
            EngineStatus.DENIED,
            f"It listens at {_SOCKET}, but this user has no permission for it.",
            EngineHelp(
                "Add yourself to the group “docker”, then sign out and in again. "
                "Its members have the rights of root on this computer.",
                ("sudo usermod -aG docker you",),
                "https://docs.docker.com/engine/install/linux-postinstall/",
                "Read how",
            ),
        ),
        "engine-denied-session": _state(
            EngineStatus.DENIED,
            f"It listens at {_SOCKET}, but this user has no permission for it.",
            EngineHelp(
                "You are in the group “docker” already, but were not yet when you signed in. "
                "Sign out and in again; where that does not help, restart the computer.",
            ),
        ),
        "engine-unreachable": _state(
            EngineStatus.UNREACHABLE,
            f"Something listens at {_SOCKET}, but gave no usable answer: no answer in time.",
            EngineHelp(
                "Restart the engine; what runs in it is restarted as its restart policy says:",
                ("sudo systemctl restart docker",),
            ),
        ),
        "engine-ssh": _state(
            EngineStatus.UNREACHABLE,
            "There is no way to ssh://anna@studio (the Docker context studio): Permission denied (publickey).",
            EngineHelp(
                "Engines over SSH are experimental. “ssh anna@studio docker version” has to work without asking "
                "anything. A forwarded socket does the same without Harmony’s help:",
                (
                    "ssh -N -L /tmp/harmony-docker.sock:/var/run/docker.sock anna@studio",
                    "harmony-desktop --host unix:///tmp/harmony-docker.sock",
                ),
            ),
        ),
        "engine-too-old": _state(
            EngineStatus.TOO_OLD,
            f"The engine at {_SOCKET} is version 1.11.2 and speaks API 1.23; Harmony needs API 1.24, which Docker "
            "Engine 1.12 brought.",
            EngineHelp(
                "Update Docker Engine. Your containers, images and volumes stay; what runs is restarted.",
                _APT[:-1],
                "https://docs.docker.com/engine/install/ubuntu/",
                "Read how",
            ),
        ),
    }


def contexts() -> ContextChoice:
    """Return contexts of every kind."""
    return ContextChoice(
        (
            ContextOption("default", current=True),
            ContextOption("desktop-linux", "unix:///home/you/.docker/desktop/docker.sock", "Docker Desktop"),
            ContextOption("studio", "tcp://studio.local:2376", "The big machine"),
            ContextOption("attic", "ssh://anna@attic"),
            ContextOption("old", fault="/home/you/.docker/contexts/meta/9f2c/meta.json is damaged"),
        ),
        "studio",
    )
