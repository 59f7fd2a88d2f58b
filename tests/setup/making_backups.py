"""Backups for tests: who makes them, and archives as somebody with bad intentions would write them."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harmony_desktop.assets import compose_dir
from harmony_desktop.setup.backup import LocalBackups
from harmony_desktop.setup.backup_format import FORMAT, KIND, LIST

#: What the folder of a test would be taken for if COMPOSE_FILE and the like were those of whoever runs it.
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "HARMONY_"))}


def keeper(taken: list[Path] | None = None) -> LocalBackups:
    """Return who makes backups; folders that it would have the panel remember are written down."""

    def take(folder: Path) -> bool:
        if taken is None or taken:
            return False
        taken.append(folder)
        return True

    return LocalBackups(ENVIRON, compose_dir(), take, now=lambda: datetime(2026, 1, 31, 12, 4, tzinfo=UTC))


def tree(folder: Path) -> dict[str, bytes | str]:
    """Return what is below a folder: contents of files, targets of links, "" for folders."""
    found: dict[str, bytes | str] = {}
    for place in sorted(folder.rglob("*")):
        name = place.relative_to(folder).as_posix()
        if place.is_symlink():
            found[name] = f"-> {place.readlink()}"
        else:
            found[name] = place.read_bytes() if place.is_file() else ""
    return found


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of all files below a folder."""
    return {
        place.relative_to(folder).as_posix(): stat.S_IMODE(place.stat().st_mode)
        for place in folder.rglob("*")
        if place.is_file()
    }


@dataclass
class Forged:
    """A backup in the making; what it says of itself can be anything.

    Attributes:
        files: Contents by path.
        lies: What its list says of a file instead of the truth, by path.
        says: What its list says of the whole instead of the truth.
        more: Further members that no list names.
        links: Links by path.
        change: Changes what the archive says of each member.
    """

    files: Mapping[str, bytes] = field(default_factory=lambda: {".env": b"A=1\n"})
    lies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    says: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[zipfile.ZipInfo], None] | None = None

    def write(self, file: Path) -> Path:
        """Write it."""
        entries = []
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (path, content) in enumerate(self.files.items()):
                member = f"files/{number}"
                info = zipfile.ZipInfo(member)
                info.compress_type = zipfile.ZIP_DEFLATED
                if self.change is not None:
                    self.change(info)
                archive.writestr(info, content)
                entry = {
                    "path": path,
                    "member": member,
                    "part": "configuration",
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "mode": "0644",
                }
                entries.append({**entry, **self.lies.get(path, {})})
            for name, content in self.more.items():
                archive.writestr(name, content)
            links = [{"path": p, "target": t, "part": "configuration"} for p, t in self.links.items()]
            said: dict[str, Any] = {
                "format": FORMAT,
                "kind": KIND,
                "application": "9.9.9",
                "made": "2026-01-31T12:04:00+00:00",
                "folder": "/home/other/Harmony",
                "separator": ":",
                "secrets": True,
                "parts": ["configuration"],
                "files": entries,
                "links": links,
                "folders": [],
                "missing": [],
                "emptied": {},
                "stale": [],
                "shipped": [],
                "stack": None,
                **self.says,
            }
            archive.writestr(LIST, json.dumps(said))
        return file
