"""A JSON file beside a stack with an entry for each project; a folder can be started under several names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harmony_desktop.control.files import write_atomic
from harmony_desktop.setup.formats import own_file
from harmony_desktop.setup.places import state_folder
from harmony_desktop.stack.project import Project

_FORMAT = 1


def place(project: Project, name: str) -> Path:
    """Return where a file of that name stands for a project; it need not exist yet."""
    return own_file(state_folder(project.working_dir) / name, _FORMAT)


def entry(file: Path, project: Project) -> dict[str, Any] | None:
    """Return a project's entry; None where there is none, or where the file is damaged or of a later format."""
    found = _read(file).get(project.name)
    return found if isinstance(found, dict) else None


def write_entry(file: Path, project: Project, content: dict[str, Any]) -> None:
    """Replace a project's entry and keep those of others. Raises OSError."""
    projects = {**_read(file), project.name: content}
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, json.dumps({"format": _FORMAT, "projects": projects}, indent=2).encode() + b"\n")


def remove_entry(file: Path, project: Project) -> None:
    """Remove a project's entry and keep those of others; without any, the file goes too. Raises OSError."""
    projects = _read(file)
    if project.name not in projects:
        return
    del projects[project.name]
    if projects:
        write_atomic(file, json.dumps({"format": _FORMAT, "projects": projects}, indent=2).encode() + b"\n")
    else:
        file.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
        projects = content["projects"] if content["format"] == _FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return projects if isinstance(projects, dict) else {}
