"""What is installed on this machine: which engines, which programs can start them, which system it is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from harmony_desktop.engine.place import MACOS, WINDOWS, EngineKind, Place
from harmony_desktop.records import dataclass


@dataclass(frozen=True, slots=True)
class Installed:
    """What was found.

    Attributes:
        kinds: Engines that are installed, running or not.
        programs: Programs that can start one, by name, with their full paths.
        systemd: Whether systemd runs this machine.
        service: How the system's own engine is installed: "systemd", "snap", "init", or "" where it is not.
        system: The distribution's ids, the most specific first ("linuxmint", "ubuntu", "debian").
        codename: The distribution's release ("bookworm").
        wsl: Whether this is Linux inside of Windows.
    """

    kinds: frozenset[EngineKind] = frozenset()
    programs: Mapping[str, str] = field(default_factory=dict)
    systemd: bool = False
    service: str = ""
    system: tuple[str, ...] = ()
    codename: str = ""
    wsl: bool = False


#: Programs that are looked for.
_PROGRAMS = ("systemctl", "pkexec", "service", "snap", "colima", "rdctl", "orbctl", "open")
#: Folders in which they usually lie; the PATH of a program started from its icon is short.
_FOLDERS = (
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/bin",
    "/sbin",
    "/snap/bin",
    "/opt/homebrew/bin",
)
_UNIT_FOLDERS = ("etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system", "usr/local/lib/systemd/system")
_MAC_APPS = {
    "Docker": EngineKind.DESKTOP,
    "OrbStack": EngineKind.ORBSTACK,
    "Rancher Desktop": EngineKind.RANCHER,
}
_DESKTOP_EXE = "Docker/Docker/Docker Desktop.exe"


def look(place: Place, root: Path = Path("/")) -> Installed:
    """Look at the machine.

    Args:
        place: The machine and the user.
        root: Where its files begin; a test has its own.
    """
    if place.system == WINDOWS:
        return _windows(place)
    programs = _programs(place, root)
    home = Path(place.home)
    kinds = {kind for name, kind in (("colima", EngineKind.COLIMA), ("rdctl", EngineKind.RANCHER)) if name in programs}
    if place.system == MACOS:
        folders = (root / "Applications", home / "Applications")
        kinds |= {kind for name, kind in _MAC_APPS.items() if any((f / f"{name}.app").is_dir() for f in folders)}
        return Installed(frozenset(kinds), programs)
    systemd = (root / "run/systemd/system").is_dir()
    service = _service(root, systemd=systemd)
    if service:
        kinds.add(EngineKind.SYSTEM)
    user_units = (home / ".config/systemd/user", root / "etc/systemd/user", root / "usr/lib/systemd/user")
    if (home / ".config/systemd/user/docker.service").exists():
        kinds.add(EngineKind.ROOTLESS)
    if (
        any((folder / "docker-desktop.service").exists() for folder in user_units)
        or (root / "opt/docker-desktop").exists()
    ):
        kinds.add(EngineKind.DESKTOP)
    release = _release(root)
    return Installed(
        kinds=frozenset(kinds),
        programs=programs,
        systemd=systemd,
        service=service,
        system=(release.get("ID", ""), *release.get("ID_LIKE", "").split()) if release.get("ID") else (),
        codename=release.get("UBUNTU_CODENAME") or release.get("VERSION_CODENAME", ""),
        wsl="microsoft" in _text(root / "proc/sys/kernel/osrelease").lower(),
    )


def _programs(place: Place, root: Path) -> dict[str, str]:
    usual = [
        str(root / folder.lstrip("/")) for folder in (*_FOLDERS, f"{place.home}/.rd/bin", f"{place.home}/.orbstack/bin")
    ]
    own = place.environ.get("PATH", "").split(":") if root == Path("/") else []
    path = ":".join(folder for folder in (*own, *usual) if folder)
    found = {name: shutil.which(name, path=path) for name in _PROGRAMS}
    return {name: where for name, where in found.items() if where}


def _service(root: Path, *, systemd: bool) -> str:
    """Return how the system's own engine is installed."""
    unit = any((root / folder / "docker.service").exists() for folder in _UNIT_FOLDERS)
    # Packages bring both; which one counts is decided by what runs the machine.
    if unit and (systemd or not (root / "etc/init.d/docker").exists()):
        return "systemd"
    if (root / "etc/systemd/system/snap.docker.dockerd.service").exists() or (root / "snap/bin/docker").exists():
        return "snap"
    if (root / "etc/init.d/docker").exists():
        return "init"
    usual = ("usr/bin/dockerd", "usr/sbin/dockerd", "usr/local/bin/dockerd")
    return "plain" if any((root / path).exists() for path in usual) else ""


def _release(root: Path) -> dict[str, str]:
    """Return what /etc/os-release says."""
    lines = (_text(root / "etc/os-release") or _text(root / "usr/lib/os-release")).splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _windows(place: Place) -> Installed:
    folders = [place.environ.get(name) for name in ("ProgramFiles", "ProgramW6432", "LOCALAPPDATA")]
    desktop = next((path for f in folders if f and (path := Path(f) / _DESKTOP_EXE).exists()), None)
    rancher = shutil.which("rdctl", path=place.environ.get("PATH"))
    programs = {"Docker Desktop": str(desktop)} if desktop else {}
    kinds = {EngineKind.DESKTOP} if desktop else set()
    if rancher:
        programs["rdctl"] = rancher
        kinds.add(EngineKind.RANCHER)
    return Installed(frozenset(kinds), programs)
