"""The panel's own side of a report: versions, settings, its log, what the window shows."""

from __future__ import annotations

import importlib.metadata
import json
import locale
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from harmony_desktop import __version__
from harmony_desktop.preflight.part import MAX_BYTES, Kind, Member, NothingThereError

_PACKAGES = ("PySide6-Essentials", "docker", "PyYAML", "qasync", "psutil", "nvidia-ml-py", "platformdirs", "requests")
#: Variables that change what the panel does, and say nothing of anybody.
_VARIABLES = (
    *("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "DESKTOP_SESSION", "LANG", "LC_ALL", "QT_QPA_PLATFORM"),
    *("QT_SCALE_FACTOR", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    *("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)


def versions(environ: Mapping[str, str]) -> list[Member]:
    """Return what runs here: the panel, Python, libraries, system, desktop."""
    content = {
        "harmony-desktop": __version__,
        "packaged": bool(getattr(sys, "frozen", False)),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "system": platform.system(),
        "distribution": _distribution(),
        "kernel": f"{platform.release()} {platform.version()}",
        "processor": platform.machine(),
        "encoding": locale.getpreferredencoding(do_setlocale=False),
        "variables": {name: environ[name] for name in _VARIABLES if name in environ},
        "screen": any(name in environ for name in ("DISPLAY", "WAYLAND_DISPLAY")),
    }
    return [Member("versions.json", content, title="versions of the panel, its libraries, the system, the desktop")]


def settings(file: Path) -> list[Member]:
    """Return the panel's settings. Raises NothingThereError."""
    if not file.is_file():
        raise NothingThereError("No settings have been saved yet.")
    text = file.read_bytes()[:MAX_BYTES].decode("utf-8", "replace")
    try:
        return [Member("app/settings.json", json.loads(text), title="the panel's settings")]
    except ValueError:
        return [Member("app/settings.json", text, Kind.FILE, title="the panel's settings (damaged)")]


def own_log(files: Iterable[Path]) -> list[Member]:
    """Return the panel's own log. Raises NothingThereError."""
    members = []
    for file in files:
        if file.is_file():
            text = file.read_bytes()[-MAX_BYTES:].decode("utf-8", "replace")
            members.append(Member(f"app/{file.name}", text, Kind.LOG, title="the panel's own log"))
    if not members:
        raise NothingThereError("The panel has logged nothing yet.")
    return members


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:  # macOS and Windows say it in "kernel"
        return platform.platform()
