"""Restores a backup: writes down what it is about to do, keeps what was there, then writes file by file, each whole."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from harmony_desktop.control.backups import MADE, Item, Progress, RestorePreview, Step
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.setup.backup_blocks import write_blocks
from harmony_desktop.setup.backup_contents import Root
from harmony_desktop.setup.backup_fit import Fitting
from harmony_desktop.setup.backup_format import FileEntry, LinkEntry
from harmony_desktop.setup.backup_journal import Entry, Journal, digest_of
from harmony_desktop.setup.backup_preview import mark_of, obstacle
from harmony_desktop.setup.backup_read import Archive
from harmony_desktop.setup.bases import Bases
from harmony_desktop.setup.layout import ENV_FILE, Writer
from harmony_desktop.setup.manifest import MANIFEST, digest
from harmony_desktop.setup.permissions import grant
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say


@dataclass(slots=True)
class Restoring:
    """One restore.

    Args:
        archive: The backup.
        preview: What was shown.
        chosen: Paths of what shall be written.
        progress: Hears how far it is.
        stop: Ends it; what is being written is not written then.
        now: The time, for the name of what keeps the replaced files.
    """

    archive: Archive
    preview: RestorePreview
    chosen: frozenset[str]
    progress: Progress
    stop: Stop
    now: datetime
    written: list[str] = field(default_factory=list)
    _done: int = 0
    _stack: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where to."""
        return self.preview.folder

    def run(self) -> Journal:
        """Write what was chosen.

        Raises:
            OSError: Something could not be written; what was written until then is in the journal.
            HarmonyError: Something has changed since the preview, or the backup is damaged.
            StoppedError: Somebody has ended it.
        """
        files, links = self._wanted()
        self._require_unchanged(files, links)
        self.folder.mkdir(parents=True, exist_ok=True)
        journal = Journal.begin(self.folder, self.preview.file, self.now)
        journal.fresh = journal.fresh or self.preview.fresh
        folders = self._missing_folders((*files, *links))
        prepared = [self._prepared(entry) for entry in files]
        for path in folders:
            journal.add(Entry("folder", path))
        for entry, fitted in zip(files, prepared, strict=True):
            self._note(journal, entry, fitted)
        for link in links:
            journal.add(Entry("link", link.path, after=link.target))
        stack = self._stack_file()
        if stack is not None:
            self._note_content(journal, MANIFEST, stack)
        journal.done, journal.total = False, len(files)
        # Known before it is done: what is ended half-way can be finished, and taken back.
        journal.save()
        self._make_folders(folders)
        total = sum(entry.size for entry in files)
        for entry, fitted in zip(files, prepared, strict=True):
            self.stop.check()
            self._write(journal, entry, fitted, total)
            self.written.append(entry.path)
        for link in links:
            self._write_link(link)
            self.written.append(link.path)
        self._write_stack(journal, stack)
        journal.done = True
        journal.save()
        return journal

    def _wanted(self) -> tuple[list[FileEntry], list[LinkEntry]]:
        """Return what is written, in its order: data, then configuration, and last what names the other files."""
        made = self.archive.list
        paths = {item.path for item in self.preview.changes if item.path in self.chosen}
        files = [entry for entry in made.files if entry.path in paths]
        files.sort(key=lambda entry: (entry.path == ENV_FILE, "/" not in entry.path, entry.path))
        return files, [link for link in made.links if link.path in paths]

    def _require_unchanged(self, files: Iterable[FileEntry], links: Iterable[LinkEntry]) -> None:
        if self.archive.mark != self.preview.mark:
            raise _changed(self.preview.file.name)
        shown: dict[str, Item] = {item.path: item for item in self.preview.items if item.change in MADE}
        entries: list[FileEntry | LinkEntry] = [*files, *links]
        for entry in entries:
            place, item = self.folder / entry.path, shown[entry.path]
            if obstacle(self.folder, entry.path) or mark_of(place) != item.mark:
                raise _changed(entry.path)

    def _prepared(self, entry: FileEntry) -> bytes | None:
        """Return what a file shall hold, if it is fitted to this folder; None where it is written as it is."""
        fitting = Fitting(self.archive.list, self.folder)
        known = self._known_of_stack().get(entry.path)
        fitted = None
        if fitting.concerns(entry):
            place = self.folder / entry.path
            content = self.archive.content(entry)
            fitted = fitting.fitted(entry, content, place.read_bytes() if place.is_file() else None)
            fitted = None if fitted == content else fitted
        if isinstance(known, dict):
            self._stack[entry.path] = fitting.stack_entry(known, entry, fitted)
        return fitted

    def _note(self, journal: Journal, entry: FileEntry, fitted: bytes | None) -> None:
        place = self.folder / entry.path
        if place.is_dir():
            journal.add(Entry("empty", entry.path, mode=stat.S_IMODE(place.stat().st_mode)))
        after = entry.sha256 if fitted is None else digest(fitted)
        mode = stat.S_IMODE(place.stat().st_mode) if place.is_file() else 0
        journal.add(Entry("file", entry.path, digest_of(place), after, mode=mode))

    def _note_content(self, journal: Journal, path: str, content: bytes) -> None:
        place = self.folder / path
        mode = stat.S_IMODE(place.stat().st_mode) if place.is_file() else 0
        journal.add(Entry("file", path, digest_of(place), digest(content), mode=mode))

    def _write(self, journal: Journal, entry: FileEntry, fitted: bytes | None, total: int) -> None:
        known = journal.entry(entry.path)
        if obstacle(self.folder, entry.path) or known is None:
            raise _changed(entry.path)
        place = self.folder / entry.path
        if place.is_dir():
            place.rmdir()
        before = digest_of(place)
        if before == known.after:
            return  # an interrupted restore has written it
        if before != known.before:
            raise _changed(entry.path)
        journal.keep(self.folder, known)
        blocks = self._told(self.archive.blocks(entry) if fitted is None else [fitted], total)
        write_blocks(place.resolve(), blocks, entry.permissions)

    def _told(self, blocks: Iterable[bytes], total: int) -> Iterator[bytes]:
        for block in blocks:
            self.stop.check()  # half a file is none: the old one stays
            self._done += len(block)
            yield block
            self.progress(Step.WRITING, min(self._done, total), total)

    def _write_link(self, link: LinkEntry) -> None:
        place = self.folder / link.path
        if obstacle(self.folder, link.path) or os.path.lexists(place):
            raise _changed(link.path)
        place.symlink_to(link.target)
        if not place.resolve().is_relative_to(self.folder):
            place.unlink()
            raise _changed(link.path)

    # Folders

    def _missing_folders(self, entries: Iterable[FileEntry | LinkEntry]) -> list[str]:
        """Return the folders to be made: those of the files, and those that services expect; parents first."""
        wanted = {entry.path for entry in self.archive.list.folders if entry.mounted and self._with_configuration}
        parts = {entry.part for entry in entries}
        wanted |= {entry.path for entry in self.archive.list.folders if entry.part in parts}
        wanted |= {PurePosixPath(entry.path).parent.as_posix() for entry in entries}
        found = {parent for path in wanted for parent in _with_parents(path)}
        return [path for path in sorted(found) if not os.path.lexists(self.folder / path)]

    @property
    def _with_configuration(self) -> bool:
        """Whether the stack's own files are among what is restored."""
        return any("/" not in path for path in self.chosen)

    def _make_folders(self, folders: Iterable[str]) -> None:
        modes = {entry.path: entry.permissions for entry in self.archive.list.folders}
        for path in folders:
            place = self.folder / path
            if obstacle(self.folder, f"{path}/x"):
                raise _changed(path)
            if not place.is_dir():
                place.mkdir()
                place.chmod(modes.get(path, 0o755) | 0o700)

    # What the set-up knows

    def _known_of_stack(self) -> dict[str, Any]:
        stack = self.archive.list.stack
        files = stack.get("files") if stack is not None else None
        return files if isinstance(files, dict) else {}

    def _stack_file(self) -> bytes | None:
        """Return what the set-up shall know of the folder afterwards; None where that does not change."""
        stack = self.archive.list.stack
        if stack is None or not self._stack:
            return None
        try:
            known = json.loads((self.folder / MANIFEST).read_bytes())
            files = dict(known["files"])
        except (OSError, ValueError, KeyError, TypeError):
            known, files = {key: value for key, value in stack.items() if key != "files"}, {}
        return json.dumps({**known, "files": {**files, **self._stack}}, indent=2).encode() + b"\n"

    def _write_stack(self, journal: Journal, content: bytes | None) -> None:
        known = journal.entry(MANIFEST)
        if content is None or known is None:
            return
        file = self.folder / MANIFEST
        file.parent.mkdir(exist_ok=True)
        bases = Bases(self.folder)
        for mark in self.archive.list.shipped:
            bases.keep(self.archive.shipped(mark))
        if digest_of(file) == known.before and known.before != known.after:
            journal.keep(self.folder, known)
        write_atomic(file, content)


