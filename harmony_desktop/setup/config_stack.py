"""A stack as its files would make it: texts that are not saved yet count in the place of what the disk has."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from harmony_desktop.control.config_files import Drafts, Syntax
from harmony_desktop.setup import composefile
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.folder import known
from harmony_desktop.setup.layout import COMPOSE_FILES, ENV_FILE
from harmony_desktop.setup.linter import from_disk, mounted_files
from harmony_desktop.setup.linter_flags import FLAGS
from harmony_desktop.stack import source
from harmony_desktop.stack.errors import ComposeError, Location
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project

_YAML = frozenset({".yml", ".yaml"})
_TEXTS = frozenset({".txt", ".conf", ".cfg", ".ini", ".toml", ".properties"})


def syntax_of(path: Path) -> Syntax | None:
    """Return how a file is written, by its name; None for what is no configuration."""
    name = path.name
    if name == ENV_FILE or name.startswith(f"{ENV_FILE}.") or path.suffix == ENV_FILE:
        return Syntax.DOTENV
    if name == FLAGS:
        return Syntax.FLAGS
    if path.suffix == ".json":
        return Syntax.JSON
    if path.suffix in _YAML:
        return Syntax.YAML
    return Syntax.TEXT if path.suffix in _TEXTS else None


class StackFiles:
    """The compose files of a folder, and what they name.

    Args:
        folder: The stack's folder.
        environ: The environment of this program.
        drafts: Texts that are not saved yet.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], drafts: Drafts) -> None:
        self.folder = folder
        self.drafts = drafts
        # A COMPOSE_FILE of the process is about the files of its working directory, not about this folder.
        self._environ = {name: value for name, value in environ.items() if name != composefile.VARIABLE}
        self.project: Project | None = None
        self.error: ComposeError | None = None
        try:
            self.project = self.load()
        except ComposeError as error:
            self.error = error

    def load(self, *files: Path) -> Project:
        """Return the project of some compose files, or of those that the folder means. Raises ComposeError."""
        overlay = {path: text.encode() for path, text in self.drafts.items()}
        env = self.folder / ENV_FILE
        if env not in overlay:
            return self._load(files, overlay)
        with tempfile.TemporaryDirectory(prefix="harmony-") as place:
            stand_in = Path(place) / ENV_FILE
            stand_in.touch(0o600)
            stand_in.write_bytes(overlay[env])
            try:
                return self._load(files, overlay, stand_in)
            except ComposeError as error:
                if error.location is not None and Path(error.location.file) == stand_in:
                    error.location = Location(str(env), error.location.line, error.location.column)
                raise

    def _load(self, files: tuple[Path, ...], overlay: Mapping[Path, bytes], *env_files: Path) -> Project:
        project = load_project(
            files=files,
            project_directory=self.folder,
            env_files=env_files,
            environ=self._environ,
            cwd=self.folder,
            overlay=overlay,
        )
        return known(project)

    def text(self, path: Path) -> str | None:
        """Return what a file holds, or shall hold; None where it cannot be read."""
        return self.drafts[path] if path in self.drafts else from_disk(path)

    @property
    def known(self) -> Project | None:
        """The project, or the one that is saved while the drafts make none."""
        return self.project or self._saved

    @cached_property
    def _saved(self) -> Project | None:
        return StackFiles(self.folder, self._environ, {}).project if self.drafts else self.project

    def compose_files(self) -> tuple[Path, ...]:
        """Return the compose files: those of the project, and those of the other hardware choice."""
        project = self.known
        found = list(project.sources or project.files) if project is not None else []
        if project is None:
            env = EnvFile((self.text(self.folder / ENV_FILE) or "").encode())
            found = [self.folder / name for name in composefile.named(env, self.folder)]
        others = [self.folder / name for name in COMPOSE_FILES.values()]
        return tuple(dict.fromkeys(path for path in (*found, *others) if path.is_file()))

    def mounted(self) -> Iterator[tuple[str, Path]]:
        """Yield title of the service and path of each configuration file that is mounted."""
        if self.known is not None:
            for service, path in mounted_files(self.known):
                if syntax_of(path) is not None:
                    yield service.title, path

    def env_files(self) -> Iterator[tuple[str, Path]]:
        """Yield title of the service and path of each file of variables that the compose files name."""
        for name, entry in self.raw_services():
            given = entry.get("env_file")
            for item in given if isinstance(given, list) else [given]:
                path = item.get("path") if isinstance(item, dict) else item
                if isinstance(path, str) and path and "$" not in path:
                    yield self.title(name), Path(self.folder / path).resolve()

    def raw_services(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield name and content of each service as the files have it, before variables and merging."""
        for path in self.compose_files():
            try:
                text = self.text(path)
                documents = source.Source(path, (text or "").encode()).documents()
            except ComposeError:
                continue
            for document in documents:
                services = document.value.get("services") if isinstance(document.value, dict) else None
                for name, service in (services if isinstance(services, dict) else {}).items():
                    if isinstance(service, dict):
                        yield name, service

    def published_on_disk(self) -> frozenset[int]:
        """Return the ports of this computer that the stack has by what is saved."""
        services = self._saved.services.values() if self._saved is not None else ()
        return frozenset(port.published for service in services for port in service.ports if port.published)

    def title(self, name: str) -> str:
        """Return a service's name for people."""
        service = self.known.services.get(name) if self.known is not None else None
        return service.title if service is not None else name
