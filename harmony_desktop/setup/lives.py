"""The file in which is remembered what has been ready. A damaged file counts as none."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from harmony_desktop.control.lives import Remembered
from harmony_desktop.control.state import Stage
from harmony_desktop.setup.by_project import entry, place, write_entry
from harmony_desktop.stack.project import Project

FILE = "readiness.json"

_log = logging.getLogger(__name__)


class LifeFile:
    """Keeps lives beside the stack; implements ``control.lives.LifeMemory``."""

    def load(self, project: Project) -> Remembered:
        """Return what is remembered of a project; never raises."""
        found = entry(place(project, FILE), project)
        try:
            return _parse(found) if found is not None else Remembered()
        except (KeyError, TypeError, ValueError, AttributeError):
            return Remembered()

    def save(self, project: Project, remembered: Remembered) -> None:
        """Remember. Where the folder may not be written, the next look knows less, and that is all."""
        file = place(project, FILE)
        try:
            write_entry(file, project, _render(remembered))
        except OSError as error:
            _log.info("what was ready is not remembered: %s", error)


def _render(remembered: Remembered) -> dict[str, Any]:
    return {
        "ready": {container: began.isoformat() for container, began in remembered.ready.items()},
        "since": {service: [stage, since.isoformat()] for service, (stage, since) in remembered.since.items()},
    }


def _parse(found: dict[str, Any]) -> Remembered:
    return Remembered(
        {str(container): _time(began) for container, began in found["ready"].items()},
        {str(service): (Stage(stage), _time(since)) for service, (stage, since) in found["since"].items()},
    )


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
