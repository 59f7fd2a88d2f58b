"""What a restore does to a folder, written down before it is done: it can always be finished, or taken back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

from harmony_desktop.control.backups import Interrupted
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.repairs import Undone
from harmony_desktop.records import dataclass
from harmony_desktop.setup.backup_blocks import BLOCK, write_blocks
from harmony_desktop.setup.backup_names import KEPT
from harmony_desktop.stack.words import say

_NAME = "journal.json"
_FILES = "files"
_FORMAT = 1
#: What is below a folder, by its path: size, time and number of a file, None for a folder.
Found: TypeAlias = dict[str, tuple[int, int, int] | None]
#: Kinds of what is there once for each path.
_CONTENT = frozenset({"file", "link"})
#: Bytes from which a file is kept by a second name of it rather than by a copy.
_LARGE = 16 * 1024**2


@dataclass(slots=True)
class Entry:
    """One thing that a restore does, or was about to do when it was ended.

    Attributes:
        kind: "file", "link", "folder" (made) or "empty" (an empty folder that stood in the place of a file).
        path: What it is done to, relative to the folder.
        before: Digest of the file's content before, "" where there was none.
        after: Digest of the file's content after; where a link leads.
        kept: The file below ``files`` that has the content from before, or "".
        mode: The permissions before.
    """

    kind: str
    path: str
    before: str = ""
    after: str = ""
    kept: str = ""
    mode: int = 0


@dataclass(slots=True)
class Journal:
    """One restore.

    Attributes:
        place: The folder beside the files that keeps what was there before.
        file: The backup.
        done: Whether it came to its end.
        total: How many files it is about.
        entries: What it does.
        fresh: Whether the folder was new or empty before.
    """

    place: Path
    file: str
    done: bool = False
    total: int = 0
    entries: list[Entry] = field(default_factory=list)
    fresh: bool = False
    _known: dict[str, Entry] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._known = {entry.path: entry for entry in self.entries if entry.kind in _CONTENT}

    @classmethod
    def begin(cls, folder: Path, file: Path, now: datetime) -> Journal:
        """Return the journal of a restore that is about to be made: that of an interrupted one goes on."""
        last = latest(folder)
        if last is not None and not last.done:
            last.file = str(file)
            return last
        stamp = f"{KEPT}{now:%Y%m%d-%H%M%S}"
        place, number = folder / stamp, 1
        while place.exists():
            number += 1
            place = folder / f"{stamp}-{number}"
        return cls(place, str(file))

    def save(self) -> None:
        """Write it down. Raises OSError."""
        if not self.place.is_dir():
            self.place.mkdir(mode=0o700)
        content = {
            "format": _FORMAT,
            "file": self.file,
            "done": self.done,
            "total": self.total,
            "fresh": self.fresh,
            "entries": [asdict(entry) for entry in self.entries],
        }
        write_atomic(self.place / _NAME, json.dumps(content, indent=1).encode() + b"\n", mode=0o600)

    def keep(self, folder: Path, entry: Entry) -> None:
        """Keep what a file holds now, before something else takes its place. Raises OSError."""
        if not entry.kept:
            return
        target = self.place / _FILES / entry.kept
        if target.is_file() and digest_of(target) == entry.before:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        source = (folder / entry.path).resolve()
        temporary = target.with_name(f".{target.name}.tmp")
        temporary.unlink(missing_ok=True)
        if not _linked(source, temporary):
            shutil.copy2(source, temporary)
        temporary.replace(target)

    def entry(self, path: str) -> Entry | None:
        """Return the entry of a file or link, or None."""
        return self._known.get(path)

    def add(self, entry: Entry) -> None:
        """Add what is about to be done; a file that an interrupted restore has written already keeps its first past."""
        known = self._known.get(entry.path) if entry.kind in _CONTENT else None
        if known is not None and entry.before in {known.before, known.after}:
            known.after = entry.after
            return
        if known is not None:
            self.entries.remove(known)
        if entry.kind == "file" and entry.before:
            entry.kept = self._free_name(entry.path)
        self.entries.append(entry)
        if entry.kind in _CONTENT:
            self._known[entry.path] = entry

    def add_made(self, folder: Path, before: Found, restored: Found) -> tuple[str, ...]:
        """Add what is there besides the restored files, and take these as they are now. Raises OSError.

        Args:
            folder: The folder; it was new.
            before: What ``found_in`` said before the restore: what it names is somebody else's.
            restored: What it said right after the files were written.

        Returns:
            The files that are there since, and were not restored.
        """
        noted = {entry.path for entry in self.entries}
        made: list[str] = []
        for path, mark in found_in(folder).items():
            known = self._known.get(path)
            if known is not None and known.kind == "file" and mark != restored.get(path):
                known.after = digest_of(folder / path)
            elif path in noted or path in before:
                continue
            elif mark is None:
                self.entries.append(Entry("folder", path))
            else:
                self.add(Entry("file", path, after=digest_of(folder / path)))
                made.append(path)
        # Taken back from the end: a folder has to come before all that is in it, whoever made that.
        folders = sorted((entry for entry in self.entries if entry.kind == "folder"), key=lambda entry: entry.path)
        self.entries = folders + [entry for entry in self.entries if entry.kind != "folder"]
        self.save()
        return tuple(made)

    def _free_name(self, path: str) -> str:
        name, number = path, 1
        while (self.place / _FILES / name).exists():
            number += 1
            name = f"{path}.{number}"
        return name

    @property
    def keeps_something(self) -> bool:
        """Whether a file was replaced."""
        return any(entry.kept for entry in self.entries)

    def written(self, folder: Path) -> int:
        """Return how many files are as the restore makes them."""
        return sum(1 for e in self.entries if e.kind == "file" and e.after and digest_of(folder / e.path) == e.after)


def found_in(folder: Path) -> Found:
    """Return what is in a folder, links and what earlier restores keep aside; folders before what is in them."""
    found: Found = {}
    for above, folders, files in os.walk(folder):
        root = Path(above)
        folders[:] = sorted(name for name in folders if not (root == folder and name.startswith(KEPT)))
        found |= {_below(folder, root / name): None for name in folders if not (root / name).is_symlink()}
        for place in (root / name for name in sorted(files)):
            if not place.is_symlink():
                state = place.stat()
                found[_below(folder, place)] = (state.st_size, state.st_mtime_ns, state.st_ino)
    return found


def journals(folder: Path) -> Iterator[Journal]:
    """Yield the restores of a folder, the oldest first; damaged journals are none."""
    try:
        places = sorted(place for place in folder.iterdir() if place.name.startswith(KEPT) and not place.is_symlink())
    except OSError:
        return
    for place in places:
        try:
            found = json.loads((place / _NAME).read_bytes())
            if found["format"] == _FORMAT:
                entries = [Entry(**entry) for entry in found["entries"]]
                done, fresh = found["done"] is True, found["fresh"] is True
                yield Journal(place, str(found["file"]), done, int(found["total"]), entries, fresh)
        except (OSError, ValueError, KeyError, TypeError):
            continue


def latest(folder: Path) -> Journal | None:
    """Return the last restore of a folder, or None."""
    return next(iter(reversed(list(journals(folder)))), None)


def interrupted(folder: Path) -> Interrupted | None:
    """Return the last restore, if it was ended half-way."""
    last = latest(folder)
    if last is None or last.done:
        return None
    return Interrupted(Path(last.file), folder, last.written(folder), last.total)


def undo(folder: Path, journal: Journal) -> Undone:
    """Take a restore back, the last thing first: only what is still as it left it.

    Raises:
        OSError: Something could not be written; what was restored until then stays restored.
    """
    restored: list[str] = []
    kept: list[str] = []
    for entry in reversed(journal.entries):
        said = _take_back(folder, journal, entry)
        if said is None:
            continue
        (kept if said else restored).append(said or entry.path)
    if kept:
        # What could not be put back is still in there: it is the user's, and no journal any more.
        (journal.place / _NAME).unlink(missing_ok=True)
    else:
        shutil.rmtree(journal.place, ignore_errors=True)
    _remove_if_empty(journal.place)
    return Undone(tuple(dict.fromkeys(restored)), tuple(kept))


def _take_back(folder: Path, journal: Journal, entry: Entry) -> str | None:
    """Take back one thing; return why it stays, "" when it is as before, None when it is not worth a word."""
    place = folder / entry.path
    if entry.kind == "folder":
        _remove_if_empty(place)
        return None
    if entry.kind == "empty":
        if not place.exists():
            place.mkdir(parents=True)
            place.chmod(entry.mode)
        return None
    if entry.kind == "link":
        if place.is_symlink() and place.readlink().as_posix() == entry.after:
            place.unlink()
            return ""
        return None
    return _file_back(place, journal, entry)


def _file_back(place: Path, journal: Journal, entry: Entry) -> str | None:
    now = digest_of(place)
    if now == entry.before:
        return None  # the restore never came to it
    source = journal.place / _FILES / entry.kept
    if now != entry.after:
        where = say(" What it was before is in {source}.", source=source) if entry.kept else ""
        return say("{path} was changed since the restore, and stays as it is.{where}", path=place, where=where)
    if not entry.kept:
        place.unlink()
        return ""
    if digest_of(source) != entry.before:
        return say("{path} stays as it is: its backup {backup} is gone, or was changed.", path=place, backup=source)
    with source.open("rb") as stream:
        write_blocks(place.resolve(), iter(partial(stream.read, BLOCK), b""), entry.mode)
    return ""


def digest_of(place: Path) -> str:
    """Return the digest of what a file holds, "" where there is none."""
    made = hashlib.sha256()
    try:
        with place.open("rb") as stream:
            while block := stream.read(BLOCK):
                made.update(block)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""
    return made.hexdigest()


def _linked(source: Path, target: Path) -> bool:
    """Keep a large file by a second name; return False where it has to be copied."""
    if source.stat().st_size < _LARGE:
        return False
    try:
        os.link(source, target)
    except OSError:
        return False  # a disk that has no second names
    return True


def _below(folder: Path, place: Path) -> str:
    return place.relative_to(folder).as_posix()


def _remove_if_empty(place: Path) -> None:
    with contextlib.suppress(OSError):
        place.rmdir()
