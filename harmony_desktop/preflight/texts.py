"""The small text files of a stack, read once: compose files, env files, and what services get mounted."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from harmony_desktop.plan.sources import binds
from harmony_desktop.records import dataclass
from harmony_desktop.stack import source
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.port_origins import env_file_of
from harmony_desktop.stack.project import Project

#: Bytes; a file that is larger is nobody's settings.
_LARGEST = 1_000_000
_ENDINGS = {".json": "json", ".yml": "yaml", ".yaml": "yaml"}
_TEXTS = frozenset({".txt", ".env", ".cfg", ".conf", ".ini", ".toml", *_ENDINGS})
#: What is looked at in a folder whose compose files cannot be loaded.
_USUAL = (".env", "*/.env", "*.yml", "*.yaml", "*/*.json", "*/*.yml", "*/*.yaml", "*/*.txt")


class Kind(enum.StrEnum):
    """What a file is to the stack."""

    COMPOSE = "compose"
    ENV = "env"
    """Variables of the compose files."""
    SERVICE_ENV = "service env"
    """Variables of a service alone."""
    JSON = "json"
    YAML = "yaml"
    FLAGS = "flags"
    """Flags that Text Generation starts with (CMD_FLAGS.txt)."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TextFile:
    """One file.

    Attributes:
        path: Where it is.
        content: What it holds.
        kind: What it is.
        services: The services that get it.
    """

    path: Path
    content: bytes
    kind: Kind
    services: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its text; what is no UTF-8 is replaced."""
        return self.content.decode("utf-8-sig", "replace")


def collect(project: Project | None, folder: Path) -> tuple[TextFile, ...]:
    """Read the files of a project, or, without one, those that usually stand in a stack folder."""
    found: dict[Path, tuple[Kind, list[str]]] = {}
    pairs = _of_project(project) if project is not None else _usual(folder)
    for path, kind, service in pairs:
        services = found.setdefault(path, (kind, []))[1]
        if service and service not in services:
            services.append(service)
    read = ((path, kind, services, _read(path)) for path, (kind, services) in found.items())
    return tuple(TextFile(path, text, kind, tuple(names)) for path, kind, names, text in read if text is not None)


def _of_project(project: Project) -> Iterator[tuple[Path, Kind, str]]:
    for file in dict.fromkeys((*project.files, *project.sources)):
        yield file, Kind.COMPOSE, ""
    yield env_file_of(project), Kind.ENV, ""
    for file in dict.fromkeys((*project.files, *project.sources)):
        yield from _env_files(file)
    for service, mount in binds(project):
        target = PurePosixPath(mount.target)
        if target.suffix.lower() in _TEXTS:
            yield Path(mount.source), _kind(target.name), service.name


def _usual(folder: Path) -> Iterator[tuple[Path, Kind, str]]:
    for path in sorted(itertools.chain.from_iterable(folder.glob(pattern) for pattern in _USUAL)):
        if path.name == ".env":
            yield path, Kind.ENV if path.parent == folder else Kind.SERVICE_ENV, ""
        else:
            yield path, Kind.COMPOSE if path.parent == folder else _kind(path.name), ""


def _kind(name: str) -> Kind:
    if name == "CMD_FLAGS.txt":
        return Kind.FLAGS
    ending = PurePosixPath(name).suffix.lower()
    if name.endswith(".env"):
        return Kind.SERVICE_ENV
    return Kind(_ENDINGS.get(ending, "other"))


def _env_files(file: Path) -> Iterator[tuple[Path, Kind, str]]:
    """Yield the env files that services of one compose file name; those whose names hold variables are left out."""
    try:
        documents = source.read(file).documents()
    except ComposeError:
        return
    value: Any = documents[0].value if documents else None
    services = value.get("services") if isinstance(value, dict) else None
    for name, service in (services or {}).items() if isinstance(services, dict) else ():
        named = service.get("env_file") if isinstance(service, dict) else None
        for item in named if isinstance(named, list) else [named]:
            path = item.get("path") if isinstance(item, dict) else item
            if isinstance(path, str) and "$" not in path:
                yield Path(file.parent, path), Kind.SERVICE_ENV, str(name)


def _read(path: Path) -> bytes | None:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return path.read_bytes()
    except OSError:
        return None  # stack.file-mounts tells of files that cannot be looked at
