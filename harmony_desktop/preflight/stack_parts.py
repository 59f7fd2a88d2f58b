"""The stack's side of a report: the resolved project, and its files as they stand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harmony_desktop.preflight.part import MAX_BYTES, Kind, Member, NothingThereError, plain
from harmony_desktop.stack import source
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import MountType, Project

#: Configuration that services mount, by the ends of its names.
_CONFIGURATION = frozenset({".json", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".txt", ".env"})
_COMPOSE = ("compose*.y*ml", "docker-compose*.y*ml")
_MAX_FILES = 40


def resolved(project: Project) -> list[Member]:
    """Return the project as ``config`` shows it."""
    content = {
        "name": project.name,
        "working_dir": str(project.working_dir),
        "files": [str(file) for file in project.files],
        "env_files": [str(file) for file in project.env_files],
        "profiles": project.profiles,
        "disabled": project.disabled,
        "warnings": [str(notice) for notice in project.warnings],
        "config_hashes": {name: service.config_hash for name, service in project.services.items()},
        "resolved": plain(project.spec),
    }
    return [Member("project/resolved.json", content, title="the resolved project, as `config` shows it")]


def files(project: Project | None, folder: Path, named: Iterable[Path]) -> list[Member]:
    """Return the compose files, env files and mounted configuration as they stand.

    Args:
        project: The project, or None when it could not be loaded.
        folder: Where the stack is (or would be).
        named: Files that the caller names.

    Raises:
        NothingThereError: There is none.
    """
    found = [*dict.fromkeys(file for file in _paths(project, folder, named) if file.is_file())][:_MAX_FILES]
    if not found:
        raise NothingThereError(f"There are no files of a stack in {folder}.")
    members = []
    names: set[str] = set()
    for file in found:
        name = _member_name(file, folder)
        while name in names:
            name = name.replace("files/", "files/_", 1)
        names.add(name)
        try:
            with file.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            members.append(Member(f"{name}.missing.txt", f"{file}: {error.strerror}\n", Kind.LOG))
            continue
        text = data[:MAX_BYTES].decode("utf-8", "replace")
        more = f"\n[cut after {MAX_BYTES} bytes]\n" if len(data) > MAX_BYTES else ""
        members.append(Member(name, text + more, Kind.FILE, title=f"{file.name}, as it stands"))
    return members


def _paths(project: Project | None, folder: Path, named: Iterable[Path]) -> Iterator[Path]:
    yield from named
    base = folder
    if project is not None:
        base = project.working_dir
        yield from project.files
        yield from project.env_files
    yield base / ".env"
    if project is None and folder.is_dir():
        for pattern in _COMPOSE:
            yield from sorted(folder.glob(pattern))
        yield from (path for path in sorted(folder.glob("*.y*ml")) if path.is_file())
    waiting = [*(project.files if project else ()), *([] if project else sorted(folder.glob("*.y*ml")))]
    known: set[Path] = set()
    while waiting and len(known) < _MAX_FILES:
        file = waiting.pop(0)
        if file not in known:
            known.add(file)
            for path in _referred(file):
                yield path
                if path.suffix in {".yml", ".yaml"}:
                    waiting.append(path)
    if project is not None:
        for service in project.services.values():
            for mount in service.mounts:
                path = Path(mount.source)
                if mount.type is MountType.BIND and path.suffix in _CONFIGURATION and path.is_relative_to(base):
                    yield path


def _referred(file: Path) -> Iterator[Path]:
    """Yield what a compose file names: ``env_file``, ``extends``, ``include``; not what holds variables."""
    with contextlib.suppress(HarmonyError, OSError, ValueError):
        for document in source.read(file).documents():
            model = document.value if isinstance(document.value, dict) else {}
            services = model.get("services")
            named: list[Any] = [model.get("include")]
            for service in services.values() if isinstance(services, dict) else ():
                if isinstance(service, dict):
                    extends = service.get("extends")
                    named += [service.get("env_file"), extends.get("file") if isinstance(extends, dict) else None]
            yield from (file.parent / path for path in _texts(named) if "$" not in path)


def _texts(value: object) -> Iterator[str]:
    """Yield the paths in a value that may be a text, a list of them, or a mapping with ``path``."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(value.get("path"))


def _member_name(file: Path, folder: Path) -> str:
    try:
        inside = file.resolve().relative_to(folder.resolve()).as_posix()
    except (ValueError, OSError):
        inside = f"elsewhere/{file.name}"
    return f"files/{inside}"
