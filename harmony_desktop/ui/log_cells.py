"""Where the characters of a line stand: each takes no, one or two cells, as in a terminal. No Qt."""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate


@lru_cache(maxsize=4096)
def width(character: str) -> int:
    """Return how many cells a character takes: 0 for one that joins the character before it."""
    kind = unicodedata.category(character)
    if kind in {"Mn", "Me", "Cf"} or 0x1F3FB <= ord(character) <= 0x1F3FF:  # the last: colours of skin
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def length(text: str) -> int:
    """Return how many cells a text takes."""
    return len(text) if text.isascii() else sum(map(width, text))


class Cells:
    """The cells of one line, and its rows where it is wrapped.

    Args:
        text: The line.
        columns: Cells of a row, None if the line is not wrapped.
    """

    def __init__(self, text: str, columns: int | None = None) -> None:
        self.text = text
        # Cell behind each character; None where that is simply its number.
        self._ends: array[int] | None = None if text.isascii() else array("l", accumulate(map(width, text)))
        self.starts: Sequence[int] = self._rows(columns)
        """Index of the first character of each row."""

    def __len__(self) -> int:
        return self.cell(len(self.text))

    def cell(self, index: int) -> int:
        """Return the cell at which a character begins."""
        return index if self._ends is None else self._ends[index - 1] if index else 0

    def index(self, cell: int) -> int:
        """Return the character that covers a cell; the text's length beyond the end."""
        if self._ends is None:
            return min(max(cell, 0), len(self.text))
        return bisect_right(self._ends, max(cell, 0))

    def nearest(self, cell: float) -> int:
        """Return the place between two characters that is nearest to a cell's left edge."""
        index = self.index(int(cell))
        if index < len(self.text) and cell - self.cell(index) > (self.cell(index + 1) - self.cell(index)) / 2:
            index += 1
        return self.whole(index)

    def whole(self, index: int) -> int:
        """Return the index, or one behind it that does not tear a character from its marks."""
        while self._ends is not None and 0 < index < len(self.text) and width(self.text[index]) == 0:
            index += 1
        return index

    def row_of(self, index: int) -> int:
        """Return the row in which a character stands."""
        return max(0, bisect_right(self.starts, index) - 1)

    def row(self, number: int) -> tuple[int, int]:
        """Return the first character of a row and the one behind its last."""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.starts[number], end

    def _rows(self, columns: int | None) -> Sequence[int]:
        if columns is None or not self.text:
            return (0,)
        text, ends, starts = self.text, self._ends, [0]
        while True:
            first = starts[-1]
            if ends is None:
                behind = first + columns
            else:
                behind = bisect_right(ends, (ends[first - 1] if first else 0) + columns, lo=first)
            if behind >= len(text):
                return starts
            # Between words, unless that would leave much of the row empty.
            space = text.rfind(" ", first + columns // 2, behind)
            starts.append(space + 1 if space > first else max(behind, first + 1))


def rows_of(text: str, columns: int) -> int:
    """Return how many rows a line takes."""
    return 1 if len(text) <= columns and text.isascii() else len(Cells(text, columns).starts)
