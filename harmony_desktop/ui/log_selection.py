"""What is selected in a log: from one place to another, told by sequence numbers, so that new lines do not move it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from harmony_desktop.ui.log_lines import LogLines
from harmony_desktop.ui.log_text import clean


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

    def text(self, lines: LogLines) -> str:
        """Return the selected text; several lines of several services carry their service's name."""
        start, end = self.start, self.end
        parts: list[str] = []
        with_names = lines.service is None and start.seq != end.seq
        for index in range(lines.index_of(start.seq), len(lines)):
            line = lines[index]
            if line.seq > end.seq:
                break
            text = clean(line.text)
            columns = self.columns(line.seq, len(text))
            if columns is None:
                continue
            part = text[columns[0] : columns[1]]
            parts.append(f"{line.service} | {part}" if with_names and columns[0] == 0 else part)
        return "\n".join(parts)


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
