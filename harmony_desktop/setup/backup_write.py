"""Writes a backup: one zip file, made under another name, read back, and named only when it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import time
import zipfile
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from pathlib import Path, PurePosixPath

from harmony_desktop import __version__
from harmony_desktop.control.backups import Missing, Part, Progress, SavedBackup, Step
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.setup.backup_blocks import BLOCK
from harmony_desktop.setup.backup_contents import Contents
from harmony_desktop.setup.backup_format import LIST, BackupList, FileEntry, FolderEntry, LinkEntry
from harmony_desktop.setup.backup_read import Archive
from harmony_desktop.setup.backup_secrets import NotEmptiedError, emptied
from harmony_desktop.setup.backup_walk import Found, Walked
from harmony_desktop.setup.bases import Bases
from harmony_desktop.setup.manifest import MANIFEST, Manifest
from harmony_desktop.stack.words import say

#: How often a file is read that changes meanwhile.
TRIES = 3
#: What does not get smaller by being packed.
_PACKED = frozenset(
    {
        *(".7z", ".bin", ".ckpt", ".flac", ".gguf", ".gz", ".jpeg", ".jpg", ".m4a", ".mp3", ".mp4", ".ogg", ".onnx"),
        *(".opus", ".png", ".pt", ".pth", ".safetensors", ".webm", ".webp", ".xz", ".zip", ".zst"),
    }
)
_BINARY = getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
#: A pipe that has taken a file's place meanwhile must not be waited for.
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


@dataclass(slots=True)
class BackupWriter:
    """Writes one backup.

    Args:
        contents: What belongs to the folder.
        walked: What was found in it.
        parts: What is wanted of it.
        secrets: Whether tokens, keys and passwords are wanted.
        progress: Hears how far it is.
        stop: Ends it.
    """

    contents: Contents
    walked: Walked
    parts: frozenset[Part]
    secrets: bool
    progress: Progress
    stop: Stop
    now: datetime
    _files: list[FileEntry] = field(default_factory=list)
    _links: list[LinkEntry] = field(default_factory=list)
    _missing: list[Missing] = field(default_factory=list)
    _emptied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _stale: list[str] = field(default_factory=list)
    _done: int = 0
    _total: int = 0

    def write(self, file: Path) -> SavedBackup:
        """Write the backup, and check it.

        Raises:
            OSError: It could not be written; nothing is left of it.
            HarmonyError: What was read back is not what was written; nothing is left of it.
            StoppedError: Somebody has ended it; nothing is left of it.
        """
        wanted = [found for found in self.walked.files if found.part in self.parts]
        self._missing = [each for each in self.walked.missing if each.part in self.parts]
        self._total = sum(found.size for found in wanted)
        temporary = file.with_name(f".{file.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
            with os.fdopen(handle, "w+b") as stream:
                with zipfile.ZipFile(stream, "w", allowZip64=True) as archive:
                    for found in wanted:
                        self._add(archive, found)
                    shipped = self._add_shipped(archive)
                    self._add_list(archive, shipped)
                stream.flush()
                os.fsync(stream.fileno())
            with Archive(temporary) as written:
                written.verify(lambda done, total: self.progress(Step.CHECKING, done, total), self.stop)
            self.stop.check()
            size = temporary.stat().st_size
            temporary.replace(file)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            raise
        missing = tuple(sorted(self._missing, key=lambda each: each.path))
        return SavedBackup(file, size, len(self._files), self.parts, missing, tuple(sorted(self._emptied)))

    def _add(self, archive: zipfile.ZipFile, found: Found) -> None:
        """Add one file; one that changes while it is being read is read again."""
        self.stop.check()
        if found.target:
            self._links.append(LinkEntry(found.path, found.target, found.part))
            return
        if not self.secrets and found.path in self.contents.keys:
            self._miss(found, say("it is a key, and secrets were left out"), grave=False)
            return
        begun = self._done
        for attempt in range(TRIES):
            member = f"files/{found.path}" if not attempt else f"changed/{attempt}/{found.path}"
            self._done = begun
            try:
                entry = self._read(archive, found, member)
            except FileNotFoundError:
                break  # it is gone: nothing of the folder is missing
            except PermissionError:
                self._miss(found, say("it may not be read"))
                break
            except NotEmptiedError:
                self._miss(found, say("its secrets cannot be taken out"), grave=False)
                break
            except _NoFileError:
                self._miss(found, say("something else has taken its place"))
                break
            if entry is not None:
                self._files.append(entry)
                break
            self._stale.append(member)
        else:
            self._miss(found, say("it was written to again and again while it was being read"), stop=True)
        self._done = begun + found.size

    def _read(self, archive: zipfile.ZipFile, found: Found, member: str) -> FileEntry | None:
        """Add what a file holds now; return None where it changed meanwhile."""
        place = self.contents.folder / found.path
        with _opened(place) as (handle, before):
            if not self.secrets and found.part is Part.CONFIGURATION:
                content, size = self._without_secrets(found, handle)
                sha256 = hashlib.sha256(content)
                with archive.open(_info(member, before), "w", force_zip64=True) as stream:
                    stream.write(content)
            else:
                sha256, size = self._stream(archive, member, before, handle)
            after = os.fstat(handle)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or _is_other(place, before):
            return None
        mode = f"{stat.S_IMODE(before.st_mode) & 0o777:04o}"
        return FileEntry(found.path, member, found.part, size, sha256.hexdigest(), mode)

    def _stream(
        self, archive: zipfile.ZipFile, member: str, found: os.stat_result, handle: int
    ) -> tuple[hashlib._Hash, int]:
        sha256, size = hashlib.sha256(), 0
        with archive.open(_info(member, found), "w", force_zip64=True) as stream:
            # No more than it had when it was opened: what grows without an end would never come to one.
            while size <= found.st_size and (block := os.read(handle, BLOCK)):
                self.stop.check()
                sha256.update(block)
                stream.write(block)
                size += len(block)
                self._done += len(block)
                self.progress(Step.SAVING, min(self._done, self._total), self._total)
        return sha256, size

    def _without_secrets(self, found: Found, handle: int) -> tuple[bytes, int]:
        blocks = []
        while block := os.read(handle, BLOCK):
            blocks.append(block)
        before = b"".join(blocks)
        content, names = emptied(found.path, before)
        if content != before:
            self._emptied[found.path] = names
        return content, len(content)

    def _miss(self, found: Found, reason: str, *, grave: bool = True, stop: bool = False) -> None:
        advice = say("Stop the services, then make the backup again.") if stop else ""
        self._missing.append(Missing(found.path, reason, advice, found.part, grave))

    def _add_shipped(self, archive: zipfile.ZipFile) -> tuple[str, ...]:
        """Add what once shipped, which a later release is merged with."""
        bases = Bases(self.contents.folder)
        marks = []
        for file in sorted(bases.folder.iterdir()) if bases.folder.is_dir() else ():
            content = bases.read(file.name)
            if content is not None:
                archive.writestr(_info(f"shipped/{file.name}"), content)
                marks.append(file.name)
        return tuple(marks)

    def _add_list(self, archive: zipfile.ZipFile, shipped: tuple[str, ...]) -> None:
        folders = (
            FolderEntry(each.path, each.part, f"{each.mode & 0o777:04o}", each.mounted)
            for each in self.walked.folders
            if each.mounted or each.part in self.parts
        )
        made = BackupList(
            application=__version__,
            made=self.now.isoformat(timespec="seconds"),
            folder=str(self.contents.folder),
            separator=os.pathsep,
            parts=self.parts,
            files=tuple(self._files),
            links=tuple(self._links),
            folders=tuple(folders),
            missing=tuple(self._missing),
            emptied=self._emptied,
            secrets=self.secrets,
            stale=tuple(self._stale),
            shipped=shipped,
            stack=_stack(self.contents.folder),
        )
        archive.writestr(_info(LIST), made.encoded())


class _NoFileError(Exception):
    """What was a file is something else now."""


@contextlib.contextmanager
def _opened(place: Path) -> Iterator[tuple[int, os.stat_result]]:
    """Open a file, and nothing but a file: a link or a pipe may have taken its place."""
    try:
        handle = os.open(place, os.O_RDONLY | _BINARY | _NOFOLLOW | _NONBLOCK)
    except (FileNotFoundError, PermissionError):
        raise
    except OSError as error:
        if place.is_symlink():
            raise _NoFileError from error
        raise
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _NoFileError
        yield handle, found
    finally:
        os.close(handle)


def _is_other(place: Path, found: os.stat_result) -> bool:
    """Return whether another file has taken the place of the one that was read."""
    try:
        now = place.lstat()
    except OSError:
        return True
    return (now.st_dev, now.st_ino) != (found.st_dev, found.st_ino)


def _info(member: str, found: os.stat_result | None = None) -> zipfile.ZipInfo:
    moment = time.localtime(found.st_mtime if found else None)[:6]
    # What the format can say: 1980 to 2107.
    year = min(max(moment[0], 1980), 2107)
    info = zipfile.ZipInfo(member, (year, *moment[1:]))
    info.compress_type = zipfile.ZIP_STORED if PurePosixPath(member).suffix in _PACKED else zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    return info


def _stack(folder: Path) -> dict[str, object] | None:
    if not Manifest.stands_in(folder):
        return None
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
