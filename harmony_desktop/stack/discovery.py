"""Which files, which environment, which name and profiles: in the official order of precedence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from harmony_desktop.records import dataclass
from harmony_desktop.stack import dotenv
from harmony_desktop.stack.errors import ComposeError, NoComposeFileError
from harmony_desktop.stack.interpolate import lookup_in
from harmony_desktop.stack.paths import exists, is_file

FILE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
_FILE, _SEPARATOR = "COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR"
_NAME, _PROFILES = "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"
_ENV_FILES, _NO_ENV_FILE = "COMPOSE_ENV_FILES", "COMPOSE_DISABLE_ENV_FILE"
_TRUE = ("1", "t", "true")


@dataclass(frozen=True, slots=True)
class Found:
    """What a project is made of.

    Attributes:
        files: The compose files, absolute.
        working_dir: The folder that relative paths count from.
        environment: The variables, those of the process first, then those of the env files.
        env_files: The env files that were asked for.
        name: The project's name, if it is said outside the compose files, else "".
        profiles: The active profiles.
        notes: What is worth a word.
    """

    files: tuple[Path, ...]
    working_dir: Path
    environment: Mapping[str, str]
    env_files: tuple[Path, ...]
    name: str
    profiles: tuple[str, ...]
    notes: tuple[str, ...] = ()


def discover(
    *,
    files: Sequence[Path | str],
    project_directory: Path | None,
    project_name: str | None,
    env_files: Sequence[Path],
    profiles: Sequence[str],
    environ: Mapping[str, str],
    cwd: Path,
) -> Found:
    """Find a project; the arguments are those of ``load_project``.

    Raises:
        NoComposeFileError: There is no compose file.
        ComposeError: A file that was asked for is missing, or the name is not valid.
    """
    notes: list[str] = []
    # Set by shells, but neither on Windows nor by a desktop that starts a program.
    environ = {"PWD": str(cwd), **environ}
    given_env = _given_env_files(env_files, environ, cwd)
    folder = _absolute(project_directory, cwd) if project_directory else None
    paths = tuple(_absolute(file, cwd) for file in files)
    base = folder or (paths[0].parent if paths else cwd)
    environment = dotenv.merged(environ, _env_file_variables(given_env, base, environ))
    if not paths:
        paths = _from_environment(environment, cwd, base)
    if not paths:
        paths = _by_default_names(base, notes)
    for path in paths:
        _must_exist(path)
    working_dir = folder or paths[0].parent
    # A second folder may come into play: that of the compose file, with an .env of its own.
    environment = dotenv.merged(environment, _env_file_variables(given_env, working_dir, environment))
    if not profiles:
        profiles = [name.strip() for name in environment.get(_PROFILES, "").split(",")]
    return Found(
        files=paths,
        working_dir=working_dir,
        environment=environment,
        env_files=given_env,
        name=_checked(project_name or environment.get(_NAME, "")),
        profiles=tuple(profile for profile in profiles if profile),
        notes=tuple(notes),
    )


def normal_name(text: str) -> str:
    """A folder's name, or the name in a compose file, as a project's name."""
    return "".join(re.findall(r"[a-z0-9_-]", text.lower())).lstrip("_-")


def _checked(name: str) -> str:
    if name != normal_name(name):
        raise ComposeError(
            f"{name!r} cannot be a project's name",
            cause="A project's name has lower-case letters, digits, dashes and underscores, and begins with a letter "
            "or a digit.",
            advice="Choose another name.",
        )
    return name


def _absolute(path: Path | str, base: Path) -> Path:
    return Path(os.path.normpath(base / path))


def _must_exist(path: Path) -> None:
    if not exists(path):
        raise ComposeError(
            f"The compose file {path} is not there", advice="Check the path given by -f or by COMPOSE_FILE."
        )


def _given_env_files(env_files: Sequence[Path], environ: Mapping[str, str], cwd: Path) -> tuple[Path, ...]:
    named = list(env_files) or [Path(name) for name in environ.get(_ENV_FILES, "").split(",") if name]
    return tuple(_absolute(file, cwd) for file in named)


def _env_file_variables(given: Sequence[Path], folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    files = list(given)
    if not files and environment.get(_NO_ENV_FILE, "").lower() not in _TRUE:
        files = [default] if is_file(default := folder / ".env") else []
    variables: dict[str, str] = {}
    for file in files:
        if not is_file(file):
            what = "is a folder" if file.is_dir() else "is not there"
            raise ComposeError(f"The env file {file} {what}", advice="Check the path given by --env-file.")
        variables |= dotenv.read(file, lookup_in(environment, variables))
    return variables


def _from_environment(environment: Mapping[str, str], cwd: Path, base: Path) -> tuple[Path, ...]:
    value = environment.get(_FILE)
    if value is None:
        return ()
    separator = environment.get(_SEPARATOR) or os.pathsep
    paths = (_absolute(name, cwd) for name in value.split(separator))
    # Officially the working directory alone counts; a folder's own .env means the folder's files all the same.
    names = value.split(separator)
    return tuple(path if exists(path) else _absolute(name, base) for path, name in zip(paths, names, strict=True))


def _by_default_names(folder: Path, notes: list[str]) -> tuple[Path, ...]:
    """The compose file of the folder or the nearest one above that has any, and its override file."""
    for place in (folder, *folder.parents):
        found = [path for name in FILE_NAMES if exists(path := place / name)]
        if found:
            overrides = [path for name in OVERRIDE_NAMES if exists(path := place / name)]
            for several in (found, overrides):
                if len(several) > 1:
                    notes += [f"There are several compose files in {place}; {several[0].name} is used."]
            return tuple(found[:1] + overrides[:1])
    raise NoComposeFileError(
        f"There is no compose file in {folder} or the folders above it",
        cause=f"Looked for: {', '.join(FILE_NAMES)}.",
        advice="Go to the folder of the stack, or name the file with -f.",
    )
