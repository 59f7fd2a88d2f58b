"""What is selected in a log: from one place to another, told by sequence numbers, so that new lines do not move it."""

from __future__ import annotations

import enum
from typing import NamedTuple

from harmony_desktop.control.logs import LogLine
from harmony_desktop.records import dataclass
from harmony_desktop.ui.log_lines import LogLines
from harmony_desktop.ui.log_text import full_time, words_of


class Spot(NamedTuple):
    """A place between two characters of a line."""

    seq: int
    column: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From ``anchor`` (where it began) to ``caret`` (where it ends now), in either direction."""

    anchor: Spot
    caret: Spot

    @property
    def empty(self) -> bool:
        """Whether nothing lies between."""
        return self.anchor == self.caret

    @property
    def start(self) -> Spot:
        """The earlier end."""
        return min(self.anchor, self.caret)

    @property
    def end(self) -> Spot:
        """The later end."""
        return max(self.anchor, self.caret)

    def columns(self, seq: int, length: int) -> tuple[int, int] | None:
        """Return the selected columns of a line of this length, or None."""
        start, end = self.start, self.end
        if not start.seq <= seq <= end.seq or self.empty:
            return None
        return (start.column if seq == start.seq else 0, end.column if seq == end.seq else length + 1)

    def part_of(self, line: LogLine, *, with_time: bool = False, with_name: bool = False) -> str | None:
        """Return what is selected of a line, None if that is nothing; a line from its beginning may carry more."""
        text = words_of(line)
        columns = self.columns(line.seq, len(text))
        if columns is None:
            return None
        part = text[columns[0] : columns[1]]
        if columns[0] > 0 and not line.mark:
            return part
        name = f"{line.service} | " if with_name else ""
        time = f"{full_time(line.time_ns)} " if with_time and line.time_ns > 0 else ""
        return time + name + part

    def size(self, lines: LogLines) -> int:
        """Return how many lines it touches, of those that are still there."""
        return max(0, lines.index_of(self.end.seq + 1) - lines.index_of(self.start.seq))

    def text(self, lines: LogLines, *, with_time: bool = False, with_names: bool = False) -> str:
        """Return the selected text."""
        first = lines.index_of(self.start.seq)
        parts = (
            self.part_of(lines[index], with_time=with_time, with_name=with_names)
            for index in range(first, first + self.size(lines))
        )
        return "\n".join(part for part in parts if part is not None)


def word_at(text: str, column: int) -> tuple[int, int]:
    """Return the columns of the word at a place: what a double click selects."""

    def of_word(character: str) -> bool:
        return character.isalnum() or character in "_-./:@"

    start = end = min(column, len(text))
    while start > 0 and of_word(text[start - 1]):
        start -= 1
    while end < len(text) and of_word(text[end]):
        end += 1
    return (start, end) if end > start else (start, min(len(text), start + 1))


class Move(enum.Enum):
    """Where a key takes the caret."""

    LEFT = enum.auto()
    RIGHT = enum.auto()
    WORD_LEFT = enum.auto()
    WORD_RIGHT = enum.auto()
    UP = enum.auto()
    DOWN = enum.auto()
    PAGE_UP = enum.auto()
    PAGE_DOWN = enum.auto()
    LINE_START = enum.auto()
    LINE_END = enum.auto()
    FIRST = enum.auto()
    LAST = enum.auto()


def moved(caret: Spot, move: Move, lines: LogLines, page: int) -> Spot:
    """Return where a move takes the caret; ``page`` counts lines. There must be lines."""
    index = min(lines.index_of(caret.seq), len(lines) - 1)
    steps = {Move.UP: -1, Move.DOWN: 1, Move.PAGE_UP: -page, Move.PAGE_DOWN: page}
    column = caret.column
    if move in steps:
        index = max(0, min(len(lines) - 1, index + steps[move]))
    elif move in {Move.FIRST, Move.LAST}:
        index = 0 if move is Move.FIRST else len(lines) - 1
    text = lines[index].text
    length = len(text)
    column = max(0, min(length, column))
    columns = {
        Move.LEFT: column - 1,
        Move.RIGHT: column + 1,
        Move.LINE_START: 0,
        Move.FIRST: 0,
        Move.LINE_END: length,
        Move.LAST: length,
        Move.WORD_LEFT: _word_before(text, column),
        Move.WORD_RIGHT: _word_behind(text, column),
    }
    return Spot(lines[index].seq, max(0, min(length, columns.get(move, column))))


def _word_before(text: str, column: int) -> int:
    head = text[:column].rstrip()
    return head.rfind(" ") + 1


def _word_behind(text: str, column: int) -> int:
    end = text.find(" ", column)
    while 0 <= end < len(text) and text[end] == " ":
        end += 1
    return len(text) if end < 0 else end
