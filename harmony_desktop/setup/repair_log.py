"""What repairs did to a stack folder, so that they can be taken back: a small file beside what else is remembered."""

from __future__ import annotations

import json
from dataclasses import asdict, field, fields
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.records import dataclass
from harmony_desktop.setup.formats import own_file
from harmony_desktop.setup.places import state_folder

_NAME = "repairs.json"
_FORMAT = 1
#: Repairs that can be taken back, one after the other.
_KEPT = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a repair did, or was about to do when it was ended.

    Attributes:
        kind: "file", or the deed of a ``FolderChange``.
        path: What it was done to.
        before: Digest of the file's content before, "" where there was none.
        after: Digest of the file's content after.
        backup: The file that has the content from before, or "".
        mode: The permissions before.
        uid: The owner before.
        gid: The group before.
        new_mode: The permissions after.
        untouched: Whether it was a shipped file that nobody had edited before.
    """

    kind: str
    path: str
    before: str = ""
    after: str = ""
    backup: str = ""
    mode: int = 0
    uid: int = -1
    gid: int = -1
    new_mode: int = 0
    untouched: bool = False


@dataclass(slots=True)
class RepairLog:
    """The repairs of one stack, the last one at the end.

    Args:
        root: The stack's folder.
    """

    root: Path
    repairs: list[list[Entry]] = field(default_factory=list)

    @classmethod
    def read(cls, root: Path) -> RepairLog:
        """Return what is remembered; a damaged file holds nothing."""
        try:
            content = json.loads(_file(root).read_bytes())
            names = {each.name for each in fields(Entry)}
            repairs = [
                [Entry(**{name: value for name, value in entry.items() if name in names}) for entry in repair]
                for repair in content["repairs"]
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            repairs = []
        return cls(root, repairs)

    def add(self, entries: list[Entry]) -> None:
        """Remember a repair, before it is done. Raises OSError."""
        self.repairs = [*self.repairs, entries][-_KEPT:]
        self._write()

    def drop_last(self) -> None:
        """Forget the last repair. Raises OSError."""
        self.repairs = self.repairs[:-1]
        self._write()

    def _write(self) -> None:
        file = _file(self.root)
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"format": _FORMAT, "repairs": [[asdict(entry) for entry in repair] for repair in self.repairs]}
        write_atomic(file, json.dumps(content, indent=2).encode() + b"\n", mode=0o600)


def _file(root: Path) -> Path:
    return own_file(state_folder(root) / _NAME, _FORMAT)
