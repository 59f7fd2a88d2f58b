"""How this copy of the panel is started: by its bundle, its AppImage, its console script, or by Python."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harmony_desktop.records import dataclass

_NAME = "harmony-desktop"
_SITES = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """A command.

    Attributes:
        argv: Program and arguments.
        folder: The folder to start it in, or "" for any.
    """

    argv: tuple[str, ...]
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """How this process was started.

    Attributes:
        environ: Its environment.
        argv: ``sys.argv``.
        executable: ``sys.executable``.
        frozen: Whether it is a bundle.
        package: The folder of the package ``harmony_desktop``.
        platform: ``sys.platform``.
    """

    environ: Mapping[str, str]
    argv: Sequence[str]
    executable: str
    frozen: bool
    package: Path
    platform: str

    @classmethod
    def here(cls, environ: Mapping[str, str]) -> Running:
        """Return how this process was started."""
        return cls(
            environ,
            tuple(sys.argv),
            sys.executable,
            bool(getattr(sys, "frozen", False)),
            Path(__file__).absolute().parents[1],
            sys.platform,
        )


def own_command(running: Running, *arguments: str) -> OwnCommand:
    """Return the command that starts this copy again, from anywhere, at any later time."""
    image = running.environ.get("APPIMAGE", "")
    if running.frozen and image and Path(image).is_file():
        # What it is unpacked to is gone at the next login.
        return OwnCommand((image, *arguments))
    if running.frozen:
        return OwnCommand((_installed(running), *arguments))
    script = _script(running)
    if script is not None:
        return OwnCommand((str(script), *arguments))
    parent = running.package.parent
    folder = "" if _SITES.intersection(parent.parts) else str(parent)
    return OwnCommand((_windowless(running), "-m", running.package.name, *arguments), folder)


def _installed(running: Running) -> str:
    """Return the bundle's program; the link in the path that a package makes, where it leads to it."""
    link = Path("/usr/bin") / _NAME
    if running.platform == "linux" and link.is_symlink() and link.resolve() == Path(running.executable).resolve():
        return str(link)
    # Windows opens a console for the program of the command line; the one beside it is for the window alone.
    windowed = Path(running.executable).with_name(f"{_NAME}-window.exe")
    if running.platform == "win32" and windowed.is_file():
        return str(windowed)
    return running.executable


def _script(running: Running) -> Path | None:
    """Return the console script that started this process, None where none did."""
    first = Path(running.argv[0]).absolute() if running.argv and running.argv[0] else None
    if first is None or not first.name.startswith(_NAME):
        return None
    candidates = (first.with_suffix(".exe"), first) if running.platform == "win32" else (first,)
    return next((file for file in candidates if file.is_file()), None)


def _windowless(running: Running) -> str:
    """Return the interpreter; on Windows the one that opens no console."""
    if running.platform == "win32":
        other = Path(running.executable).with_name("pythonw.exe")
        if other.is_file():
            return str(other)
    return running.executable
