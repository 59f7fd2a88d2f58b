"""Whom changed files are about: services that have to be made anew, and those that read a file when they start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from harmony_desktop.control.config_files import Affected
from harmony_desktop.stack.project import Project


def affected(before: Project | None, after: Project | None, paths: Iterable[Path]) -> Affected:
    """Return the services that a change of files is about.

    Args:
        before: The stack as it was; None where its files could not be read.
        after: The stack as it is.
        paths: The files.
    """
    if after is None:
        return Affected()
    anew = [
        name
        for name, service in after.services.items()
        if before is not None and name in before.services and before.services[name].config_hash != service.config_hash
    ]
    targets = [path.resolve() for path in paths]
    restarted = [
        name for name in after.services if name not in anew and any(_reads(after, name, target) for target in targets)
    ]
    return Affected(tuple(anew), tuple(restarted))


def is_mounted(project: Project | None, path: Path) -> bool:
    """Return whether a service mounts a file, or a folder that it lies in."""
    return project is not None and any(_reads(project, name, path.resolve()) for name in project.services)


def _reads(project: Project, service: str, target: Path) -> bool:
    # A file of the same name within a mounted folder is read as well.
    return any(target.is_relative_to(place) for place in _sources(project, service))


def _sources(project: Project, service: str) -> Iterator[Path]:
    for mount in project.services[service].mounts:
        if mount.source and Path(mount.source).is_absolute():
            yield Path(mount.source).resolve()
