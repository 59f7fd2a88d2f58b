"""Mends files and folders of a stack: plans, does, and takes back. Implements ``control.repairs.Mender``."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path

from harmony_desktop import assets
from harmony_desktop.control.adjustments import FileChange
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.repairs import (
    FolderChange,
    HandOver,
    MakeFile,
    OpenFolder,
    Repair,
    RepairPlan,
    SetVariables,
    Undone,
    UnsetVariables,
)
from harmony_desktop.records import dataclass
from harmony_desktop.setup.manifest import Manifest, digest
from harmony_desktop.setup.repair_log import Entry, RepairLog
from harmony_desktop.setup.repair_undo import undo
from harmony_desktop.setup.text_edits import edited
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

_USUAL = 0o755
_EVERYBODY = 0o777
_OWNER = 0o700


@dataclass(frozen=True, slots=True)
class LocalMender:
    """Changes the files of this machine.

    Attributes:
        source: The folder of the shipped stack; None for the one that ships with this program.
        writable: False for compose files that the caller named: those are left as they are.
        now: Returns the time, for the names of backups.
    """

    source: Path | None = None
    writable: bool = True
    now: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone())

    def stock(self, root: Path, path: Path) -> bytes | None:
        """Return what a missing file is to hold: as it ships, empty where a service fills it, None for others."""
        from harmony_desktop.setup.layout import load_layout  # noqa: PLC0415 - reads YAML

        layout = load_layout(self.source or assets.compose_dir())
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
        if name in layout.shipped:
            return layout.shipped[name]
        return b"" if name in layout.empty_files or path.suffix == ".key" else None

    def plan(self, root: Path, repairs: Sequence[Repair]) -> RepairPlan:
        """Return what repairs would do; those of one file are done one upon the other. Raises HarmonyError."""
        self._require_ours(root, repairs)
        with _telling(root):
            drawn = _Drawing(root)
            for repair in repairs:
                drawn.add(repair)
            return drawn.plan(tuple(repairs))

    def apply(self, plan: RepairPlan) -> tuple[Path, ...]:
        """Do it, all that is about files and folders; return the backups. Raises HarmonyError."""
        self._require_ours(plan.root, plan.repairs)
        with _telling(plan.root):
            for change in plan.changes:
                if _content(change.path) != change.before:
                    raise _changed(change.path)
            backups = self._backups(plan)
            untouched = _untouched(plan)
            entries = [
                *(_folder_entry(change) for change in plan.folders),
                *(_file_entry(change, backups, untouched=change.path in untouched) for change in plan.changes),
            ]
            if not entries:
                return ()
            # Known before it is done: what is ended half-way can be taken back, too.
            RepairLog.read(plan.root).add(entries)
            for folder in plan.folders:
                _change_folder(folder)
            for change in plan.changes:
                _write(change, backups.get(change.path))
            _tell_manifest(plan, untouched)
            return tuple(backups.values())

    def can_undo(self, root: Path) -> bool:
        """Return whether there is a repair to take back."""
        return self.writable and bool(RepairLog.read(root).repairs)

    def undo(self, root: Path) -> Undone:
        """Take back the last repair, as far as everything is as the repair left it. Raises HarmonyError."""
        log = RepairLog.read(root)
        if not self.writable or not log.repairs:
            raise HarmonyError(
                "There is no repair to take back", cause=say("None is remembered for {root}.", root=root)
            )
        with _telling(root):
            result = undo(root, log.repairs[-1])
            log.drop_last()
        return result

    def _backups(self, plan: RepairPlan) -> dict[Path, Path]:
        """Return the name of the backup of each file that is changed."""
        stamp = f"{self.now():%Y%m%d-%H%M%S}"
        backups: dict[Path, Path] = {}
        for change in plan.changes:
            if change.before is None:
                continue
            file = change.path.resolve()
            backup = file.with_name(f"{file.name}.before-repair-{stamp}")
            number = 1
            while backup.exists():
                number += 1
                backup = file.with_name(f"{file.name}.before-repair-{stamp}-{number}")
            backups[change.path] = backup
        return backups

    def _require_ours(self, root: Path, repairs: Sequence[Repair]) -> None:
        if self.writable or not repairs:
            return
        raise HarmonyError(
            "These files are left as they are",
            cause="The panel was opened on compose files of your own (-f).",
            advice=say("Call it without -f in {root}, or do what the advice of each check says.", root=root),
        )


class _Drawing:
    """A plan in the making: contents as they will be, by file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[Path, bytes | None] = {}
        self._after: dict[Path, bytes] = {}
        self._folders: dict[tuple[Path, str], FolderChange] = {}
        self._handovers: dict[Path, HandOver] = {}

    def add(self, repair: Repair) -> None:
        """Draw one repair upon the others."""
        for wish in repair.wishes:
            if isinstance(wish, HandOver):
                self._handovers[wish.path] = wish
            elif isinstance(wish, OpenFolder):
                self._open(wish)
            elif isinstance(wish, MakeFile):
                self._make_file(wish)
            else:
                file = wish.file
                if file not in self._before:
                    self._before[file] = _content(file)
                self._after[file] = edited(self._after.get(file, self._before[file] or b""), wish)

    def plan(self, repairs: tuple[Repair, ...]) -> RepairPlan:
        """Return what is drawn."""
        changes = tuple(
            FileChange(file, self._before[file], after)
            for file, after in self._after.items()
            if self._before[file] != after
        )
        return RepairPlan(self._root, repairs, tuple(self._folders.values()), changes, tuple(self._handovers.values()))

    def _make_file(self, wish: MakeFile) -> None:
        path = wish.path
        if path.is_dir():
            if path.is_symlink() or any(path.iterdir()):
                raise HarmonyError(
                    say("The folder {path} is not empty", path=path.name),
                    cause=say("{path} stands in the place of a file, and holds something.", path=path),
                    advice="Look at what is in it, and move it elsewhere.",
                )
            found = path.stat()
            self._folders[path, "remove"] = FolderChange(
                path,
                "remove",
                stat.S_IMODE(found.st_mode),
                found.st_uid,
                found.st_gid,
                f"rmdir {shlex.quote(str(path))}",
            )
        elif path.exists():
            return
        self._before.setdefault(path, None)
        self._after[path] = wish.content

    def _open(self, wish: OpenFolder) -> None:
        path = wish.path
        mode = _USUAL
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
        else:
            self._folders[path, "make"] = FolderChange(path, "make", _USUAL, words=f"mkdir -p {shlex.quote(str(path))}")
        if os.name == "posix" and os.geteuid() == 0:
            gid = -1 if wish.gid is None else wish.gid
            owner = f"{wish.uid}" if wish.gid is None else f"{wish.uid}:{wish.gid}"
            words = f"chown {owner} {shlex.quote(str(path))}"
            self._folders[path, "own"] = FolderChange(path, "own", mode | _OWNER, wish.uid, gid, words)
        elif sys.platform == "linux":
            words = f"chmod a+rwx {shlex.quote(str(path))}"
            self._folders[path, "open"] = FolderChange(path, "open", mode | _EVERYBODY, words=words)


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _change_folder(change: FolderChange) -> None:
    path = change.path
    if change.deed == "remove":
        path.rmdir()
    elif change.deed == "make":
        path.mkdir(parents=True, exist_ok=True)
    elif change.deed == "own" and sys.platform != "win32":
        os.chown(path, change.uid, change.gid)
        path.chmod(change.mode)
    else:
        path.chmod(change.mode)


