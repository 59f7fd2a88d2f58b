"""The machine and the user, as far as finding an engine goes, and what kinds of engines there are."""

from __future__ import annotations

import enum
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path, PurePath, PurePosixPath

from harmony_desktop.records import dataclass

LINUX, MACOS, WINDOWS = "linux", "darwin", "win32"


class EngineKind(enum.StrEnum):
    """Who provides an engine, which decides how it is started and who may use it. The value is its name for people."""

    SYSTEM = "Docker"
    ROOTLESS = "Docker without root"
    DESKTOP = "Docker Desktop"
    ORBSTACK = "OrbStack"
    COLIMA = "Colima"
    RANCHER = "Rancher Desktop"
    OTHER = "an engine of this machine"
    REMOTE = "an engine elsewhere"


@dataclass(frozen=True, slots=True)
class Place:
    """The machine and the user.

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
        uid = os.getuid() if sys.platform != "win32" else -1
        user = environ.get("USER") or environ.get("LOGNAME") or environ.get("USERNAME") or _name_of(uid)
        return cls(sys.platform, Path.home(), environ, uid, user)

    @property
    def config_folder(self) -> Path:
        """The folder of the Docker configuration."""
        return Path(self.environ.get("DOCKER_CONFIG") or self.home / ".docker")

    @property
    def runtime_folder(self) -> str:
        """The folder of the user's sockets."""
        return self.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{self.uid}"


def _name_of(uid: int) -> str:
    """Return a user's name by number, or ""."""
    if uid < 0:
        return ""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def known_addresses(place: Place) -> tuple[tuple[str, EngineKind], ...]:
    """Return where the engines of a platform listen, the platform's own first."""
    if place.system == WINDOWS:
        pipes = ("docker_engine", "dockerDesktopLinuxEngine")
        return tuple((f"npipe:////./pipe/{pipe}", EngineKind.DESKTOP) for pipe in pipes)
    home = PurePosixPath(place.home.as_posix())
    colima = place.environ.get("COLIMA_HOME")
    system = (PurePosixPath("/var/run/docker.sock"), EngineKind.SYSTEM)
    desktop = [
        (home / ".docker/run/docker.sock", EngineKind.DESKTOP),
        (home / ".docker/desktop/docker.sock", EngineKind.DESKTOP),
    ]
    orbstack = [(home / ".orbstack/run/docker.sock", EngineKind.ORBSTACK)]
    others = [
        (PurePosixPath(colima or home / ".colima") / "default/docker.sock", EngineKind.COLIMA),
        (home / ".config/colima/default/docker.sock", EngineKind.COLIMA),
        (home / ".rd/docker.sock", EngineKind.RANCHER),
    ]
    if place.system == MACOS:
        paths = [system, *desktop, *orbstack, *others]
    else:
        paths = [system, (PurePosixPath(place.runtime_folder) / "docker.sock", EngineKind.ROOTLESS), *desktop, *others]
    return tuple((f"unix://{path}", kind) for path, kind in paths)


#: Engines that have several sockets, one for each of their machines, by a part of the path.
_PARTS = (
    ("/.colima/", EngineKind.COLIMA),
    ("/colima/", EngineKind.COLIMA),
    ("/.orbstack/", EngineKind.ORBSTACK),
    ("/.rd/", EngineKind.RANCHER),
    ("/.docker/desktop/", EngineKind.DESKTOP),
)


def kind_of(place: Place, address: str) -> EngineKind:
    """Return who provides the engine at an address."""
    scheme, _, rest = address.partition("://")
    if scheme not in {"unix", "npipe"}:
        return EngineKind.REMOTE
    path = rest.replace("\\", "/")
    if path == "/run/docker.sock":
        return EngineKind.SYSTEM
    for known, kind in known_addresses(place):
        if known == f"{scheme}://{path}":
            return kind
    return next((kind for part, kind in _PARTS if part in path), EngineKind.OTHER)


def colima_profile(address: str) -> str:
    """Return the profile in the address of a Colima engine, "default" without one."""
    found = re.search(r"/([^/]+)/docker\.sock$", address)
    return found[1] if found else "default"
