"""Backups of a stack folder: what they hold, and what a restore would do. The words between window and files. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Protocol, TypeAlias

from harmony_desktop.control.config_files import Affected
from harmony_desktop.control.repairs import Undone
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError


class Part(enum.StrEnum):
    """What a backup can hold, each as a whole."""

    CONFIGURATION = "configuration"
    """Compose files, variables, what each service reads, keys: always in it."""
    CHARACTERS = "characters"
    VOICES = "voices"
    PROMPTS = "prompts"
    ADAPTERS = "loras"
    DATA = "data"
    """Whatever else the services keep in the folder."""
    MODELS = "models"
    """Can be fetched again, and takes gigabytes."""


#: What is proposed: small, and of the user's own making.
USUAL = frozenset({Part.CONFIGURATION, Part.CHARACTERS, Part.VOICES, Part.PROMPTS})


class Step(enum.StrEnum):
    """What is being done with bytes."""

    LOOKING = "looking"
    SAVING = "saving"
    CHECKING = "checking"
    COMPARING = "comparing"
    WRITING = "writing"


#: Hears which step it is, how many bytes of it are done, and of how many (0: nobody knows).
Progress: TypeAlias = Callable[[Step, int, int], None]


def silent(_step: Step, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something of the folder that is not in a backup.

    Attributes:
        path: What, relative to the folder.
        reason: Why.
        advice: What helps, or "".
        part: The part that it belongs to.
        grave: Whether the backup is incomplete without it.
    """

    path: str
    reason: str
    advice: str = ""
    part: Part = Part.CONFIGURATION
    grave: bool = True


@dataclass(frozen=True, slots=True)
class PartSize:
    """How much a part holds.

    Attributes:
        part: The part.
        files: How many files.
        size: How many bytes.
    """

    part: Part
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to be saved of a folder.

    Attributes:
        folder: The folder.
        parts: Every part that has something, in their order.
        missing: What cannot be in a backup, of all parts.
        elsewhere: What the services keep outside of the folder, in words.
        secrets: Whether tokens, keys or passwords are among it.
    """

    folder: Path
    parts: tuple[PartSize, ...] = ()
    missing: tuple[Missing, ...] = ()
    elsewhere: tuple[str, ...] = ()
    secrets: bool = True

    def missing_of(self, parts: frozenset[Part]) -> tuple[Missing, ...]:
        """Return what a backup of these parts would lack, and would be incomplete without."""
        return tuple(each for each in self.missing if each.grave and each.part in parts)

    def size_of(self, parts: frozenset[Part]) -> int:
        """Return the bytes of these parts."""
        return sum(each.size for each in self.parts if each.part in parts)


@dataclass(frozen=True, slots=True)
class SavedBackup:
    """A backup that was written, read back and found whole.

    Attributes:
        file: Where.
        size: Its bytes.
        files: How many files it holds.
        parts: Which parts.
        missing: What is not in it, and why.
        emptied: Files whose secrets were left out.
    """

    file: Path
    size: int
    files: int
    parts: frozenset[Part]
    missing: tuple[Missing, ...] = ()
    emptied: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all of its parts are in it."""
        return not any(each.grave for each in self.missing)


class IncompleteError(HarmonyError):
    """A backup would lack something, and nobody has said that it may.

    Attributes:
        missing: What.
    """

    def __init__(self, title: str, *, cause: str, advice: str, missing: tuple[Missing, ...]) -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.missing = missing


class NewerBackupError(HarmonyError):
    """A later version of the panel has made it."""


class Change(enum.StrEnum):
    """What a restore means for one file."""

    NEW = "new"
    SAME = "same"
    DIFFERS = "differs"
    ONLY_HERE = "only here"
    """It is not in the backup, and stays as it is."""
    BLOCKED = "blocked"
    """It cannot be written where it belongs, and is left out."""