def _write(change: FileChange, backup: Path | None) -> None:
    file = change.path.resolve()
    if change.after is None:
        raise AssertionError(change)
    if backup is not None and change.before is not None:
        write_atomic(backup, change.before, mode=stat.S_IMODE(file.stat().st_mode))
    file.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if change.before is None and file.name == ".env" else None
    write_atomic(file, change.after, mode=mode)


def _file_entry(change: FileChange, backups: dict[Path, Path], *, untouched: bool) -> Entry:
    before = "" if change.before is None else digest(change.before)
    backup = str(backups[change.path]) if change.path in backups else ""
    return Entry("file", str(change.path), before, digest(change.after or b""), backup, untouched=untouched)


def _folder_entry(change: FolderChange) -> Entry:
    if change.deed in {"remove", "make"}:
        return Entry(change.deed, str(change.path), mode=change.mode, uid=change.uid, gid=change.gid)
    found = change.path.stat() if change.path.exists() else None
    mode = stat.S_IMODE(found.st_mode) if found else _USUAL
    uid, gid = (found.st_uid, found.st_gid) if found else (-1, -1)
    return Entry(change.deed, str(change.path), mode=mode, uid=uid, gid=gid, new_mode=change.mode)


def _untouched(plan: RepairPlan) -> frozenset[Path]:
    """Return the files that are as the set-up wrote them."""
    if not Manifest.stands_in(plan.root):
        return frozenset()
    entries = Manifest(plan.root).entries
    return frozenset(
        change.path
        for change in plan.changes
        if change.before is not None
        and change.path.is_relative_to(plan.root)
        and (known := entries.get(change.path.relative_to(plan.root).as_posix())) is not None
        and known.written == digest(change.before)
    )


def _tell_manifest(plan: RepairPlan, untouched: frozenset[Path]) -> None:
    """Tell the manifest of a stack folder, so that a file that nobody edited still counts as such."""
    root = plan.root
    if not Manifest.stands_in(root):
        return
    manifest = Manifest(root)
    wishes = [wish for repair in plan.repairs for wish in repair.wishes]
    for change in plan.changes:
        if not change.path.is_relative_to(root):
            continue
        name = change.path.relative_to(root).as_posix()
        if name not in manifest.entries:
            continue
        entry = manifest.entry(name)
        if change.path in untouched or change.before is None:
            entry.written = digest(change.after or b"")
        for wish in wishes:
            if isinstance(wish, SetVariables) and wish.file == change.path:
                from harmony_desktop.setup.envfile import EnvFile  # noqa: PLC0415 - for this case alone

                env = EnvFile(change.after or b"")
                entry.values.update({key: env.raw(key) or "" for key, _ in wish.values})
            elif isinstance(wish, UnsetVariables) and wish.file == change.path:
                for key in wish.names:
                    entry.values.pop(key, None)
    manifest.save()


def _changed(path: Path) -> HarmonyError:
    return HarmonyError(
        say("{path} has changed meanwhile", path=path.name),
        cause=say("Somebody else has written to {path}.", path=path),
        advice="Look at the repair again; nothing was written.",
    )


class _telling:  # noqa: N801 - reads as the words of a with statement
    """Turns what the operating system refuses into a word to the user."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise HarmonyError(
                "The repair could not be done",
                cause=f"{error.filename or self._root}: {error.strerror or error}",
                advice="Make room or ask for access, then try again. What was changed already can be undone.",
            ) from error
