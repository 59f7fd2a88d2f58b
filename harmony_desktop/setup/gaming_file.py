"""The file in which is remembered what gaming mode has stopped and unloaded. A damaged file counts as none."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from harmony_desktop.setup.by_project import entry, place, remove_entry, write_entry
from harmony_desktop.stack.project import Project

if TYPE_CHECKING:
    from harmony_desktop.control.gaming import GamingRecord, Reading, Stopped

FILE = "gaming.json"


class GamingFile:
    """Keeps the record beside the stack; implements ``control.gaming.GamingMemory``."""

    def load(self, project: Project) -> GamingRecord | None:
        """Return what is remembered of a project; never raises."""
        found = entry(place(project, FILE), project)
        try:
            return _parse(found) if found is not None else None
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def save(self, project: Project, record: GamingRecord) -> None:
        """Remember. Raises OSError: nothing may be stopped that could not be brought back."""
        write_entry(place(project, FILE), project, asdict(record) | {"since": record.since.isoformat()})

    def forget(self, project: Project) -> None:
        """Forget. Raises OSError."""
        remove_entry(place(project, FILE), project)


def _parse(found: dict[str, Any]) -> GamingRecord:
    from harmony_desktop.control.gaming import GamingRecord, Unloaded  # noqa: PLC0415 - only while it is on

    since = datetime.fromisoformat(found["since"])
    if since.tzinfo is None:
        raise ValueError(found["since"])
    return GamingRecord(
        since=since,
        card=bool(found["card"]),
        whole=bool(found["whole"]),
        stopped=_containers(found["stopped"]),
        unloaded=tuple(
            Unloaded(
                str(each["service"]),
                int(each["number"]),
                str(each["model"]),
                {str(k): v for k, v in each["arguments"].items() if isinstance(v, str | int | float)},
                tuple(str(lora) for lora in each["loras"]),
            )
            for each in found["unloaded"]
        ),
        running=_containers(found["running"]),
        before=_reading(found["before"]),
        after=_reading(found["after"]),
    )


def _containers(found: list[dict[str, Any]]) -> tuple[Stopped, ...]:
    from harmony_desktop.control.gaming import Stopped  # noqa: PLC0415 - only while it is on

    return tuple(Stopped(str(each["service"]), int(each["number"]), str(each["container"])) for each in found)


def _reading(found: dict[str, Any] | None) -> Reading | None:
    from harmony_desktop.control.gaming import CardUse, Reading  # noqa: PLC0415 - only while it is on

    if found is None:
        return None
    cards = tuple(CardUse(str(card["uuid"]), str(card["name"]), int(card["used"])) for card in found["cards"])
    return Reading(cards, int(found["memory"]), float(found["booted"]))
