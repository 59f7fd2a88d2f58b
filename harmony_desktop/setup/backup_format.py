"""The list within a backup: what it holds, how large it is and what its digest is. Read with suspicion."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, field
from typing import Any

from harmony_desktop.control.backups import Missing, NewerBackupError, Part
from harmony_desktop.records import dataclass
from harmony_desktop.setup.backup_names import link_fault, name_fault
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: The list's own name in the archive, and what it says of itself.
LIST = "harmony-backup.json"
KIND = "harmony-desktop-backup"
FORMAT = 1
#: Bytes of a list, and entries in it: far more than any stack folder has.
LARGEST_LIST = 64 * 1024**2
MOST = 250_000
#: Characters of what somebody else has written that are shown.
_LONGEST_TEXT = 2000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MODE = re.compile(r"0?[0-7]{3}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file.

    Attributes:
        path: Where it belongs, relative to the stack folder.
        member: What it is called in the archive.
        part: What it belongs to.
        size: Its bytes.
        sha256: Its digest.
        mode: Its permissions, in octal digits.
    """

    path: str
    member: str
    part: Part
    size: int
    sha256: str
    mode: str = "0644"

    @property
    def permissions(self) -> int:
        """Its permissions: nothing that a program could run as somebody else by."""
        return int(self.mode, 8) & 0o777


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """A symbolic link to something within the folder."""

    path: str
    target: str
    part: Part


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A folder; ``mounted``: a service expects it, whatever is in it."""

    path: str
    part: Part
    mode: str = "0755"
    mounted: bool = False

    @property
    def permissions(self) -> int:
        """Its permissions."""
        return int(self.mode, 8) & 0o777


@dataclass(frozen=True, slots=True)
class BackupList:
    """What a backup holds.

    Attributes:
        application: The version of the panel that made it.
        made: When, as ISO 8601.
        folder: The folder that it was made of.
        separator: What stands between paths in a variable on that system.
        parts: The parts that are in it.
        files: Its files.
        links: Links within the folder.
        folders: Folders that belong to its parts, and those that services expect.
        missing: What is not in it.
        emptied: Variables (by file) whose values were left out.
        secrets: Whether tokens, keys and passwords are in it.
        stale: Members that count for nothing: their files changed while they were being read.
        shipped: Digests of what once shipped (``bases.Bases``), each a member of its own.
        stack: What the set-up knows of the folder (``manifest.Manifest``), as it is written there.
    """

    application: str = ""
    made: str = ""
    folder: str = ""
    separator: str = ":"
    parts: frozenset[Part] = frozenset()
    files: tuple[FileEntry, ...] = ()
    links: tuple[LinkEntry, ...] = ()
    folders: tuple[FolderEntry, ...] = ()
    missing: tuple[Missing, ...] = ()
    emptied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: bool = True
    stale: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    stack: dict[str, Any] | None = None

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(entry.size for entry in self.files)

    def encoded(self) -> bytes:
        """Return it as it is written."""
        content = {
            "format": FORMAT,
            "kind": KIND,
            "application": self.application,
            "made": self.made,
            "folder": self.folder,
            "separator": self.separator,
            "complete": not any(each.grave for each in self.missing),
            "secrets": self.secrets,
            "parts": [part.value for part in Part if part in self.parts],
            "files": [asdict(entry) for entry in self.files],
            "links": [asdict(entry) for entry in self.links],
            "folders": [asdict(entry) for entry in self.folders],
            "missing": [asdict(each) for each in self.missing],
            "emptied": {path: list(names) for path, names in self.emptied.items()},
            "stale": list(self.stale),
            "shipped": list(self.shipped),
            "stack": self.stack,
        }
        return json.dumps(content, indent=1, ensure_ascii=True).encode() + b"\n"


def decoded(content: bytes) -> BackupList:
    """Return a list as it was written.

    Raises:
        NewerBackupError: A later version has written it.
        HarmonyError: It is none, is damaged, or names what no backup of ours would.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise no_backup(say("Its list cannot be read.")) from error
    if not isinstance(found, dict) or found.get("kind") != KIND or not _is_number(found.get("format")):
        raise no_backup(say("Its list says that it is something else."))
    if found["format"] > FORMAT:
        raise NewerBackupError(
            say("This backup was made by a later version of Harmony Desktop"),
            cause=say(
                "It is of format {format}, made by version {version}; this version knows format {known}.",
                format=found["format"],
                version=str(found.get("application", ""))[:40],
                known=FORMAT,
            ),
            advice=say("Update Harmony Desktop, then restore it."),
        )
    try:
        made = _read(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise no_backup(say("Its list is damaged.")) from error
    _require_plain(made)
    return made


def no_backup(cause: str) -> HarmonyError:
    """Return the word on a file that is no backup."""
    return HarmonyError(
        say("This is no backup of Harmony Desktop, or it is damaged"),
        cause=cause,
        advice=say("Choose another file. Nothing was changed."),
    )


def refused(path: str, fault: str) -> HarmonyError:
    """Return the word on a backup that asks for what none of ours would."""
    return HarmonyError(
        say("This backup is not safe to restore"),
        cause=say("“{path}”: {fault}.", path=shown(path), fault=fault),
        advice=say("No backup of Harmony Desktop is like that: it was made by something else, or changed. Nothing "
                   "was changed here."),
    )  # fmt: skip


def shown(path: str) -> str:
    """Return a name that somebody else has chosen, so that it can be shown in one line."""
    found = plain(path)
    return found if len(found) <= 120 else f"{found[:117]}…"


def plain(text: str) -> str:
    """Return a text of somebody else's without what a terminal would obey."""
    found = text[:_LONGEST_TEXT].encode("utf-8", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() else "�" for sign in found)


def _read(found: dict[str, Any]) -> BackupList:
    stack = found.get("stack")
    return BackupList(
        application=_text(found["application"]),
        made=_text(found["made"]),
        folder=_text(found["folder"]),
        separator=_text(found["separator"])[:1],
        parts=frozenset(Part(name) for name in found["parts"]),
        files=tuple(_file(entry) for entry in _several(found["files"])),
        links=tuple(LinkEntry(_text(e["path"]), _text(e["target"]), Part(e["part"])) for e in _several(found["links"])),
        folders=tuple(
            FolderEntry(_text(e["path"]), Part(e["part"]), _mode(e["mode"]), e["mounted"] is True)
            for e in _several(found["folders"])
        ),
        missing=tuple(
            Missing(
                plain(_text(e["path"])),
                plain(_text(e["reason"])),
                plain(_text(e["advice"])),
                Part(e["part"]),
                grave=e["grave"] is True,
            )
            for e in _several(found["missing"])
        ),
        emptied={_text(path): tuple(map(_text, names)) for path, names in found["emptied"].items()},
        secrets=found["secrets"] is True,
        stale=tuple(map(_text, _several(found["stale"]))),
        shipped=tuple(_digest(each) for each in _several(found["shipped"])),
        stack=stack if isinstance(stack, dict) else None,
    )


def _file(entry: dict[str, Any]) -> FileEntry:
    if not _is_number(entry["size"]):
        raise ValueError(entry)
    return FileEntry(
        _text(entry["path"]),
        _text(entry["member"]),
        Part(entry["part"]),
        entry["size"],
        _digest(entry["sha256"]),
        _mode(entry["mode"]),
    )


def _require_plain(made: BackupList) -> None:
    """Refuse what leads out of the folder, and what is there twice. Raises HarmonyError."""
    for path in _paths(made):
        if fault := name_fault(path):
            raise refused(path, fault)
    for link in made.links:
        if fault := link_fault(link.path, link.target):
            raise refused(link.path, fault)
    taken: set[str] = set()
    for path in (*(entry.path for entry in made.files), *(entry.path for entry in made.links)):
        if path in taken:
            raise refused(path, say("it is there twice"))
        taken.add(path)
    for path in _paths(made):
        above = path.split("/")
        for count in range(1, len(above)):
            if "/".join(above[:count]) in taken:
                raise refused(path, say("it lies in what is a file or a link, and no folder"))
    for entry in made.folders:
        if entry.path in taken:
            raise refused(entry.path, say("it is a folder and a file at once"))


def _paths(made: BackupList) -> Iterator[str]:
    for entries in (made.files, made.links, made.folders):
        yield from (entry.path for entry in entries)


def _several(found: Any) -> list[Any]:  # noqa: ANN401 - whatever somebody has written
    if not isinstance(found, list) or len(found) > MOST:
        raise TypeError(type(found))
    return found


def _text(found: Any) -> str:  # noqa: ANN401 - whatever somebody has written
    if not isinstance(found, str):
        raise TypeError(type(found))
    return found


def _mode(found: Any) -> str:  # noqa: ANN401 - whatever somebody has written
    if not _MODE.fullmatch(_text(found)):
        raise ValueError(found)
    return str(found)


def _digest(found: Any) -> str:  # noqa: ANN401 - whatever somebody has written
    if not _DIGEST.fullmatch(_text(found)):
        raise ValueError(found)
    return str(found)


def _is_number(found: Any) -> bool:  # noqa: ANN401 - whatever somebody has written
    return isinstance(found, int) and not isinstance(found, bool) and found >= 0
