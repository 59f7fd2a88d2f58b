"""What shipped once: kept in a stack folder, so that a later release can be merged with what the user made of it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.records import dataclass
from harmony_desktop.setup.manifest import MANIFEST, Entry, Manifest, digest

_FOLDER = "shipped"


def is_due(root: Path, source: Path) -> bool:
    """Return whether a stack folder was prepared by an earlier release. Reads a few small files. Raises OSError.

    What is new in a release shows in the compose files, which list what ships.

    Args:
        root: The stack folder.
        source: The folder of the shipped stack.
    """
    if not Manifest.stands_in(root):
        return False
    manifest = Manifest(root)
    known = manifest.entries.items()
    return not manifest.newer and (not known or any(_differs(source / path, entry) for path, entry in known))


def _differs(ships: Path, entry: Entry) -> bool:
    if entry.retired or not ships.is_file():
        return not entry.retired
    # A folder of a release that kept no bases: they can be told as long as it is what ships that is there.
    without_base = bool(entry.written) and not entry.base and not entry.beside
    return without_base or digest(ships.read_bytes()) != entry.shipped


@dataclass(frozen=True, slots=True)
class Bases:
    """Contents by their digest, in ``.harmony/shipped``: what the app ships, and nothing of the user's.

    Attributes:
        root: The stack folder.
    """

    root: Path

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.root / Path(MANIFEST).parent / _FOLDER

    def read(self, mark: str) -> bytes | None:
        """Return a content, None where it is not kept, or is damaged."""
        if not mark:
            return None
        try:
            content = (self.folder / mark).read_bytes()
        except OSError:
            return None
        return content if digest(content) == mark else None

    def keep(self, content: bytes) -> str:
        """Keep a content; return its digest. Raises OSError."""
        mark = digest(content)
        if self.read(mark) is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomic(self.folder / mark, content)
        return mark

    def forget_others(self, marks: Collection[str]) -> None:
        """Keep only these."""
        if not self.folder.is_dir():
            return
        for file in self.folder.iterdir():
            if file.name not in marks:
                with contextlib.suppress(OSError):  # a few KB more, and no harm
                    file.unlink()
