"""The file in which a stack's ready images are remembered. A damaged file counts as none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.releases import Inquiry, Release, Releases, ReleaseSet
from harmony_desktop.setup.places import state_folder
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

FILE = "releases.json"
_FORMAT = 1


class ReleaseFile:
    """Keeps releases beside the stack; implements ``control.releases.ReleaseMemory``.

    Several projects may stand in one file: a folder can be started under several names.
    """

    def load(self, project: Project) -> Releases:
        """Return what is remembered of a project; never raises."""
        entry = _read(_file(project)).get(project.name)
        try:
            return _parse(entry) if isinstance(entry, dict) else Releases()
        except (KeyError, TypeError, ValueError, AttributeError):
            return Releases()

    def save(self, project: Project, releases: Releases) -> None:
        """Remember. Raises HarmonyError."""
        file = _file(project)
        try:
            projects = {**_read(file), project.name: _render(releases)}
            file.parent.mkdir(parents=True, exist_ok=True)
            content = json.dumps({"format": _FORMAT, "projects": projects}, indent=2)
            write_atomic(file, content.encode() + b"\n")
        except OSError as error:
            raise HarmonyError(
                "The images in use could not be remembered",
                cause=f"{error.filename or file}: {error.strerror or error}",
                advice="Make room or ask for access to this file; without it there is no way back.",
            ) from error


def _file(project: Project) -> Path:
    return state_folder(project.working_dir) / FILE


def _read(file: Path) -> dict[str, Any]:
    """Return the projects in the file; none where it is missing, damaged or of a later format."""
    try:
        content = json.loads(file.read_bytes())
        projects = content["projects"] if content["format"] == _FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return projects if isinstance(projects, dict) else {}


def _render(releases: Releases) -> dict[str, Any]:
    return {
        "ready": [{service: asdict(release) for service, release in entry.items()} for entry in releases.ready],
        "held": dict(releases.held),
        "asked_at": releases.inquiry.asked_at,
        "registry": dict(releases.inquiry.digests),
    }


def _parse(entry: Mapping[str, Any]) -> Releases:
    return Releases(
        ready=tuple(_parse_set(item) for item in entry["ready"]),
        held=_texts(entry["held"]),
        inquiry=Inquiry(float(entry["asked_at"]), _texts(entry["registry"])),
    )


def _parse_set(entry: Mapping[str, Any]) -> ReleaseSet:
    return {
        str(service): Release(
            str(item["reference"]), str(item["image"]), str(item["digest"]), str(item["created"]), int(item["size"])
        )
        for service, item in entry.items()
    }


def _texts(entry: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in entry.items()}
