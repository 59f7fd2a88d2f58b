"""Takes a repair back: only what is still as the repair left it."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.repairs import Undone
from harmony_desktop.setup.manifest import Manifest, digest
from harmony_desktop.setup.repair_log import Entry
from harmony_desktop.stack.words import say


def undo(root: Path, entries: Sequence[Entry]) -> Undone:
    """Take back what a repair did, the last thing first.

    Args:
        root: The stack's folder.
        entries: What it did.

    Raises:
        OSError: Something could not be written; what was restored until then stays restored.
    """
    restored: list[str] = []
    kept: list[str] = []
    for entry in reversed(entries):
        path = Path(entry.path)
        said = _file(root, entry, path) if entry.kind == "file" else _folder(entry, path)
        (restored if not said else kept).append(said or str(path))
    return Undone(tuple(dict.fromkeys(restored)), tuple(kept))


def _file(root: Path, entry: Entry, path: Path) -> str:
    """Restore a file; return why it stays as it is, or ""."""
    backup = Path(entry.backup) if entry.backup else None
    current = path.read_bytes() if path.is_file() else None
    now = "" if current is None else digest(current)
    if now == entry.before:
        pass  # the repair never came to it
    elif now != entry.after:
        where = say(" What it was before is in {backup}.", backup=backup) if backup else ""
        return say("{path} was changed since the repair, and stays as it is.{where}", path=path, where=where)
    elif backup is None:
        path.unlink()
    else:
        content = backup.read_bytes() if backup.is_file() else None
        if content is None or digest(content) != entry.before:
            return say("{path} stays as it is: its backup {backup} is gone, or was changed.", path=path, backup=backup)
        write_atomic(path.resolve(), content)
        _tell_manifest(root, path, entry)
    if backup is not None and backup.is_file() and digest(backup.read_bytes()) == entry.before:
        backup.unlink()
    return ""


def _folder(entry: Entry, path: Path) -> str:
    """Restore a folder; return why it stays as it is, or ""."""
    if entry.kind == "remove":
        if path.exists():
            return (
                ""
                if path.is_dir()
                else say("{path} is a file that was changed since the repair, and stays.", path=path)
            )
        path.mkdir(parents=True)
        _own(path, entry)
        path.chmod(entry.mode)
        return ""
    if entry.kind == "make":
        with contextlib.suppress(FileNotFoundError):
            if any(path.iterdir()):
                return say("{path} was made by the repair, and stays: something is in it now.", path=path)
            path.rmdir()
        return ""
    if not path.is_dir():
        return ""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode not in {entry.new_mode, entry.mode}:
        return say("{path} has got other permissions since the repair, and keeps them.", path=path)
    if entry.kind == "own":
        _own(path, entry)
    path.chmod(entry.mode)
    return ""


def _own(path: Path, entry: Entry) -> None:
    if sys.platform != "win32" and entry.uid >= 0:
        with contextlib.suppress(PermissionError):  # only root can give away what is his
            os.chown(path, entry.uid, entry.gid)


def _tell_manifest(root: Path, path: Path, entry: Entry) -> None:
    """Let a file that nobody had edited before the repair count as such again."""
    if not Manifest.stands_in(root) or not path.is_relative_to(root):
        return
    manifest = Manifest(root)
    known = manifest.entries.get(path.relative_to(root).as_posix())
    if entry.untouched and known is not None and known.written == entry.after:
        known.written = entry.before
        manifest.save()
