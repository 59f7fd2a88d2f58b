"""COMPOSE_FILE in a stack folder's .env: the list of compose files that makes the hardware choice."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.layout import COMPOSE_FILES, ENV_FILE
from harmony_desktop.stack.discovery import FILE_NAMES, OVERRIDE_NAMES

VARIABLE = "COMPOSE_FILE"
_SEPARATOR = "COMPOSE_PATH_SEPARATOR"


def file_of(hardware: str) -> str:
    """Return the compose file of a hardware choice. Raises ValueError for one that does not exist."""
    if hardware not in COMPOSE_FILES:
        msg = f"no such hardware choice: {hardware}"
        raise ValueError(msg)
    return COMPOSE_FILES[hardware]


def switch(env: EnvFile, hardware: str) -> str:
    """Return the value for COMPOSE_FILE: the file of the other choice is exchanged, further files stay."""
    separator = _separator(env)
    files = _files(env)
    places = [index for index, file in enumerate(files) if PurePath(file).name in COMPOSE_FILES.values()]
    wanted = file_of(hardware)
    if not places:
        return separator.join([wanted, *files])
    files[places[0]] = str(PurePath(files[places[0]]).with_name(wanted))
    return separator.join(file for index, file in enumerate(files) if index not in places[1:])


def hardware_of(root: Path) -> str:
    """Return the hardware that a stack folder's files mean: "cpu", "nvidia", or "" for files that are not ours."""
    files = _files(_read(root))
    names = {PurePath(file).name for file in files or [COMPOSE_FILES["cpu"]]}
    return next((hardware for hardware, file in COMPOSE_FILES.items() if file in names), "")


def files_for(root: Path, hardware: str) -> tuple[str, ...]:
    """Return the compose files of a stack folder as they would be with this hardware: absolute paths."""
    env = _read(root)
    return tuple(str(root / file) for file in switch(env, hardware).split(_separator(env)))


def named(env: EnvFile, root: Path) -> list[str]:
    """Return the compose files that a folder means, as they are named: those of its ``.env``, else the default ones."""
    return _files(env) or default_files(root)


def default_files(root: Path) -> list[str]:
    """Return the compose files that count in a folder where none is named."""
    found = [[name for name in names if (root / name).exists()][:1] for names in (FILE_NAMES, OVERRIDE_NAMES)]
    return [*found[0], *found[1]] if found[0] else []


def with_file(env: EnvFile, root: Path, file: str) -> str:
    """Return the value for COMPOSE_FILE with one more file, behind all others."""
    files = named(env, root)
    return _separator(env).join(files if file in map(_name, files) else [*files, file])


def without_file(env: EnvFile, root: Path, file: str) -> str:
    """Return the value for COMPOSE_FILE without a file; "" where it says no more than no value at all would."""
    files = [name for name in named(env, root) if _name(name) != file]
    return "" if files == default_files(root) else _separator(env).join(files)


def names_file(env: EnvFile, root: Path, file: str) -> bool:
    """Return whether a file is among those that a folder means."""
    return file in map(_name, named(env, root))


def _name(file: str) -> str:
    return str(PurePath(file))


def _read(root: Path) -> EnvFile:
    """Return the folder's ``.env``, an empty one where there is none or it cannot be read."""
    try:
        return EnvFile((root / ENV_FILE).read_bytes())
    except OSError:
        return EnvFile(b"")


def _files(env: EnvFile) -> list[str]:
    return [file for file in (env.value(VARIABLE) or "").split(_separator(env)) if file]


def _separator(env: EnvFile) -> str:
    return env.value(_SEPARATOR) or os.pathsep
