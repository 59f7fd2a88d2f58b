"""The file in which a stack's ready images are remembered. A damaged file counts as none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from harmony_desktop.control.releases import Inquiry, Release, Releases, ReleaseSet
from harmony_desktop.setup.by_project import entry, place, write_entry
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

FILE = "releases.json"


class ReleaseFile:
    """Keeps releases beside the stack; implements ``control.releases.ReleaseMemory``."""

    def load(self, project: Project) -> Releases:
        """Return what is remembered of a project; never raises."""
        found = entry(place(project, FILE), project)
        try:
            return _parse(found) if found is not None else Releases()
        except (KeyError, TypeError, ValueError, AttributeError):
            return Releases()

    def save(self, project: Project, releases: Releases) -> None:
        """Remember. Raises HarmonyError."""
        file = place(project, FILE)
        try:
            write_entry(file, project, _render(releases))
        except OSError as error:
            raise HarmonyError(
                "The images in use could not be remembered",
                cause=f"{error.filename or file}: {error.strerror or error}",
                advice="Make room or ask for access to this file; without it there is no way back.",
            ) from error


def _render(releases: Releases) -> dict[str, Any]:
    return {
        "ready": [{service: asdict(release) for service, release in images.items()} for images in releases.ready],
        "held": dict(releases.held),
        "asked_at": releases.inquiry.asked_at,
        "registry": dict(releases.inquiry.digests),
    }


def _parse(found: Mapping[str, Any]) -> Releases:
    return Releases(
        ready=tuple(_parse_set(item) for item in found["ready"]),
        held=_texts(found["held"]),
        inquiry=Inquiry(float(found["asked_at"]), _texts(found["registry"])),
    )


def _parse_set(images: Mapping[str, Any]) -> ReleaseSet:
    return {
        str(service): Release(
            str(item["reference"]), str(item["image"]), str(item["digest"]), str(item["created"]), int(item["size"])
        )
        for service, item in images.items()
    }


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()}
