"""Where the files are that ship with the program: the stack as data, icons, styles, translations, documents.

An installed wheel carries them inside the package (``data/``); a checkout has them beside it. A frozen program
unpacks the package like a wheel.
"""

from __future__ import annotations

import json
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def compose_dir() -> Path:
    """Return the folder of the shipped stack: compose files and the services' default configuration."""
    return _find("compose")


def resources_dir() -> Path:
    """Return the folder of icons, styles and translations."""
    return _find("resources")


def docs_dir() -> Path:
    """Return the folder of the documents, which the help shows."""
    return _find("docs")


def project_address(name: str) -> str:
    """Return an address of the project, or "" where it has none.

    Args:
        name: "issues", where faults are reported; "releases", the document that tells of releases.
    """
    try:
        address = json.loads((resources_dir() / "project.json").read_bytes()).get(name, "")
    except (OSError, ValueError):  # a broken installation has other troubles
        return ""
    return address if isinstance(address, str) else ""


def _find(name: str) -> Path:
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
