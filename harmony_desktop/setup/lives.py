"""The file in which is remembered what has been ready. A damaged file counts as none."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.lives import Remembered
from harmony_desktop.control.state import Stage
from harmony_desktop.setup.places import state_folder
from harmony_desktop.stack.project import Project

FILE = "readiness.json"
_FORMAT = 1

_log = logging.getLogger(__name__)


class LifeFile:
    """Keeps lives beside the stack; implements ``control.lives.LifeMemory``.

    Several projects may stand in one file: a folder can be started under several names.
    """

    def load(self, project: Project) -> Remembered:
        """Return what is remembered of a project; never raises."""
        entry = _read(_file(project)).get(project.name)
        try:
            return _parse(entry) if isinstance(entry, dict) else Remembered()
        except (KeyError, TypeError, ValueError, AttributeError):
            return Remembered()

    def save(self, project: Project, remembered: Remembered) -> None:
        """Remember. Where the folder may not be written, the next look knows less, and that is all."""
        file = _file(project)
        projects = {**_read(file), project.name: _render(remembered)}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            content = json.dumps({"format": _FORMAT, "projects": projects}, indent=2)
            write_atomic(file, content.encode() + b"\n")
        except OSError as error:
            _log.info("what was ready is not remembered: %s", error)


def _file(project: Project) -> Path:
    return state_folder(project.working_dir) / FILE


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
        projects = content["projects"] if content["format"] == _FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return projects if isinstance(projects, dict) else {}


def _render(remembered: Remembered) -> dict[str, Any]:
    return {
        "ready": {container: began.isoformat() for container, began in remembered.ready.items()},
        "since": {service: [stage, since.isoformat()] for service, (stage, since) in remembered.since.items()},
    }


def _parse(entry: dict[str, Any]) -> Remembered:
    return Remembered(
        {str(container): _time(began) for container, began in entry["ready"].items()},
        {str(service): (Stage(stage), _time(since)) for service, (stage, since) in entry["since"].items()},
    )


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
