"""Newer versions of the stack's files that lie beside those that the user edited: what there is to know of them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from harmony_desktop.control.config_files import Affected, OpenFile
from harmony_desktop.records import dataclass


@dataclass(frozen=True, slots=True)
class NewerFile:
    """A file with a newer version beside it.

    Attributes:
        path: The user's file.
        name: Its path from the stack folder, with forward slashes.
        conflicts: How many changes have to be chosen; None where it is no text that can be merged.
        changes: How many changes there are in all, the user's own among them.
        has_base: Whether what both come from is known.
    """

    path: Path
    name: str
    conflicts: int | None = None
    changes: int = 0
    has_base: bool = False


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What an update of this program brought to a stack folder, by name.

    Attributes:
        updated: Shipped files that nobody had edited: they are what ships now.
        created: Files and folders that are new.
        retired: Files that ship no longer; they stay.
    """

    updated: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.updated or self.created or self.retired)


@dataclass(frozen=True, slots=True)
class UpgradeLook:
    """How the files of a stack folder are with regard to what ships.

    Attributes:
        files: Those with a newer version beside them.
        undoable: Names of those whose last merge can be taken back.
        newer: What to say where a later release of this program prepared the folder; "" otherwise.
    """

    files: tuple[NewerFile, ...] = ()
    undoable: tuple[str, ...] = ()
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Versions:
    """The three versions of a file that are merged.

    Attributes:
        opened: The user's file.
        base: What both come from; None where it is not known.
        new: What ships now, with what the set-up has filled in.
    """

    opened: OpenFile
    base: str | None
    new: str


class UpgradeKeeper(Protocol):
    """Finds newer versions, and makes one file of two. The calls run in a thread."""

    def refresh(self, folder: Path) -> Refreshed:
        """Bring what nobody edited up to date after an update of this program. Raises HarmonyError."""
        ...

    def look(self, folder: Path) -> UpgradeLook:
        """Return which files have newer versions. Raises HarmonyError."""
        ...

    def open(self, folder: Path, name: str) -> Versions:
        """Return the versions of a file. Raises HarmonyError."""
        ...

    def finish(self, folder: Path, versions: Versions, text: str) -> Affected:
        """Write what came of a merge, with a backup beside; return whom it is about. Raises HarmonyError."""
        ...

    def take_new(self, folder: Path, name: str) -> Affected:
        """Let the newer version take the place of the user's file, with a backup beside. Raises HarmonyError."""
        ...

    def keep_mine(self, folder: Path, name: str) -> None:
        """Let the user's file be; nothing is offered until what ships changes again. Raises HarmonyError."""
        ...

    def undo(self, folder: Path, name: str) -> Affected:
        """Take back the last merge of a file, as long as it is as the merge left it. Raises HarmonyError."""
        ...
