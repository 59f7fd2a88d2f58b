"""Lays what ships now beside a file that somebody edited: once, and unless the user has all of it already."""

from __future__ import annotations

from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.merging import merge
from harmony_desktop.records import dataclass
from harmony_desktop.setup.bases import Bases
from harmony_desktop.setup.config_text import NotTextError, decode
from harmony_desktop.setup.filling import filled
from harmony_desktop.setup.manifest import Entry, digest
from harmony_desktop.setup.report import SetupReport
from harmony_desktop.stack.words import say


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered in one folder.

    Attributes:
        root: The stack folder.
        bases: Keeps what shipped.
        report: What the set-up did.
    """

    root: Path
    bases: Bases
    report: SetupReport

    def offer(self, path: str, entry: Entry, current: bytes, content: bytes, fresh: bytes, mode: int | None) -> None:
        """Lay what ships now beside an edited file. Raises OSError.

        Args:
            path: The file, relative to the folder.
            entry: What is known of it.
            current: What the user has.
            content: What ships.
            fresh: The same with what the set-up fills in.
            mode: The permissions of what is laid beside; None for the usual ones.
        """
        beside = self.root / f"{path}.new"
        if entry.shipped == digest(content):
            if not entry.base and not entry.beside:  # of a release that kept none
                entry.base = self.bases.keep(content)
            return
        if entry.beside and not beside.exists():  # what was offered last was thrown away
            entry.base = entry.shipped
        base = self.bases.read(entry.base)
        entry.shipped, entry.undo = self.bases.keep(content), {}
        if base is not None and _holds(current, filled(base, entry), fresh):
            self.take_back(path, entry)
            entry.base = entry.shipped
            return
        self._set_aside(beside, entry)
        write_atomic(beside, fresh, mode=mode)
        entry.beside = digest(fresh)
        self.report.kept.append(path)

    def take_back(self, path: str, entry: Entry) -> None:
        """Remove what was laid beside a file, once it has been taken over; what was edited there stays."""
        beside = self.root / f"{path}.new"
        if entry.beside and beside.is_file() and digest(beside.read_bytes()) == entry.beside:
            beside.unlink()
        entry.beside = ""

    def _set_aside(self, beside: Path, entry: Entry) -> None:
        """Give another name to what is no longer, or never was, what the set-up laid there."""
        if not beside.exists() or (beside.is_file() and digest(beside.read_bytes()) == entry.beside):
            return
        number = 1
        while (aside := beside.with_name(f"{beside.name}.kept-{number}")).exists():
            number += 1
        beside.rename(aside)
        self.report.warnings.append(say("{file} was yours, and is kept as {aside}.", file=beside, aside=aside.name))


def _holds(current: bytes, base: bytes, fresh: bytes) -> bool:
    """Return whether a file has all that is newer in what ships."""
    try:
        mine = decode(current).text
        found = merge(decode(base).text, mine, decode(fresh).text)
    except NotTextError:
        return False
    return not found.conflicts and found.text() == mine
