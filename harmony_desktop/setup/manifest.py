"""What the set-up wrote: tells an untouched file from an edited one. Stands in the stack folder."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from harmony_desktop import __version__
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.secret_names import is_secret
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

MANIFEST = ".harmony/manifest.json"
_FORMAT = 1
_PRIVATE = 0o600
_TEXTS = ("shipped", "written", "beside", "base")
_MAPS = ("values", "undo")


def digest(content: bytes) -> str:
    """Return the hash by which contents are compared."""
    return hashlib.sha256(content).hexdigest()


@dataclass(slots=True)
class Entry:
    """One shipped file.

    Attributes:
        shipped: Digest of the shipped content that the user has, or has been offered.
        written: Digest of what the set-up wrote to its place: as long as the file has it, nobody edited it.
        beside: Digest of the newer content that was laid beside an edited file, or "".
        base: Digest of the shipped content that the file comes from, which ``bases.Bases`` keeps; "" where it is not
            known.
        values: Variables that the set-up filled in, as they were written.
        undo: What the last merge changed, by the name of the field, with the file's backup and its digest after it.
        retired: Whether it was told that the file ships no longer.
        unknown: Keys of another release; they are kept.
    """

    shipped: str = ""
    written: str = ""
    beside: str = ""
    base: str = ""
    values: dict[str, str] = field(default_factory=dict)
    undo: dict[str, str] = field(default_factory=dict)
    retired: bool = False
    unknown: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, found: Mapping[str, Any]) -> Entry:
        """Return an entry as it is written. Raises KeyError or TypeError where it is none."""
        rest = dict(found)
        made = cls()
        for name in _TEXTS:
            setattr(made, name, str(rest.pop(name, "")))
        for name in _MAPS:
            setattr(made, name, {str(key): str(value) for key, value in dict(rest.pop(name, {})).items()})
        made.retired = rest.pop("retired", False) is True
        made.unknown = rest
        return made

    def rendered(self) -> dict[str, Any]:
        """Return it as it is written."""
        found: dict[str, Any] = {**self.unknown, "shipped": self.shipped, "written": self.written}
        found |= {"beside": self.beside, "base": self.base, "values": self.values}
        if self.undo:
            found["undo"] = self.undo
        if self.retired:
            found["retired"] = True
        return found


class Manifest:
    """The entries of a stack folder, by path.

    Attributes:
        entries: The entries.
        release: The release of this program that prepared the folder last, or "".
        newer: The release of a later program that prepared the folder last, as people call it; "" where it was this
            one, or an earlier one. Then the folder is used as it is: nothing is refreshed in it.
        damaged: Whether the file is there and cannot be read. The next ``save`` keeps it aside.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / MANIFEST
        self._stored = self._file.read_bytes() if self._file.is_file() else b""
        read = _content(self._stored)
        self.damaged = read is None and self._file.is_file()
        content = read or {}
        self._format = _format(content)
        self.release = str(content.get("release", ""))
        self.entries = _entries(content.get("files"))
        self._unknown = {name: value for name, value in content.items() if name not in {"format", "release", "files"}}
        later = self._format > _FORMAT or _order(self.release) > _order(__version__)
        self.newer = (self.release or say("a later release")) if later else ""

    @staticmethod
    def stands_in(root: Path) -> bool:
        """Return whether the folder was made by the set-up."""
        return (root / MANIFEST).is_file()

    def entry(self, path: str) -> Entry:
        """Return the entry of a file, a new one where there is none."""
        return self.entries.setdefault(path, Entry())

    def save(self) -> None:
        """Write the manifest where it changed; one of a later format stays as it is. Raises OSError."""
        content = self._render()
        if content == self._stored or self._format > _FORMAT:
            return
        self._file.parent.mkdir(exist_ok=True)
        secret = any(is_secret(name) for entry in self.entries.values() for name in entry.values)
        if self.damaged:
            # It may hold values of secrets, as an unharmed one does.
            write_atomic(self._aside(), self._stored, mode=_PRIVATE if os.name == "posix" else None)
            self.damaged = False
        write_atomic(self._file, content, mode=_PRIVATE if secret and os.name == "posix" else None)
        self._stored = content

    def _aside(self) -> Path:
        """Return where a damaged one is kept: a name that nothing has yet."""
        names = (f"{self._file.name}.damaged{number or ''}" for number in itertools.count())
        return next(path for name in names if not (path := self._file.with_name(name)).exists())

    def _render(self) -> bytes:
        files = {path: entry.rendered() for path, entry in sorted(self.entries.items())}
        content = {**self._unknown, "format": _FORMAT, "release": self.release, "files": files}
        return json.dumps(content, indent=2).encode() + b"\n"


def newer_words(release: str) -> str:
    """Return what to say of a folder that a later program prepared."""
    return say(
        "This folder was prepared by a newer Harmony ({release}). It is used as it is: this older one refreshes "
        "nothing in it.",
        release=release,
    )


def damaged_words() -> str:
    """Return what to say of a folder whose manifest cannot be read."""
    return say(
        "{path} is damaged: it is kept beside a new one, and files that differ from the shipped ones count as edited.",
        path=MANIFEST,
    )


def _content(stored: bytes) -> dict[str, Any] | None:
    """Return what the file holds; a damaged one None, which makes every file count as edited."""
    try:
        content = json.loads(stored)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _format(content: Mapping[str, Any]) -> int:
    found = content.get("format", _FORMAT)
    return found if isinstance(found, int) else _FORMAT


def _entries(found: object) -> dict[str, Entry]:
    """Return the entries; one that is damaged counts as none."""
    entries: dict[str, Entry] = {}
    for path, entry in found.items() if isinstance(found, dict) else ():
        try:
            entries[path] = Entry.parse(entry)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return entries


def _order(release: str) -> tuple[int, ...]:
    """Return a release's numbers: 0.10 is later than 0.9, and what stands behind them does not count."""
    found = re.match(r"\d+(?:\.\d+)*", release)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