def open_to_services(folder: Path, roots: Iterable[Root], written: Iterable[str]) -> list[str]:
    """Let the containers write to what was restored for them, as the set-up does; return warnings. Raises OSError."""
    refused: dict[str, Writer] = {}
    paths = [PurePosixPath(path) for path in written]
    for root in roots:
        if root.writer is None:
            continue
        below = {path for path in paths if path.is_relative_to(root.path)}
        below |= {parent for path in below for parent in path.parents if parent.is_relative_to(root.path)}
        for path in sorted({*below, PurePosixPath(root.path)}):
            place = folder / path
            if place.exists() and place.resolve().is_relative_to(folder) and grant(place, root.writer) == "refused":
                refused[root.path] = root.writer
    return [
        say(
            "{path} has to be writable for user {uid}: sudo chown -R {uid}:{gid} '{place}'",
            path=path,
            uid=writer.uid,
            gid=writer.gid,
            place=folder / path,
        )
        for path, writer in refused.items()
    ]


def _with_parents(path: str) -> Iterator[str]:
    whole = PurePosixPath(path)
    for each in (whole, *whole.parents):
        if each.as_posix() != ".":
            yield each.as_posix()


def _changed(name: str) -> HarmonyError:
    return HarmonyError(
        say("{name} has changed meanwhile", name=name),
        cause=say("It is no longer as it was when it was shown."),
        advice=say("Look at the preview again. What was restored until then can be finished, or taken back."),
    )
