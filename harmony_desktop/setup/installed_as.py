"""How this copy of the panel was installed: that decides which package of a newer release is the right one."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from harmony_desktop import __version__
from harmony_desktop.control.app_releases import Installed, Kind

_PACKAGE = Path(__file__).resolve().parent.parent
_ARM = frozenset({"arm64", "aarch64"})


def installed_as(
    environ: Mapping[str, str],
    *,
    system: str = sys.platform,
    machine: str = "",
    frozen: bool | None = None,
    package: Path = _PACKAGE,
    root: Path = Path("/"),
    version: str = __version__,
) -> Installed:
    """Return what is known of this copy; reads a few names of files.

    Args:
        environ: The process environment.
        system: As ``sys.platform``.
        machine: As ``platform.machine()``; "" for this one's.
        frozen: Whether it is a bundle; None to ask Python.
        package: The folder of the package.
        root: The root of the file system.
        version: Its version.
    """
    from platformdirs import user_downloads_dir  # noqa: PLC0415 - only when somebody asks for releases

    bundled = bool(getattr(sys, "frozen", False)) if frozen is None else frozen
    kind = _kind(environ, system, bundled, package, root)
    architecture = "arm64" if (machine or platform.machine()).lower() in _ARM else "x86_64"
    updater = {
        Kind.FLATPAK: f"flatpak update {environ.get('FLATPAK_ID', '')}".strip(),
        Kind.CHECKOUT: "git pull",
    }.get(kind, "")
    return Installed(version, kind, architecture, user_downloads_dir(), updater)


def _kind(environ: Mapping[str, str], system: str, bundled: bool, package: Path, root: Path) -> Kind:
    if (root / ".flatpak-info").exists():
        return Kind.FLATPAK
    if not bundled:
        return Kind.CHECKOUT if (package.parent / ".git").exists() else Kind.WHEEL
    if system == "win32":
        return Kind.WINDOWS
    if system == "darwin":
        return Kind.MACOS
    return Kind.APPIMAGE if environ.get("APPIMAGE") else Kind.DEB
