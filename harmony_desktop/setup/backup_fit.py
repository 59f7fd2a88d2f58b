"""Fits what comes out of a backup to the folder that it goes to: paths of another place, secrets that were left out."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from harmony_desktop.control.backups import Part
from harmony_desktop.control.config_files import LARGEST, Syntax
from harmony_desktop.records import dataclass
from harmony_desktop.setup import composefile
from harmony_desktop.setup.backup_format import BackupList, FileEntry, plain
from harmony_desktop.setup.backup_secrets import filled
from harmony_desktop.setup.config_stack import syntax_of
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.stack.words import say

_ASSIGNED = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=", re.MULTILINE | re.ASCII)
_OWN_SEPARATOR = "COMPOSE_PATH_SEPARATOR"


@dataclass(frozen=True, slots=True)
class Fitting:
    """From the folder that a backup was made of to the one that it is restored to.

    Attributes:
        made: What the backup holds.
        folder: The folder that it goes to.
    """

    made: BackupList
    folder: Path

    def concerns(self, entry: FileEntry) -> bool:
        """Return whether a file may have to be changed: variables that hold paths, or have lost their values."""
        return entry.part is Part.CONFIGURATION and entry.size <= LARGEST and _is_dotenv(entry.path)

    def fitted(self, entry: FileEntry, content: bytes, here: bytes | None) -> bytes:
        """Return what a file shall hold.

        Args:
            entry: The file.
            content: What it holds in the backup.
            here: What it holds in the folder, None where it is not there.
        """
        if not self.concerns(entry):
            return content
        env = EnvFile(content)
        for name in dict.fromkeys(_ASSIGNED.findall(content.decode("utf-8", "surrogateescape"))):
            value = env.value(name)
            if not value:
                continue
            other = self._listed(env, value) if name == composefile.VARIABLE else self._moved(value)
            if other != value:
                env.set(name, other)
        fitted = bytes(env)
        return filled(fitted, self.made.emptied.get(entry.path, ()), here) if here is not None else fitted

    def notes(self, entry: FileEntry, content: bytes) -> Iterator[str]:
        """Yield what is left to the user: the old folder's name in files that are not changed."""
        origin = self.made.folder
        if not self._elsewhere or not origin or self.concerns(entry):
            return
        if origin.encode("utf-8", "surrogateescape") in content:
            yield say(
                "{path} names the folder that the backup was made of ({origin}). Look whether that is still right.",
                path=entry.path,
                origin=plain(origin),
            )

    def stack_entry(self, known: Mapping[str, Any], entry: FileEntry, fitted: bytes | None) -> dict[str, Any]:
        """Return what the set-up knows of a file, as it is after it was fitted (None: it was not)."""
        made = dict(known)
        if fitted is None:
            return made
        if known.get("written") == entry.sha256:
            made["written"] = hashlib.sha256(fitted).hexdigest()
        values = known.get("values")
        if isinstance(values, Mapping):
            env = EnvFile(fitted)
            made["values"] = {name: env.raw(name) or "" for name in values}
        return made

    @property
    def _elsewhere(self) -> bool:
        return self.made.folder != str(self.folder)

    def _moved(self, value: str) -> str:
        """Return a path below the old folder as one below the new folder; anything else as it is."""
        origin = self.made.folder
        if not origin or not self._elsewhere:
            return value
        kind = PureWindowsPath if self.made.separator == ";" else PurePosixPath
        try:
            rest = kind(value).relative_to(kind(origin))
        except ValueError:
            return value
        return str(self.folder.joinpath(*rest.parts)) if ".." not in rest.parts else value

    def _listed(self, env: EnvFile, value: str) -> str:
        """Return the list of compose files with what stands between paths on this system."""
        own = env.value(_OWN_SEPARATOR)
        theirs = own or self.made.separator or os.pathsep
        return (own or os.pathsep).join(self._moved(file) for file in value.split(theirs))


def _is_dotenv(path: str) -> bool:
    return syntax_of(Path(path.removesuffix(".new"))) is Syntax.DOTENV
