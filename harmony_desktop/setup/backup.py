"""Makes backups of stack folders, and restores them. Implements ``control.backups.BackupKeeper``."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from harmony_desktop.control.backups import (
    Change,
    IncompleteError,
    Interrupted,
    Part,
    PartSize,
    Progress,
    Restored,
    RestorePreview,
    SavedBackup,
    Step,
    Survey,
    silent,
)
from harmony_desktop.control.config_files import LARGEST, Affected
from harmony_desktop.control.repairs import Undone
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.setup import composefile
from harmony_desktop.setup.adoption import Quickstart
from harmony_desktop.setup.affected import affected
from harmony_desktop.setup.backup_contents import Contents, find_contents
from harmony_desktop.setup.backup_journal import Journal, found_in, interrupted, latest, undo
from harmony_desktop.setup.backup_names import KEPT
from harmony_desktop.setup.backup_preview import Comparing, difference
from harmony_desktop.setup.backup_read import Archive
from harmony_desktop.setup.backup_restore import Restoring, open_to_services
from harmony_desktop.setup.backup_secrets import has_secrets
from harmony_desktop.setup.backup_walk import Walked, walk
from harmony_desktop.setup.backup_write import BackupWriter
from harmony_desktop.setup.checks import check_folder, nearest_existing
from harmony_desktop.setup.layout import Layout, load_layout
from harmony_desktop.setup.manifest import MANIFEST, Manifest
from harmony_desktop.setup.seed import seed
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import joined, say, say_number

#: The folder of what the panel keeps for itself.
_OWN = MANIFEST.split("/", 1)[0]
#: So many files that the set-up has added are named.
_TOLD = 8


def _now() -> datetime:
    return datetime.now().astimezone()


@dataclass
class LocalBackups:
    """Works on the files of this machine.

    Attributes:
        environ: The environment of this program.
        source: The folder of the shipped stack.
        take: Makes a folder the panel's stack folder if there is none; returns whether it did.
        now: Returns the time.
    """

    environ: Mapping[str, str]
    source: Path
    take: Callable[[Path], bool]
    now: Callable[[], datetime] = field(default=_now)

    @cached_property
    def layout(self) -> Layout:
        """What ships."""
        return load_layout(self.source)

    def survey(self, folder: Path, stop: Stop) -> Survey:
        """Return what there is to be saved. Raises HarmonyError, StoppedError."""
        contents = self._contents(folder)
        walked = walk(contents, stop)
        sizes = {part: PartSize(part, 0, 0) for part in Part}
        for found in walked.files:
            known = sizes[found.part]
            sizes[found.part] = PartSize(found.part, known.files + 1, known.size + found.size)
        return Survey(
            contents.folder,
            tuple(size for size in sizes.values() if size.files or size.part is Part.CONFIGURATION),
            walked.missing,
            contents.elsewhere,
            bool(contents.keys) or has_secrets(_configuration(contents, walked)),
        )

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
        """Write a backup, read it back, and give it its name only then. See ``BackupKeeper.save``."""
        stop, file = stop or Stop(), file.expanduser().absolute()
        parts |= {Part.CONFIGURATION}
        with _telling(say("The backup cannot be saved there"), file):
            _require_free(file, replace=replace)
        progress(Step.LOOKING, 0, 0)
        contents = self._contents(folder)
        if not contents.files:
            raise HarmonyError(
                say("There is nothing to save"),
                cause=say("{folder} holds no stack.", folder=contents.folder),
                advice=say("Choose the folder that the stack’s files are in."),
            )
        walked = walk(contents, stop, leave_out=frozenset({file, file.resolve()}))
        _require_complete(walked, parts, allowed=incomplete)
        writer = BackupWriter(contents, walked, parts, secrets, progress, stop, self.now())
        with _telling(say("The backup could not be written"), file):
            return writer.write(file)

    def preview(
        self, file: Path, folder: Path, progress: Progress = silent, stop: Stop | None = None
    ) -> RestorePreview:
        """Read a backup to its end and compare it with a folder. See ``BackupKeeper.preview``."""
        stop, root = stop or Stop(), _resolved(folder)
        with _telling(say("The backup cannot be compared"), root):
            fresh = _is_fresh(root)
            warnings = check_folder(root, self.layout) if fresh else []
            with Archive(file.expanduser().absolute()) as archive:
                archive.verify(lambda done, total: progress(Step.CHECKING, done, total), stop)
                contents = None if fresh else find_contents(root, self.environ, self.layout)
                comparing = Comparing(archive, root, contents, progress, stop, list(warnings))
                preview = comparing.run(fresh=fresh)
        needed = _needed(preview)
        free = shutil.disk_usage(nearest_existing(root)).free
        if needed > free:
            raise HarmonyError(
                say("There is no room for what is in the backup"),
                cause=say(
                    "{needed} are needed on the disk of {folder}, and {free} are free.",
                    needed=_amount(needed),
                    folder=root,
                    free=_amount(free),
                ),
                advice=say("Make room there, or choose another folder. Nothing was changed."),
            )
        return preview

    def difference(self, preview: RestorePreview, path: str) -> str:
        """Return what would change within a text. See ``BackupKeeper.difference``."""
        with Archive(preview.file) as archive, _telling(say("The backup cannot be compared"), preview.folder):
            return difference(archive, preview.folder, path)

    def restore(
        self,
        preview: RestorePreview,
        chosen: frozenset[str],
        progress: Progress = silent,
        stop: Stop | None = None,
    ) -> Restored:
        """Write the chosen files. See ``BackupKeeper.restore``."""
        root = preview.folder
        before = self._project(root)
        with _telling(say("The backup could not be restored"), root), Archive(preview.file) as archive:
            restoring = Restoring(archive, preview, chosen, progress, stop or Stop(), self.now())
            before_it = found_in(root)
            journal = restoring.run()
            restored_it = found_in(root)
            contents = find_contents(root, self.environ, self.layout)
            notes = open_to_services(root, contents.roots, restoring.written)
            if journal.fresh:
                notes += self._completed(root)
                notes += _added(journal.add_made(root, before_it, restored_it))
            notes += _after(archive, chosen)
        paths = [root / path for path in restoring.written]
        return Restored(
            root,
            tuple(restoring.written),
            journal.place if journal.keeps_something else None,
            tuple(dict.fromkeys(notes)),
            Affected() if journal.fresh else affected(before, self._project(root), paths),
            remembered=bool(contents.projects) and self.take(root),
            journal=journal.place,
        )

    def interrupted(self, folder: Path) -> Interrupted | None:
        """Return the restore that was ended half-way, or None."""
        return interrupted(_resolved(folder))

    def can_undo(self, folder: Path) -> bool:
        """Return whether there is a restore to take back."""
        return latest(_resolved(folder)) is not None

    def undo(self, folder: Path) -> Undone:
        """Take back the last restore, as far as everything is as it left it. Raises HarmonyError."""
        root = _resolved(folder)
        journal: Journal | None = latest(root)
        if journal is None:
            raise HarmonyError(
                say("There is no restore to take back"), cause=say("None is remembered in {folder}.", folder=root)
            )
        with _telling(say("The restore could not be taken back"), root):
            return undo(root, journal)

    def _contents(self, folder: Path) -> Contents:
        root = _resolved(folder)
        if not root.is_dir():
            raise HarmonyError(
                say("The stack folder is gone"),
                cause=say("{folder} does not exist, or its drive is not connected.", folder=root),
                advice=say("Connect the drive, or prepare a stack folder again."),
            )
        return find_contents(root, self.environ, self.layout)

    def _project(self, root: Path) -> Project | None:
        if not root.is_dir():
            return None
        from harmony_desktop.setup.config_stack import StackFiles  # noqa: PLC0415 - for this case alone

        return StackFiles(root, self.environ, {}).project

    def _completed(self, root: Path) -> list[str]:
        """Fill in what a new folder lacks, as the set-up does; return warnings."""
        if Manifest.stands_in(root):
            return list(seed(root, self.source).warnings)
        if Quickstart.stands_in(root):
            profile = composefile.hardware_of(root) or "cpu"
            return Quickstart(root, self.layout, self.environ).complete(profile)
        return []


def _configuration(contents: Contents, walked: Walked) -> dict[str, bytes]:
    """Return what the files of the configuration hold, as far as it is text."""
    found: dict[str, bytes] = {}
    for each in walked.files:
        if each.part is Part.CONFIGURATION and each.size <= LARGEST and not each.target:
            with contextlib.suppress(OSError):
                content = (contents.folder / each.path).read_bytes()
                if _is_text(content):
                    found[each.path] = content
    return found


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _resolved(folder: Path) -> Path:
    return folder.expanduser().absolute().resolve()


def _is_fresh(root: Path) -> bool:
    """Return whether a folder is new, or has nothing in it but what an interrupted restore keeps."""
    if not root.is_dir():
        return not root.exists()
    try:
        return all(place.name.startswith(KEPT) for place in root.iterdir())
    except OSError:
        return False


def _require_free(file: Path, *, replace: bool) -> None:
    if file.is_dir() or (os.path.lexists(file) and not file.is_file()):
        raise HarmonyError(
            say("The backup cannot be saved there"),
            cause=say("{file} is a folder, or no file.", file=file),
            advice=say("Choose another name."),
        )
    if file.exists() and not replace:
        raise HarmonyError(
            say("{file} is there already", file=file.name),
            cause=say("A file is not replaced unasked: {file}", file=file),
            advice=say("Choose another name, or add --force."),
        )
    if not file.parent.is_dir():
        raise HarmonyError(
            say("The backup cannot be saved there"),
            cause=say("{folder} does not exist.", folder=file.parent),
            advice=say("Choose another folder, or make it first."),
        )


def _require_complete(walked: Walked, parts: frozenset[Part], *, allowed: bool) -> None:
    missing = tuple(each for each in walked.missing if each.grave and each.part in parts)
    if allowed or not missing:
        return
    told = [
        joined((say("{path}: {reason}.", path=each.path, reason=each.reason), each.advice)) for each in missing[:10]
    ]
    raise IncompleteError(
        say_number("The backup would lack one file", "The backup would lack {n} files", len(missing)),
        cause="\n".join(told) if len(told) > 1 else told[0],
        advice=say("Mend that first, or save it without them (--incomplete)."),
        missing=missing,
    )


def _needed(preview: RestorePreview) -> int:
    """Return the bytes that a restore takes at the most: what is new, and copies of what is replaced."""
    return sum(item.size + (item.here if item.change is Change.DIFFERS else 0) for item in preview.changes)


def _amount(count: int) -> str:
    """Return a number of bytes for people; a configuration has a few thousand."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _added(paths: Iterable[str]) -> Iterator[str]:
    """Yield what the set-up has filled in: nothing of it was in the backup, nor shown before."""
    told = [path for path in paths if not path.startswith(f"{_OWN}/")]
    if told:
        rest = " …" if len(told) > _TOLD else ""
        yield say("The set-up has added what the backup lacks: {paths}", paths=", ".join(told[:_TOLD]) + rest)


def _after(archive: Archive, chosen: frozenset[str]) -> Iterator[str]:
    """Yield what is left to do after a restore."""
    for path in sorted(set(archive.list.emptied) & chosen):
        names = ", ".join(archive.list.emptied[path])
        if names:
            yield say("{path}: the backup was made without {names}. Enter them again.", path=path, names=names)
        else:
            yield say("{path}: the backup was made without its secrets. Enter them again.", path=path)


@contextlib.contextmanager
def _telling(title: str, place: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a word to the user."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise HarmonyError(
            title,
            cause=f"{error.filename or place}: {error.strerror or error}",
            advice=say("Make room there, or choose another place.")
            if full
            else say("Check its permissions, then try again."),
        ) from error
