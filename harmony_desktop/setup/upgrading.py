"""Merges newer shipped files with what the user made of older ones: with a backup beside, and a way back.

Implements ``control.upgrades.UpgradeKeeper``. Contents that ship are kept by ``bases.Bases``; which of them a file
comes from, and what lies beside it, stands in the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harmony_desktop.control.config_files import Affected, ConflictError
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.merging import merge
from harmony_desktop.control.upgrades import NewerFile, Refreshed, UpgradeLook, Versions
from harmony_desktop.records import dataclass
from harmony_desktop.setup.bases import Bases
from harmony_desktop.setup.checks import leads_outside
from harmony_desktop.setup.config_text import NotTextError, decode
from harmony_desktop.setup.filling import filled
from harmony_desktop.setup.manifest import Entry, Manifest, digest, newer_words
from harmony_desktop.setup.seed import refresh, telling_faults
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.setup.config_edit import ConfigEdit

#: What an undo gives back to an entry.
_RESTORED = ("shipped", "written", "beside", "base")


@dataclass(frozen=True, slots=True)
class Upgrades:
    """Looks at one folder at a time; nothing is remembered between calls.

    Attributes:
        edit: Opens, checks and writes files.
        now: Returns the time, for the names of backups.
    """

    edit: ConfigEdit
    now: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone())

    def refresh(self, folder: Path) -> Refreshed:
        """Bring what nobody edited up to date after an update of this program. Raises HarmonyError."""
        if not self.edit.writable:
            return Refreshed()
        report = refresh(folder, self.edit.source)
        return Refreshed(tuple(report.updated), tuple(report.created), tuple(report.retired))

    def look(self, folder: Path) -> UpgradeLook:
        """Return which files have newer versions. Raises HarmonyError."""
        root = folder.resolve()
        with telling_faults(root):
            if not self.edit.writable or not Manifest.stands_in(root):
                return UpgradeLook()
            manifest = Manifest(root)
            if manifest.newer:
                return UpgradeLook(newer=newer_words(manifest.newer))
            files = tuple(_newer_file(root, name, entry) for name, entry in _offered(root, manifest))
            undoable = tuple(name for name, entry in manifest.entries.items() if _is_undoable(root, name, entry))
            return UpgradeLook(files, undoable)

    def open(self, folder: Path, name: str) -> Versions:
        """Return the versions of a file. Raises HarmonyError."""
        root = folder.resolve()
        entry = self._entry(root, name)
        opened = self.edit.open(root, root / name)
        with telling_faults(root):
            new = _text(_fresh(root, name, entry))
        if new is None:
            raise HarmonyError(
                say("{file} is no text", file=f"{name}.new"),
                cause=say("It is written in another way than a configuration."),
                advice=say("Keep yours, or take the new one as a whole."),
            )
        return Versions(opened, _base(root, entry), new)

    def finish(self, folder: Path, versions: Versions, text: str) -> Affected:
        """Write what came of a merge, with a backup beside; return whom it is about. Raises HarmonyError."""
        root, opened = folder.resolve(), versions.opened
        entry = self._entry(root, opened.name)
        self.edit.require_unlocked(opened.path, opened.name)
        before = _content(opened.path)
        if digest(before) != opened.mark:
            raise ConflictError(opened.name, self.edit.open(root, opened.path))
        # Lines of the user's stay as they are written; all new ones are what ships, to the byte.
        with telling_faults(root):
            new = _fresh(root, opened.name, entry)
        content = new if text == _text(new) else decode(before).encoded(text)
        return self._write(root, opened.name, before, content)

    def take_new(self, folder: Path, name: str) -> Affected:
        """Let the newer version take the place of the user's file, with a backup beside. Raises HarmonyError."""
        root = folder.resolve()
        entry, path = self._entry(root, name), root / name
        self.edit.require_unlocked(path, name)
        with telling_faults(root):
            new = _fresh(root, name, entry)
        return self._write(root, name, _content(path), new)

    def keep_mine(self, folder: Path, name: str) -> None:
        """Let the user's file be; nothing is offered until what ships changes again. Raises HarmonyError."""
        root = folder.resolve()
        self._entry(root, name)
        with telling_faults(root):
            self._close(root, name, "")

    def undo(self, folder: Path, name: str) -> Affected:
        """Take back the last merge of a file, as long as it is as the merge left it. Raises HarmonyError."""
        root = folder.resolve()
        path, entry = root / name, self._manifest(root).entry(name)
        if not _is_undoable(root, name, entry):
            raise HarmonyError(
                say("The merge of {file} cannot be taken back", file=name),
                cause=say("It has changed since, or its backup is gone; or nothing was merged."),
                advice=say("What it was before is in the file {file}.before-merge-…, if it is still there.", file=name),
            )
        self.edit.require_unlocked(path, name)
        backup = entry.undo.get("backup", "")
        affected = Affected()
        if backup:
            affected = self.edit.put(root, path, _content(path.resolve().with_name(backup)))
        manifest = self._manifest(root)
        entry = manifest.entry(name)
        with telling_faults(root):
            for key in _RESTORED:
                setattr(entry, key, entry.undo.get(key, ""))
            entry.undo = {}
            shipped = Bases(root).read(entry.shipped)
            if shipped is not None and not _beside(root, name).exists():
                mode = path.stat().st_mode & 0o777
                write_atomic(_beside(root, name), filled(shipped, entry), mode=mode)
            manifest.save()
            if backup:
                path.resolve().with_name(backup).unlink(missing_ok=True)
        return affected

    def _write(self, root: Path, name: str, before: bytes, content: bytes) -> Affected:
        path = root / name
        backup = self._backup_name(path.resolve())
        with telling_faults(root):
            write_atomic(backup, before, mode=path.stat().st_mode & 0o777)
        try:
            affected = self.edit.put(root, path, content)
        except HarmonyError:
            backup.unlink(missing_ok=True)
            raise
        with telling_faults(root):
            self._close(root, name, backup.name)
        return affected

    def _close(self, root: Path, name: str, backup: str) -> None:
        """Note that what was offered is dealt with, and take away what lay beside. Raises OSError."""
        manifest = self._manifest(root)
        entry, beside = manifest.entry(name), _beside(root, name)
        undo = {key: str(getattr(entry, key)) for key in _RESTORED}
        entry.undo = {**undo, "backup": backup, "after": digest(_content(root / name))}
        # As long as the file is what was offered, nobody has edited it.
        entry.written, entry.base = digest(_fresh(root, name, entry)), entry.shipped
        untouched = digest(beside.read_bytes()) == entry.beside
        entry.beside = ""
        manifest.save()
        if untouched:
            beside.unlink()

    def _backup_name(self, path: Path) -> Path:
        stamp = f"{self.now():%Y%m%d-%H%M%S}"
        backup, number = path.with_name(f"{path.name}.before-merge-{stamp}"), 1
        while backup.exists():
            number += 1
            backup = path.with_name(f"{path.name}.before-merge-{stamp}-{number}")
        return backup

    def _entry(self, root: Path, name: str) -> Entry:
        """Return the entry of a file with a newer version. Raises HarmonyError where there is none."""
        for found, entry in _offered(root, self._manifest(root)):
            if found == name:
                return entry
        raise HarmonyError(
            say("There is no newer version of {file}", file=name),
            cause=say("Nothing lies beside it that ships with this release."),
        )

    def _manifest(self, root: Path) -> Manifest:
        """Return the manifest of a folder that may be changed. Raises HarmonyError."""
        with telling_faults(root):
            manifest = Manifest(root)
        if manifest.newer:
            raise HarmonyError(
                "Nothing is merged in this folder",
                cause=newer_words(manifest.newer),
                advice="Merge with the newer Harmony.",
            )
        return manifest


