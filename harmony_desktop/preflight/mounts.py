"""Bind mounts of a project, sorted into files and folders by what the container expects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from harmony_desktop.preflight.world import CannotTellError
from harmony_desktop.stack.project import Mount, MountType, Project, Service

#: Endings that folders do not have. A file that a service mounts under another name is not judged.
_FILE_ENDINGS = frozenset(
    {
        *(".cfg", ".cnf", ".conf", ".crt", ".csv", ".db", ".env", ".html", ".ini", ".json", ".key", ".log", ".md"),
        *(".pem", ".properties", ".py", ".sh", ".sock", ".sql", ".toml", ".txt", ".xml", ".yaml", ".yml"),
    }
)


def binds(project: Project) -> Iterator[tuple[Service, Mount]]:
    """Yield each bind mount with its service."""
    for service in project.services.values():
        for mount in service.mounts:
            if mount.type is MountType.BIND and mount.source:
                yield service, mount


def wants_file(mount: Mount) -> bool:
    """Return whether the container expects a file there, by the name that it has inside."""
    target = PurePosixPath(mount.target)
    return target.suffix.lower() in _FILE_ENDINGS or target.name == ".env"


def look_at(path: Path) -> os.stat_result | None:
    """Return what is at a path, or None where nothing is. Raises CannotTellError where this user may not look."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise CannotTellError(f"You may not look at {path}.") from None
