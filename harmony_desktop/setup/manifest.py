"""What the set-up wrote: tells an untouched file from an edited one. Stands in the stack folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from harmony_desktop.control.files import write_atomic

MANIFEST = ".harmony/manifest.json"
_FORMAT = 1


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
        values: Variables that the set-up filled in, as they were written.
    """

    shipped: str = ""
    written: str = ""
    beside: str = ""
    values: dict[str, str] = field(default_factory=dict)


class Manifest:
    """The entries of a stack folder, by path."""

    def __init__(self, root: Path) -> None:
        self._file = root / MANIFEST
        self._stored = self._file.read_bytes() if self._file.is_file() else b""
        self.entries = self._parse(self._stored)

    @staticmethod
    def stands_in(root: Path) -> bool:
        """Return whether the folder was made by the set-up."""
        return (root / MANIFEST).is_file()

    def entry(self, path: str) -> Entry:
        """Return the entry of a file, a new one where there is none."""
        return self.entries.setdefault(path, Entry())

    def save(self) -> None:
        """Write the manifest where it changed. Raises OSError."""
        content = self._render()
        if content == self._stored:
            return
        self._file.parent.mkdir(exist_ok=True)
        write_atomic(self._file, content)
        self._stored = content

    def _render(self) -> bytes:
        files = {
            path: {"shipped": e.shipped, "written": e.written, "beside": e.beside, "values": e.values}
            for path, e in sorted(self.entries.items())
        }
        return json.dumps({"format": _FORMAT, "files": files}, indent=2).encode() + b"\n"

    @staticmethod
    def _parse(content: bytes) -> dict[str, Entry]:
        """Return the entries; a damaged manifest is an empty one, which makes every file count as edited."""
        try:
            return {
                path: Entry(
                    str(entry["shipped"]),
                    str(entry["written"]),
                    str(entry["beside"]),
                    {str(name): str(value) for name, value in entry["values"].items()},
                )
                for path, entry in json.loads(content)["files"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}
