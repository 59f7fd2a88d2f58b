"""Goes through a stack folder for a backup: every file with its part, and what cannot be taken along, and why."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from harmony_desktop.control.backups import Missing, Part
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.setup.backup_blocks import may
from harmony_desktop.setup.backup_contents import Contents, Root, part_within
from harmony_desktop.setup.backup_format import plain
from harmony_desktop.setup.backup_names import KEPT, link_fault, name_fault
from harmony_desktop.setup.backup_rights import opening_command
from harmony_desktop.setup.manifest import MANIFEST
from harmony_desktop.stack.words import Words, say

#: The panel’s own: what it remembers of the stack, and its lock.
_OWN = frozenset({MANIFEST.split("/", 1)[0]})


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the folder.

    Attributes:
        path: Relative to the folder.
        part: What it belongs to.
        size: Its bytes when it was found.
        target: Where it leads, for a symbolic link within the folder; "" for a file.
    """

    path: str
    part: Part
    size: int
    target: str = ""


@dataclass(frozen=True, slots=True)
class FoundFolder:
    """A folder; one that a service mounts has to be there, whatever is in it."""

    path: str
    part: Part
    mode: int
    mounted: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """What there is."""

    files: tuple[Found, ...]
    folders: tuple[FoundFolder, ...]
    missing: tuple[Missing, ...]


def walk(contents: Contents, stop: Stop, *, leave_out: frozenset[Path] = frozenset()) -> Walked:
    """Return all that belongs to a folder. Links are not followed.

    Args:
        contents: What belongs to it.
        stop: Ends it.
        leave_out: Files that are none of the folder's: the backup itself.

    Raises:
        StoppedError: Somebody has ended it.
    """
    return _Walk(contents, stop, leave_out).run()


class _Walk:
    """One run."""

    def __init__(self, contents: Contents, stop: Stop, leave_out: frozenset[Path]) -> None:
        self._contents = contents
        self._folder = contents.folder
        self._stop = stop
        self._leave_out = leave_out
        self._roots = {root.path: root for root in contents.roots}
        self._files: dict[str, Found] = {}
        self._folders: dict[str, FoundFolder] = {}
        self._missing: dict[str, Missing] = {}

    def run(self) -> Walked:
        for path in self._contents.files:
            self._stop.check()
            if self._is_reachable(path, Part.CONFIGURATION):
                self._take(path, Part.CONFIGURATION)
        for root in self._contents.roots:
            if self._is_reachable(root.path, root.part) and (self._folder / root.path).is_dir():
                self._enter(root.path, root, mounted=True)
        return Walked(
            tuple(self._files[path] for path in sorted(self._files)),
            tuple(self._folders[path] for path in sorted(self._folders)),
            tuple(self._missing[path] for path in sorted(self._missing)),
        )

    def _is_reachable(self, path: str, part: Part) -> bool:
        """Return whether no folder on the way is a link: what lies behind one is another place."""
        above = path.split("/")[:-1]
        for count in range(1, len(above) + 1):
            name = "/".join(above[:count])
            if (self._folder / name).is_symlink():
                self._tell(name, part, say("it is a link to a folder, and links are not followed"))
                return False
        return True

    def _enter(self, path: str, root: Root, *, mounted: bool = False) -> None:
        """Take a folder, and all that is in it."""
        waiting: list[tuple[str, bool]] = [(path, mounted)]
        while waiting:
            name, is_mount = waiting.pop()
            place = self._folder / name
            if is_mount and place.is_symlink():
                self._take_link(name, root.part)
                continue
            try:
                mode = stat.S_IMODE(place.stat().st_mode)
                with os.scandir(place) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                self._unreadable(name, root.part, error)
                continue
            if name != ".":
                self._folders[name] = FoundFolder(name, root.part, mode, is_mount)
            for entry in entries:
                self._stop.check()
                below = entry.name if name == "." else f"{name}/{entry.name}"
                if self._is_own(below) or below in self._roots or below in self._files:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if fault := name_fault(below):
                        self._tell(below, root.part, fault)
                    else:
                        waiting.append((below, False))
                else:
                    self._take(below, root.part)

    def _is_own(self, path: str) -> bool:
        first = path.split("/", 1)[0]
        return first in _OWN or first.startswith(KEPT) or self._folder / path in self._leave_out

    def _take(self, path: str, root: Part) -> None:
        place = self._folder / path
        if self._is_own(path) or path in self._missing:
            return
        try:
            found = place.lstat()
        except FileNotFoundError:
            return
        except OSError as error:
            self._unreadable(path, root, error)
            return
        if stat.S_ISLNK(found.st_mode):
            self._take_link(path, root)
            return
        if stat.S_ISDIR(found.st_mode):
            return  # in the place of a file; the check-up tells
        if not stat.S_ISREG(found.st_mode):
            self._tell(path, root, say("it is no file, but a socket, a pipe or a device"), grave=False)
            return
        part = part_within(root, path, found.st_size)
        if fault := name_fault(path):
            self._tell(path, part, fault)
        elif not may(place, os.R_OK):
            self._unreadable(path, part, PermissionError())
        else:
            self._files[path] = Found(path, part, found.st_size)

    def _take_link(self, path: str, root: Part) -> None:
        """Take a link for what it is, if it leads to something within the folder."""
        place = self._folder / path
        part = part_within(root, path, 0)
        try:
            target = place.readlink()
            inside = place.resolve().is_relative_to(self._folder)
        except (OSError, RuntimeError) as error:
            self._tell(path, part, say("it is a link that cannot be read: {error}", error=str(error)))
            return
        if target.is_absolute() and target.is_relative_to(self._folder):
            target = Path(os.path.relpath(target, place.parent))
        led = target.as_posix()
        fault = name_fault(path) or link_fault(path, led)
        if fault or not inside:
            self._tell(path, part, fault or say("it is a link that leads out of the folder"))
        else:
            self._files[path] = Found(path, part, 0, led)

    def _unreadable(self, path: str, part: Part, error: OSError) -> None:
        if not isinstance(error, PermissionError):
            self._tell(path, part, say("it cannot be read: {error}", error=error.strerror or str(error)))
            return
        place = self._folder / path
        try:
            owner = place.lstat().st_uid
        except OSError:
            owner = -1
        reason = say("it may not be read: it belongs to user {owner}", owner=owner)
        advice = say("This lets you read it: {command}", command=opening_command(place, "rX"))
        self._missing[path] = Missing(plain(path), reason, advice, part)

    def _tell(self, path: str, part: Part, reason: str | Words, *, grave: bool = True) -> None:
        self._missing[path] = Missing(plain(path), reason, part=part, grave=grave)


def files_of(walked: Walked, parts: frozenset[Part]) -> Iterator[Found]:
    """Yield the files of some parts."""
    return (found for found in walked.files if found.part in parts)
