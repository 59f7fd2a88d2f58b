"""The edge over which progress, warnings, errors and log records leave the command line: secrets are masked here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO

from harmony_desktop.cli.streams import discard


class MaskedStream:
    """Writes to a stream what is left of a text when its secrets are masked.

    What is written at once is masked as one text: whoever writes does so in whole lines. What cannot be written (a
    full disk, a reader that has gone) is dropped, with all that comes: work goes on though nobody hears of it.

    Args:
        stream: Where to.
        mask: Returns the text without secrets.
    """

    def __init__(self, stream: TextIO, mask: Callable[[str], str]) -> None:
        self._stream = stream
        self._mask = mask

    def write(self, text: str) -> int:
        """Write a text."""
        masked = self._mask(text) if text.strip() else text
        try:
            self._stream.write(masked)
        except OSError:
            discard(self._stream)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write lines, which were one text."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Pass on what waits."""
        try:
            self._stream.flush()
        except OSError:
            discard(self._stream)

    def isatty(self) -> bool:
        """Whether a person reads it on a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the number of the file beneath."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:
        """The encoding of the stream beneath."""
        return self._stream.encoding
