"""Which engine to use, and what is wrong when there is none. Decides by tables; connects to nothing.

The order is that of the ``docker`` command, so that both see the same containers: what the caller names, DOCKER_HOST,
DOCKER_CONTEXT, the active context. Only where all of these say nothing are the known sockets tried, for the command
itself finds but one of them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath

from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.engine import contexts
from harmony_desktop.engine.config_file import DockerConfig
from harmony_desktop.engine.tls import TlsFiles

LINUX, MACOS, WINDOWS = "linux", "darwin", "win32"


@dataclass(frozen=True, slots=True)
class Place:
    """The machine and the user, as far as finding an engine goes.

    Attributes:
        system: ``sys.platform``.
        home: The user's home folder.
        environ: The process environment.
        uid: The user's number, -1 where there are none.
        user: The user's name.
    """

    system: str
    home: PurePath
    environ: Mapping[str, str] = field(default_factory=dict)
    uid: int = -1
    user: str = ""

    @classmethod
    def here(cls, environ: Mapping[str, str]) -> Place:
        """Return this machine and this user, with their environment."""
        getuid = getattr(os, "getuid", None)
        user = environ.get("USER") or environ.get("LOGNAME") or environ.get("USERNAME") or ""
        return cls(sys.platform, Path.home(), environ, getuid() if getuid else -1, user)

    @property
    def config_folder(self) -> Path:
        """The folder of the Docker configuration."""
        return Path(self.environ.get("DOCKER_CONFIG") or self.home / ".docker")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that may be there.

    Attributes:
        address: Where.
        origin: Who names it, in plain words ("DOCKER_HOST", "the Docker context desktop-linux", "Docker Desktop").
        context: The name of the context, "default" without one.
        tls: Files of a TLS connection.
    """

    address: str
    origin: str
    context: str = contexts.DEFAULT
    tls: TlsFiles | None = None


def candidates(place: Place, config: DockerConfig, *, host: str = "", context: str = "") -> tuple[Candidate, ...]:
    """Return the engines to try, the first to answer is used.

    Args:
        place: The machine and the user.
        config: The user's Docker configuration.
        host: Address that the caller names, or "".
        context: Context that the caller names, or "".

    Raises:
        EngineUnavailableError: A context is named that does not exist.
    """
    environ = place.environ
    if host:
        return (Candidate(normal_address(host, place), f"the address {host}", tls=_environment_tls(place)),)
    if context:
        return _of_context(place, context, "was asked for")
    if environ.get("DOCKER_HOST"):
        address = normal_address(environ["DOCKER_HOST"], place)
        return (Candidate(address, "DOCKER_HOST", tls=_environment_tls(place)),)
    if environ.get("DOCKER_CONTEXT"):
        return _of_context(place, environ["DOCKER_CONTEXT"], "is named by DOCKER_CONTEXT")
    active = str(config.data.get("currentContext") or "")
    if active:
        return _of_context(place, active, "is the active one")
    return known_sockets(place)


def _of_context(place: Place, name: str, reason: str) -> tuple[Candidate, ...]:
    if name == contexts.DEFAULT:
        return known_sockets(place)
    found = contexts.read(place.config_folder, name)
    if found is None:
        raise EngineUnavailableError(
            f"There is no Docker context named {name}",
            cause=f"It {reason}, but {place.config_folder} does not hold it.",
            advice="“docker context ls” lists those that are there; “docker context use default” returns to the usual.",
            state=EngineStatus.ABSENT,
        )
    address = normal_address(found.address, place) if found.address else known_sockets(place)[0].address
    return (Candidate(address, f"the Docker context {name}", name, found.tls),)


def normal_address(text: str, place: Place) -> str:
    """Return an address with its scheme; a bare path is a unix socket, a bare host is reached by TCP."""
    text = text.strip()
    if "://" in text:
        scheme, _, rest = text.partition("://")
        return f"{scheme}://{rest}" if rest else known_sockets(place)[0].address
    return f"unix://{text}" if text.startswith("/") else f"tcp://{text}"


def _environment_tls(place: Place) -> TlsFiles | None:
    environ = place.environ
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    if not verify and not environ.get("DOCKER_TLS"):
        return None
    folder = Path(environ.get("DOCKER_CERT_PATH") or place.config_folder)
    return contexts.tls_files(folder, verify=verify) or TlsFiles(verify=verify)


