"""Many log lines at once, for a file or the clipboard: gathered in a thread, so that nobody waits."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from harmony_desktop.control.files import replace
from harmony_desktop.control.log_chunk import Chunk
from harmony_desktop.control.logs import LogBook, LogLine
from harmony_desktop.ui.log_lines import LogLines
from harmony_desktop.ui.log_parts import Filter, Part
from harmony_desktop.ui.log_query import Query
from harmony_desktop.ui.log_text import as_file_line

_WITHOUT_END = float("inf")


class Extract:
    """The lines of a moment, as another thread may read them: chunks are never changed, only replaced.

    Args:
        book: Where they are.
        wanted: Which of them.
        query: What they must match where the filter says so.
    """

    def __init__(self, book: LogBook, wanted: Filter | None = None, query: Query | None = None) -> None:
        self._book = book
        self._chunks: tuple[Chunk, ...] = tuple(book.chunks)
        self._end = book.next_seq
        self._filter = wanted or Filter()
        self._query = query
        self._numbers = frozenset(i for i, name in enumerate(book.services) if name in self._filter.services)

    def __len__(self) -> int:
        return len(self._chunks)

    def pieces(self) -> Iterator[list[LogLine]]:
        """Yield the lines, a chunk at a time."""
        matching = self._filter.matching and self._query is not None and not self._query.too_slow
        for chunk in self._chunks:
            part = Part(chunk)
            part.advance(self._filter, self._numbers, self._query if matching else None, _WITHOUT_END)
            texts = chunk.texts()
            lines = (self._book.line(chunk, place, texts[place]) for place in part.places(matching=matching))
            yield [line for line in lines if line.seq < self._end and line.service]


class LogSaver(QObject):
    """Writes lines to a file, and tells how far it is.

    A file is there as a whole or not at all: it is written beside its place and then moved there.
    """

    progressed = Signal(str, int)
    """Path and per cent."""
    saved = Signal(str, str)
    """Path and "", or the reason why not."""

    def save(self, path: str, extract: Extract) -> None:
        """Write in a thread."""
        threading.Thread(target=self._write, args=(path, extract), name="save-log", daemon=True).start()

    def _write(self, path: str, extract: Extract) -> None:
        try:
            write_file(Path(path), extract, lambda percent: self._tell(self.progressed, path, percent))
        except OSError as error:
            self._tell(self.saved, path, error.strerror or str(error))
        else:
            self._tell(self.saved, path, "")

    @staticmethod
    def _tell(signal: object, *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the page may be gone by now; the file is written all the same
            signal.emit(*values)  # type: ignore[attr-defined] # a bound signal


def write_file(target: Path, extract: Extract, progress: Callable[[int], object]) -> None:
    """Write lines to a file, atomically. Raises OSError.

    Args:
        target: The file.
        extract: The lines.
        progress: Told now and then how many per cent are written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            told = 0
            for count, lines in enumerate(extract.pieces(), start=1):
                file.writelines(map(as_file_line, lines))
                if (percent := count * 100 // len(extract)) >= told + 5:
                    told = percent
                    progress(percent)
            file.flush()
            os.fsync(file.fileno())
        if os.name == "posix":
            mask = os.umask(0)
            os.umask(mask)
            part.chmod(0o666 & ~mask)  # as an ordinary new file; the temporary one is the user's alone
        replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def shown_of(lines: LogLines, book: LogBook) -> Extract:
    """Return the lines that a view shows."""
    return Extract(book, lines.filter, lines.query)
