"""Reads a backup, whoever made it: in blocks, never more than its list says, never to the disk before it is checked."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from harmony_desktop.control.stopping import Stop
from harmony_desktop.setup.backup_blocks import BLOCK
from harmony_desktop.setup.backup_format import (
    LARGEST_LIST,
    LIST,
    MOST,
    BackupList,
    FileEntry,
    decoded,
    no_backup,
    refused,
    shown,
)
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Deflate makes a thousand bytes of one at the most.
_RATIO = 1100
_KNOWN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, ValueError)


class Archive:
    """An open backup.

    Args:
        file: The file.

    Raises:
        NewerBackupError: A later version of the panel has made it.
        HarmonyError: It cannot be read, is no backup, is damaged, or holds what none of ours would.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._stream: IO[bytes] = file.open("rb")
        except OSError as error:
            raise _unreadable(file, error) from error
        try:
            self._open()
        except BaseException:
            self._stream.close()
            raise

    def _open(self) -> None:
        try:
            found = Path(self.file).stat()
            self.mark = (found.st_size, found.st_mtime_ns)
            self._zip = zipfile.ZipFile(self._stream)
            self._members = _members(self._zip)
            self.list: BackupList = decoded(self._read_list())
            self._require_listed()
        except OSError as error:
            raise _unreadable(self.file, error) from error
        except _DAMAGE as error:
            raise no_backup(say("{file} cannot be read: {error}", file=str(self.file), error=str(error))) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._stream.close()

    def verify(self, progress: Callable[[int, int], None], stop: Stop) -> None:
        """Read all of it, and compare every digest. Raises HarmonyError, StoppedError."""
        done, total = 0, self.list.size
        for entry in self.list.files:
            for block in self.blocks(entry):
                stop.check()
                done += len(block)
                progress(done, total)
        for mark in self.list.shipped:
            self.shipped(mark)

    def blocks(self, entry: FileEntry) -> Iterator[bytes]:
        """Yield what a file holds. Raises HarmonyError, at the end where its digest is another."""
        yield from self._blocks(entry.member, entry.path, entry.size, entry.sha256)

    def content(self, entry: FileEntry) -> bytes:
        """Return what a small file holds. Raises HarmonyError."""
        return b"".join(self.blocks(entry))

    def shipped(self, mark: str) -> bytes:
        """Return what once shipped, by its digest. Raises HarmonyError."""
        member = f"shipped/{mark}"
        return b"".join(self._blocks(member, member, self._members[member].file_size, mark))

    def _blocks(self, member: str, path: str, size: int, sha256: str) -> Iterator[bytes]:
        seen, made = 0, hashlib.sha256()
        try:
            with self._zip.open(self._members[member]) as stream:
                while block := stream.read(BLOCK):
                    seen += len(block)
                    if seen > size:
                        raise refused(path, say("it is larger than its list says"))
                    made.update(block)
                    yield block
        except OSError as error:
            raise _unreadable(self.file, error) from error
        except _DAMAGE as error:
            raise _damaged(path, str(error)) from error
        if seen != size or made.hexdigest() != sha256:
            raise _damaged(path, say("what it holds is not what was saved"))

    def _read_list(self) -> bytes:
        info = self._members.get(LIST)
        if info is None:
            raise no_backup(say("There is no list of what it holds in it."))
        if info.file_size > LARGEST_LIST:
            raise no_backup(say("Its list is too large."))
        with self._zip.open(info) as stream:
            return stream.read(LARGEST_LIST + 1)

    def _require_listed(self) -> None:
        """Refuse what the list does not name, and what is not as it says. Raises HarmonyError."""
        known = {LIST, *self.list.stale, *(f"shipped/{mark}" for mark in self.list.shipped)}
        for entry in self.list.files:
            info = self._members.get(entry.member)
            if info is None:
                raise _damaged(entry.path, say("it is not there"))
            if info.file_size != entry.size:
                raise _damaged(entry.path, say("it has another size than its list says"))
            if entry.member in known:
                raise refused(entry.path, say("it is there twice"))
            known.add(entry.member)
        for name, info in self._members.items():
            if name not in known:
                raise refused(name, say("its list does not name it"))
            if info.file_size > info.compress_size * _RATIO + BLOCK:
                raise refused(name, say("it claims to be larger than it can be"))
        for mark in self.list.shipped:
            if f"shipped/{mark}" not in self._members or self._members[f"shipped/{mark}"].file_size > LARGEST_LIST:
                raise _damaged(mark, say("it is not there"))


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return what is in an archive, by name. Raises HarmonyError."""
    found: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > MOST:
        raise no_backup(say("There are too many files in it."))
    for info in infos:
        name = info.filename
        if name in found:
            raise refused(name, say("it is there twice"))
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise refused(name, say("it is a link, a folder or a device"))
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _KNOWN:
            raise refused(name, say("it is packed in another way"))
        if info.orig_filename != name:
            raise refused(info.orig_filename, say("its name has a control character"))
        found[name] = info
    return found


def _unreadable(file: Path, error: OSError) -> HarmonyError:
    return HarmonyError(
        say("The backup cannot be read"),
        cause=f"{error.filename or file}: {error.strerror or error}",
        advice=say("Check that it is there, and its permissions."),
    )


def _damaged(path: str, reason: str) -> HarmonyError:
    return HarmonyError(
        say("The backup is damaged"),
        cause=say("{path}: {reason}.", path=shown(path), reason=reason),
        advice=say("Take another copy of it, or another backup. Nothing was changed."),
    )
