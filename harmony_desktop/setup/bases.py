"""What shipped once: kept in a stack folder, so that a later release can be merged with what the user made of it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.setup.manifest import MANIFEST, digest

_FOLDER = "shipped"


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
