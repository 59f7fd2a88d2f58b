"""Bind mounts of a project, and which of them must be files. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

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