def known_sockets(place: Place) -> tuple[Candidate, ...]:
    """Return where the engines of a platform listen, the platform's own first."""
    if place.system == WINDOWS:
        pipes = (("docker_engine", "Docker"), ("dockerDesktopLinuxEngine", "Docker Desktop"))
        return tuple(Candidate(f"npipe:////./pipe/{pipe}", origin) for pipe, origin in pipes)
    home = PurePosixPath(place.home.as_posix())
    colima = place.environ.get("COLIMA_HOME")
    runtime = place.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{place.uid}"
    system = ("/var/run/docker.sock", "Docker")
    desktop = [
        (home / ".docker/run/docker.sock", "Docker Desktop"),
        (home / ".docker/desktop/docker.sock", "Docker Desktop"),
    ]
    others = [
        (home / ".orbstack/run/docker.sock", "OrbStack"),
        (PurePosixPath(colima) / "default/docker.sock" if colima else home / ".colima/default/docker.sock", "Colima"),
        (home / ".config/colima/default/docker.sock", "Colima"),
        (home / ".rd/docker.sock", "Rancher Desktop"),
    ]
    if place.system == MACOS:
        paths = [system, *desktop, *others]
    else:
        paths = [system, (PurePosixPath(runtime) / "docker.sock", "Docker without root"), *desktop, *others[1:]]
    return tuple(Candidate(f"unix://{path}", origin) for path, origin in paths)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate that did not answer as it should."""

    candidate: Candidate
    status: EngineStatus
    detail: str = ""


#: The most telling first: what a user can act upon says more than that nothing listens elsewhere.
_TELLING = (
    EngineStatus.DENIED,
    EngineStatus.STARTING,
    EngineStatus.TOO_OLD,
    EngineStatus.UNREACHABLE,
    EngineStatus.STOPPED,
    EngineStatus.ABSENT,
)


def status_of(error: BaseException, *, installed: bool) -> EngineStatus:
    """Return what an error of the operating system says of an engine.

    Args:
        error: What opening the connection, or reading from it, raised.
        installed: Whether an engine seems to be installed.
    """
    if isinstance(error, PermissionError):
        return EngineStatus.DENIED
    if isinstance(error, FileNotFoundError):
        return EngineStatus.STOPPED if installed else EngineStatus.ABSENT
    if isinstance(error, ConnectionRefusedError):
        return EngineStatus.STOPPED
    return EngineStatus.UNREACHABLE


def seems_installed(place: Place) -> bool:
    """Whether a Docker engine is on this machine, running or not."""
    programs = ("dockerd", "dockerd-rootless.sh", "com.docker.backend", "colima", "orb", "rdctl")
    if any(shutil.which(program, path=place.environ.get("PATH")) for program in programs):
        return True
    usual = {
        LINUX: (
            "/usr/bin/dockerd",
            "/usr/sbin/dockerd",
            "/usr/local/bin/dockerd",
            "/opt/docker-desktop/bin",
            "/snap/bin/docker",
        ),
        MACOS: ("/Applications/Docker.app", "/Applications/OrbStack.app", "/Applications/Rancher Desktop.app"),
        WINDOWS: ("C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe",),
    }
    return any(Path(path).exists() for path in usual.get(place.system, ()))


def no_engine(place: Place, attempts: tuple[Attempt, ...]) -> EngineUnavailableError:
    """Return the error that tells, of all that was tried, what a user can act upon."""
    worst = min(attempts, key=lambda attempt: _TELLING.index(attempt.status))
    title, cause, advice = _WORDS[worst.status]
    origin = worst.candidate.origin
    words = {
        "origin": origin,
        "address": worst.candidate.address,
        "detail": f" ({worst.detail})" if worst.detail else "",
        "advice": _start_advice(place, origin),
        "install": _INSTALL.get(place.system, _INSTALL[LINUX]),
        "permission": _permission_advice(place, origin),
    }
    return EngineUnavailableError(
        title, cause=cause.format_map(words), advice=advice.format_map(words), state=worst.status
    )


_WORDS = {
    EngineStatus.ABSENT: ("Docker is not installed", "No Docker engine was found on this machine.", "{install}"),
    EngineStatus.STOPPED: (
        "The Docker engine is not running",
        "Nothing answers at {address} ({origin}).",
        "{advice}",
    ),
    EngineStatus.STARTING: (
        "The Docker engine is starting",
        "It answers, but is not ready yet{detail}.",
        "Wait a moment. If it stays like this, restart it.",
    ),
    EngineStatus.UNREACHABLE: (
        "The Docker engine does not answer",
        "Something listens at {address} ({origin}), but gave no usable answer{detail}.",
        "Restart the engine; if it is on another machine, check the connection to it.",
    ),
    EngineStatus.DENIED: (
        "You may not use the Docker engine",
        "It listens at {address} ({origin}), but this user has no permission for it.",
        "{permission}",
    ),
    EngineStatus.TOO_OLD: (
        "The Docker engine is too old",
        "The engine at {address} is too old{detail}.",
        "Update Docker.",
    ),
}

_INSTALL = {
    LINUX: "Install Docker Engine (https://docs.docker.com/engine/install/) or Docker Desktop, then try again.",
    MACOS: "Install Docker Desktop (https://docs.docker.com/desktop/setup/install/mac-install/), then open it once.",
    WINDOWS: "Install Docker Desktop (https://docs.docker.com/desktop/setup/install/windows-install/), then open it.",
}


def _start_advice(place: Place, origin: str) -> str:
    if place.system == WINDOWS:
        return "Open Docker Desktop from the Start menu and wait until it says that the engine runs."
    if place.system == MACOS:
        return (
            f"Open {origin if origin in {'OrbStack', 'Rancher Desktop'} else 'Docker Desktop'} and wait for its engine."
        )
    if "desktop" in origin.lower():
        return "Start Docker Desktop: systemctl --user start docker-desktop"
    if origin == "Docker without root":
        return "Start it: systemctl --user start docker"
    if origin == "Colima":
        return "Start it: colima start"
    return "Start it: sudo systemctl start docker"


def _permission_advice(place: Place, origin: str) -> str:
    if place.system == WINDOWS:
        return "Ask an administrator to add you to the group docker-users, then sign out and in again."
    if place.system == MACOS or origin != "Docker":
        return "Check who owns the socket; the engine must be started by the same user."
    return f"Run “sudo usermod -aG docker {place.user or '$USER'}”, then sign out and in again."