def _offered(root: Path, manifest: Manifest) -> Iterator[tuple[str, Entry]]:
    for name, entry in manifest.entries.items():
        if entry.beside and not leads_outside(root, name) and (root / name).is_file() and _beside(root, name).is_file():
            yield name, entry


def _newer_file(root: Path, name: str, entry: Entry) -> NewerFile:
    mine, new = _text((root / name).read_bytes()), _text(_fresh(root, name, entry))
    if mine is None or new is None:
        return NewerFile(root / name, name)
    found = merge(_base(root, entry), mine, new)
    return NewerFile(root / name, name, len(found.conflicts), len(found.changes), found.has_base)


def _is_undoable(root: Path, name: str, entry: Entry) -> bool:
    path, backup = root / name, entry.undo.get("backup", "")
    if not entry.undo or not path.is_file() or digest(path.read_bytes()) != entry.undo.get("after"):
        return False
    if Path(backup).name != backup:  # never outside of its folder, whatever stands in the manifest
        return False
    return not backup or path.resolve().with_name(backup).is_file()


def _base(root: Path, entry: Entry) -> str | None:
    content = Bases(root).read(entry.base)
    return None if content is None else _text(filled(content, entry))


def _beside(root: Path, name: str) -> Path:
    return root / f"{name}.new"


def _fresh(root: Path, name: str, entry: Entry) -> bytes:
    """Return what lies beside a file, with the variables as they are filled in now. Raises OSError."""
    there = _beside(root, name).read_bytes()
    shipped = Bases(root).read(entry.shipped) if digest(there) == entry.beside else None
    return there if shipped is None else filled(shipped, entry)


def _text(content: bytes) -> str | None:
    try:
        return decode(content).text
    except NotTextError:
        return None


def _content(path: Path) -> bytes:
    """Return what a file holds. Raises HarmonyError."""
    with telling_faults(path.parent):
        return path.read_bytes()
