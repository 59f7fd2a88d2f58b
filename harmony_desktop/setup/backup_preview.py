"""Compares a backup with a folder, file by file. Nothing is written."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from harmony_desktop.control.backups import Change, Item, Part, Progress, RestorePreview, Step
from harmony_desktop.control.config_files import LARGEST
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.setup.backup_blocks import BLOCK, may
from harmony_desktop.setup.backup_contents import Contents, part_within
from harmony_desktop.setup.backup_fit import Fitting
from harmony_desktop.setup.backup_format import FileEntry, LinkEntry, plain
from harmony_desktop.setup.backup_names import collisions, folds_case, local_fault
from harmony_desktop.setup.backup_read import Archive
from harmony_desktop.setup.backup_rights import is_read_only, opening_command
from harmony_desktop.setup.backup_walk import Walked, walk
from harmony_desktop.setup.checks import leads_outside
from harmony_desktop.setup.config_text import NotTextError, decode
from harmony_desktop.stack.words import say


@dataclass(slots=True)
class Comparing:
    """One comparison.

    Args:
        archive: The backup; its digests are right.
        folder: Where it would go.
        contents: What belongs to the folder now; None where it is no stack folder yet.
        progress: Hears how far it is.
        stop: Ends it.
    """

    archive: Archive
    folder: Path
    contents: Contents | None
    progress: Progress
    stop: Stop
    notes: list[str] = field(default_factory=list)

    def run(self, *, fresh: bool) -> RestorePreview:
        """Return what a restore would do. Raises HarmonyError, StoppedError."""
        made = self.archive.list
        entries: list[FileEntry | LinkEntry] = [*made.files, *made.links]
        blocked = collisions(entry.path for entry in entries) if folds_case(self.folder) else frozenset()
        items, done = [], 0
        for entry in sorted(entries, key=lambda each: each.path):
            self.stop.check()
            if entry.path in blocked:
                reason = say("another file of the backup has the same name but for capital letters")
                items.append(Item(entry.path, entry.part, Change.BLOCKED, _size(entry), 0, reason))
            elif isinstance(entry, LinkEntry):
                items.append(self._link(entry))
            else:
                items.append(self._file(entry))
                done += entry.size
                self.progress(Step.COMPARING, done, made.size)
        items += self._only_here({entry.path for entry in entries})
        return RestorePreview(
            self.archive.file,
            self.folder,
            plain(made.made),
            plain(made.application),
            plain(made.folder),
            made.parts,
            tuple(items),
            made.missing,
            tuple(sorted(made.emptied)),
            tuple(dict.fromkeys(self.notes)),
            fresh,
            self.archive.mark,
        )

    def _file(self, entry: FileEntry) -> Item:
        reason = obstacle(self.folder, entry.path)
        place = self.folder / entry.path
        if reason:
            return Item(entry.path, entry.part, Change.BLOCKED, entry.size, 0, reason)
        if entry.part is Part.CONFIGURATION and entry.size <= LARGEST:
            content = self.archive.content(entry)
            fitting = Fitting(self.archive.list, self.folder)
            self.notes += fitting.notes(entry, content)
            here = _content(place)
            fitted = fitting.fitted(entry, content, here)
            change = Change.NEW if here is None else Change.SAME if here == fitted else Change.DIFFERS
            return Item(entry.path, entry.part, change, len(fitted), len(here or b""), mark=mark_of(place))
        if not place.is_file():
            return Item(entry.path, entry.part, Change.NEW, entry.size)
        mark, size = mark_of(place), place.stat().st_size
        same = size == entry.size and self._digest(place) == entry.sha256
        return Item(entry.path, entry.part, Change.SAME if same else Change.DIFFERS, entry.size, size, mark=mark)

    def _link(self, entry: LinkEntry) -> Item:
        place = self.folder / entry.path
        if place.is_symlink() and place.readlink().as_posix() == entry.target:
            return Item(entry.path, entry.part, Change.SAME)
        reason = obstacle(self.folder, entry.path) or (
            say("something else is in the place of the link") if os.path.lexists(place) else ""
        )
        return Item(entry.path, entry.part, Change.BLOCKED if reason else Change.NEW, 0, 0, reason)

    def _digest(self, place: Path) -> str:
        made = hashlib.sha256()
        with place.open("rb") as stream:
            while block := stream.read(BLOCK):
                self.stop.check()
                made.update(block)
        return made.hexdigest()

    def _only_here(self, paths: set[str]) -> Iterator[Item]:
        """Yield what the backup's parts have in the folder alone."""
        if self.contents is None:
            return
        found: Walked = walk(self.contents, self.stop, leave_out=frozenset({self.archive.file.resolve()}))
        parts = self.archive.list.parts
        for each in found.files:
            if each.path not in paths and part_within(each.part, each.path, each.size) in parts:
                yield Item(each.path, each.part, Change.ONLY_HERE, 0, each.size)


def obstacle(folder: Path, path: str) -> str:
    """Return why a file cannot be written where it belongs, or "". A link within the folder is followed."""
    if fault := local_fault(path):
        return fault
    if leads_outside(folder, path):
        return say("a link leads out of the folder there")
    place = folder / path
    above = next((each for each in place.parents if each.exists()), folder)
    if not above.is_dir():
        return say("{above} is a file, and a folder is needed there", above=above.name)
    try:
        found = place.stat()
    except FileNotFoundError:
        found = None
    except OSError as error:
        return say("it cannot be read: {error}", error=error.strerror or str(error))
    if found is not None and stat.S_ISDIR(found.st_mode):
        empty = not place.is_symlink() and _is_empty(place)
        return "" if empty else say("a folder with something in it is in its place")
    if found is not None and not stat.S_ISREG(found.st_mode):
        return say("a socket, a pipe or a device is in its place")
    if found is not None and not may(place, os.R_OK):
        return _denied(place)
    if not may(above, os.W_OK | os.X_OK):
        return _denied(above)
    return ""


def mark_of(place: Path) -> tuple[int, int, int]:
    """Return what tells whether a file is still the same: nothing but zeros where there is none."""
    try:
        found = place.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else (0, 0, 0)


def difference(archive: Archive, folder: Path, path: str) -> str:
    """Return what would change within a text, as a unified diff; "" for what is no text. Raises HarmonyError."""
    entry = next((each for each in archive.list.files if each.path == path), None)
    place = folder / path
    if entry is None or entry.size > LARGEST or (place.is_file() and place.stat().st_size > LARGEST):
        return ""
    here = _content(place)
    after = Fitting(archive.list, folder).fitted(entry, archive.content(entry), here)
    try:
        old, new = decode(here or b"").text, decode(after).text
    except NotTextError:
        return ""
    if old == new and here is not None and here != after:
        return say("Only its line ends, or its byte order mark, are different.")
    names = (f"a/{path}" if here is not None else "/dev/null", f"b/{path}")
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _content(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None


def _is_empty(place: Path) -> bool:
    with contextlib.suppress(OSError):
        return not any(place.iterdir())
    return False


def _denied(place: Path) -> str:
    if is_read_only(place):
        return say("the drive is mounted read-only")
    return say("you may not write there: {command} lets you", command=opening_command(place, "rwX"))


def _size(entry: FileEntry | LinkEntry) -> int:
    return entry.size if isinstance(entry, FileEntry) else 0
