"""Where the files are that ship with the program: the stack as data, icons, styles, translations.

An installed wheel carries them inside the package (``data/``); a checkout has them beside it. A frozen program
unpacks the package like a wheel.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def compose_dir() -> Path:
    """Return the folder of the shipped stack: compose files and the services' default configuration."""
    return _find("compose")


def resources_dir() -> Path:
    """Return the folder of icons, styles and translations."""
    return _find("resources")


def _find(name: str) -> Path:
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