#: The changes that a restore makes.
MADE = frozenset({Change.NEW, Change.DIFFERS})


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a backup, or of the folder.

    Attributes:
        path: Where, relative to the folder, with forward slashes.
        part: The part that it belongs to.
        change: What a restore means for it.
        size: Its bytes in the backup.
        here: Its bytes in the folder.
        reason: Why it cannot be written, or "".
        mark: Tells whether the folder's file is still the one that was compared.
    """

    path: str
    part: Part
    change: Change
    size: int = 0
    here: int = 0
    reason: str = ""
    mark: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a restore would do. The backup was read to its end, and found whole.

    Attributes:
        file: The backup.
        folder: Where to.
        made: When the backup was made, as ISO 8601.
        version: The version of the panel that made it.
        origin: The folder that it was made of.
        parts: The parts that it holds.
        items: Its files, and those of its parts that are only in the folder.
        missing: What is not in it.
        emptied: Files whose secrets were left out.
        notes: What else there is to know, in words.
        fresh: Whether the folder is new or empty: the set-up fills in what the backup lacks.
        mark: Tells whether the backup is still the one that was read.
    """

    file: Path
    folder: Path
    made: str = ""
    version: str = ""
    origin: str = ""
    parts: frozenset[Part] = frozenset()
    items: tuple[Item, ...] = ()
    missing: tuple[Missing, ...] = ()
    emptied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fresh: bool = False
    mark: tuple[int, int] = (0, 0)

    @property
    def changes(self) -> tuple[Item, ...]:
        """What would be written."""
        return tuple(item for item in self.items if item.change in MADE)

    def count(self, change: Change) -> int:
        """Return how many files there are of a kind."""
        return sum(1 for item in self.items if item.change is change)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        folder: Where.
        written: Files that were written.
        kept: The folder that keeps what was there before; None where nothing was replaced.
        notes: What there is to know, in words.
        affected: The services that it is about.
        remembered: Whether the folder has become the panel's stack folder.
        journal: The folder beside the files that holds what taking it back needs.
    """

    folder: Path
    written: tuple[str, ...] = ()
    kept: Path | None = None
    notes: tuple[str, ...] = ()
    affected: Affected = field(default_factory=Affected)
    remembered: bool = False
    journal: Path | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A restore that was ended half-way.

    Attributes:
        file: The backup that it was of.
        folder: Where to.
        done: Files that have been written.
        total: Files that were to be written.
    """

    file: Path
    folder: Path
    done: int
    total: int


class BackupKeeper(Protocol):
    """Makes backups and restores them. Calls read and write files, and run in a thread."""

    def survey(self, folder: Path, stop: Stop) -> Survey:
        """Return what there is to be saved. Raises HarmonyError, StoppedError."""
        ...

    def save(
        self,
        folder: Path,
        file: Path,
        parts: frozenset[Part],
        *,
        secrets: bool = True,
        incomplete: bool = False,
        replace: bool = False,
        progress: Progress = silent,
        stop: Stop | None = None,
    ) -> SavedBackup:
        """Write a backup, read it back, and give it its name only then.

        Args:
            folder: The stack folder.
            file: Where to.
            parts: What; the configuration is always in it.
            secrets: Whether tokens, keys and passwords are in it.
            incomplete: Go on without what cannot be read.
            replace: Replace a file that is there.
            progress: Hears how far it is.
            stop: Ends it; nothing is left then.

        Raises:
            IncompleteError: Something cannot be read, and ``incomplete`` is not set.
            HarmonyError: It could not be written, or what was read back is not what was written.
            StoppedError: Somebody has ended it.
        """
        ...

    def preview(
        self, file: Path, folder: Path, progress: Progress = silent, stop: Stop | None = None
    ) -> RestorePreview:
        """Read a backup to its end and compare it with a folder; nothing is written.

        Raises:
            NewerBackupError: A later version of the panel has made it.
            HarmonyError: It is no backup, is damaged, or asks for what no backup of ours would.
            StoppedError: Somebody has ended it.
        """
        ...

    def difference(self, preview: RestorePreview, path: str) -> str:
        """Return what would change within a text, as a unified diff; "" for what is no text. Raises HarmonyError."""
        ...

    def restore(
        self,
        preview: RestorePreview,
        chosen: frozenset[str],
        progress: Progress = silent,
        stop: Stop | None = None,
    ) -> Restored:
        """Write the chosen files, each as a whole; what was there before is kept beside.

        Args:
            preview: What was shown.
            chosen: Paths of what shall be written; others stay as they are.
            progress: Hears how far it is.
            stop: Ends it between two files; it can be finished or taken back then.

        Raises:
            HarmonyError: Something could not be written, or has changed since the preview.
            StoppedError: Somebody has ended it.
        """
        ...

    def interrupted(self, folder: Path) -> Interrupted | None:
        """Return the restore that was ended half-way, or None. Never raises."""
        ...

    def can_undo(self, folder: Path) -> bool:
        """Return whether there is a restore to take back. Never raises."""
        ...

    def undo(self, folder: Path) -> Undone:
        """Take back the last restore, as far as everything is as it left it. Raises HarmonyError."""
        ...
