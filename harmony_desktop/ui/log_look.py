"""How a log line looks, and where its characters are: columns for time and service, then the text, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from harmony_desktop.control.ansi import BOLD, ITALIC, PLAIN, STRIKE, UNDERLINE, Span
from harmony_desktop.control.levels import Level, level_of
from harmony_desktop.control.logs import LogLine
from harmony_desktop.ui.log_cells import Cells, width
from harmony_desktop.ui.log_colours import Ink, PenColours
from harmony_desktop.ui.log_selection import Selection
from harmony_desktop.ui.log_text import clock, mark_text
from harmony_desktop.ui.theme import Theme, mixed

PADDING = 8
_LEFT = 14.0
_RIGHT = 16.0
_TIME_COLUMNS = 14
_NAME_COLUMNS = 16
_LINE_SPACING = 1.22
#: Characters that are painted of one cell: a heap of combining signs is no more than this.
_PER_CELL = 10
_LEVELS = {Level.WARNING: "attention", Level.ERROR: "failed"}

#: Plain characters are painted together, scripts whose letters join as well; others each in its own cell.
_RUNS = re.compile(
    "[\x20-\x7e]+"
    "|[\u0590-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]"
    "[\u0300-\u036f\u0590-\u109f\u1780-\u17ff\u200c\u200d\ufb1d-\ufdff\ufe70-\ufefc ]*"
    "|[^\x20-\x7e]"
)


class Frame(NamedTuple):
    """What all lines of one painting share.

    Attributes:
        offset: Pixels that the view is scrolled to the right.
        width: Pixels that can be seen.
        titles: Name and number (for its colour) of each service.
        selection: What is selected.
        levels: How grave each service's line before was, as the painting goes on.
    """

    offset: int
    width: int
    titles: Mapping[str, tuple[str, int]]
    selection: Selection | None
    levels: dict[str, Level]


class Marks(NamedTuple):
    """Where a line holds what is searched for.

    Attributes:
        spans: The matches.
        current: Which of them one stands at, -1 for none.
    """

    spans: Sequence[tuple[int, int]] = ()
    current: int = -1


class _Piece(NamedTuple):
    start: int
    end: int
    ink: Ink
    flags: int


class LogLook:
    """Measures and paints lines in the theme's monospaced face."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._with_time = self._with_names = True
        self.measure((), with_time=True, with_names=True)

    def measure(self, titles: Sequence[str], *, with_time: bool, with_names: bool) -> None:
        """Place the columns."""
        self._metrics = QFontMetricsF(self._theme.mono)
        self._pens = PenColours(self._theme.colours)
        self._fonts: dict[int, QFont] = {}
        self.column = self._metrics.horizontalAdvance("0")
        self.row_height = round(self._metrics.height() * _LINE_SPACING)
        self._baseline = self._metrics.ascent() + (self.row_height - self._metrics.height()) / 2
        self._with_time, self._with_names = with_time, with_names
        self._name_columns = min(_NAME_COLUMNS, max(map(len, titles), default=8))
        self._names_x = _LEFT + (self.column * _TIME_COLUMNS if with_time else 0.0)
        self.text_x = self._names_x + (self.column * (self._name_columns + 2) if with_names else 0.0)

    def columns(self, width: int) -> int:
        """Return how many cells of text fit into a view."""
        return max(10, int((width - self.text_x - _RIGHT) // self.column))

    def place(self, cells: Cells, row: int, x: float) -> int:
        """Return between which characters of a row a place lies; ``x`` counts from the unscrolled left edge."""
        start, end = cells.row(row)
        return min(max(cells.nearest((x - self.text_x) / self.column + cells.cell(start)), start), end)

    def paint(
        self, painter: QPainter, line: LogLine, cells: Cells, row: int, top: float, frame: Frame, marks: Marks
    ) -> None:
        """Paint one row of a line."""
        baseline = top + self._baseline
        if row == 0:
            self._paint_margin(painter, line, top, frame)
        if line.mark is not None:
            self._paint_mark(painter, line, top, frame)
            return
        start, end = cells.row(row)
        left = self.text_x - frame.offset - cells.cell(start) * self.column  # of the line's first cell
        # Only what is in sight is handed to the painter.
        first = cells.whole(max(start, cells.index(int(-left // self.column))))
        end = min(end, cells.index(int((frame.width - left) // self.column) + 1) + 1, first + 4096)
        if first >= end and frame.selection is None:
            return
        pieces = self._pieces(line.spans, first, end)
        for piece in pieces:
            if piece.ink.ground:
                painter.fillRect(self._ground(cells, piece.start, piece.end, left, top), QColor(piece.ink.ground))
        covered = self._paint_grounds(painter, line, cells, (first, end), left, top, frame, marks)
        for piece in pieces if not covered else _recoloured(pieces, covered, self._theme.colours.text):
            self._paint_piece(painter, cells, piece, left, baseline)

    def _paint_margin(self, painter: QPainter, line: LogLine, top: float, frame: Frame) -> None:
        c = self._theme.colours
        baseline = top + self._baseline
        level = Level.INFO if line.mark else level_of(line.text, frame.levels.get(line.service, Level.INFO))
        frame.levels[line.service] = level
        if level in _LEVELS:
            painter.fillRect(
                QRectF(4 - frame.offset, top + 2, 3, self.row_height - 4), QColor(getattr(c, _LEVELS[level]))
            )
        if self._with_time:
            painter.setPen(QColor(c.faint))
            painter.drawText(QPointF(_LEFT - frame.offset, baseline), clock(line.time_ns))
        if self._with_names:
            title, number = frame.titles.get(line.service, (line.service, 0))
            painter.setPen(QColor(c.services[number % len(c.services)]))
            painter.drawText(QPointF(self._names_x - frame.offset, baseline), shortened(title, self._name_columns))

    def _paint_mark(self, painter: QPainter, line: LogLine, top: float, frame: Frame) -> None:
        """Paint what the panel itself says: words, and a line across."""
        c = self._theme.colours
        words = mark_text(line)
        left = self.text_x - frame.offset
        painter.setPen(QColor(c.second))
        painter.drawText(QPointF(left, top + self._baseline), words)
        start = left + self._metrics.horizontalAdvance(words) + 12
        painter.fillRect(QRectF(start, top + self.row_height // 2, frame.width - 20 - start, 1), QColor(c.control_line))

    def _pieces(self, spans: Sequence[Span], first: int, end: int) -> list[_Piece]:
        """Return the parts of a row by their looks."""
        plain = self._pens.ink(PLAIN)
        if not spans:
            return [_Piece(first, end, plain, 0)]
        pieces, position = [], first
        for span in spans:
            start, stop = max(span.start, position), min(span.end, end)
            if start >= stop:
                continue
            if start > position:
                pieces.append(_Piece(position, start, plain, 0))
            pieces.append(_Piece(start, stop, self._pens.ink(span.pen), span.pen.flags))
            position = stop
        if position < end:
            pieces.append(_Piece(position, end, plain, 0))
        return pieces

    def _paint_grounds(
        self,
        painter: QPainter,
        line: LogLine,
        cells: Cells,
        seen: tuple[int, int],
        left: float,
        top: float,
        frame: Frame,
        marks: Marks,
    ) -> list[tuple[int, int]]:
        """Paint what is selected and what was found; return where that is."""
        c = self._theme.colours
        covered: list[tuple[int, int]] = []
        first, end = seen
        selected = frame.selection.columns(line.seq, len(cells.text)) if frame.selection else None
        if selected is not None and selected[0] <= end and selected[1] >= first:
            start, stop = max(selected[0], first), min(selected[1], end)
            rect = self._ground(cells, start, stop, left, top)
            if selected[1] > len(cells.text) and end == len(cells.text):
                rect.setRight(rect.right() + self.column * 0.5)  # the line end is selected as well
            painter.fillRect(rect, QColor(mixed(c.accent, c.sunken, 0.30)))
            covered.append((start, stop))
        for number, (start, stop) in enumerate(marks.spans):
            if stop <= first or start >= end:
                continue
            span = max(start, first), min(stop, end)
            colour = c.mark_current if number == marks.current else c.mark
            painter.fillRect(self._ground(cells, *span, left, top), QColor(colour))
            covered.append(span)
        return sorted(covered)

    def _paint_piece(self, painter: QPainter, cells: Cells, piece: _Piece, left: float, baseline: float) -> None:
        text = cells.text
        painter.setPen(QColor(piece.ink.text))
        if piece.flags & (BOLD | ITALIC):
            painter.setFont(self._font(piece.flags & (BOLD | ITALIC)))
        for start, words in _runs(text[piece.start : piece.end], piece.start):
            painter.drawText(QPointF(left + cells.cell(start) * self.column, baseline), words)
        if piece.flags & (BOLD | ITALIC):
            painter.setFont(self._theme.mono)
        if piece.flags & (UNDERLINE | STRIKE):
            x, end = (left + cells.cell(index) * self.column for index in (piece.start, piece.end))
            for flag, y in ((UNDERLINE, baseline + 2), (STRIKE, baseline - self._metrics.xHeight() / 2)):
                if piece.flags & flag:
                    painter.fillRect(QRectF(x, y, end - x, 1), QColor(piece.ink.text))

    def _font(self, flags: int) -> QFont:
        if flags not in self._fonts:
            font = QFont(self._theme.mono)
            font.setBold(bool(flags & BOLD))
            font.setItalic(bool(flags & ITALIC))
            self._fonts[flags] = font
        return self._fonts[flags]

    def _ground(self, cells: Cells, start: int, end: int, left: float, top: float) -> QRectF:
        x, right = cells.cell(start) * self.column, cells.cell(end) * self.column
        return QRectF(left + x, top, right - x, self.row_height)


def shortened(title: str, columns: int) -> str:
    """Return a service's title as its column holds it."""
    return title if len(title) <= columns else title[: columns - 1] + "…"


def _runs(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield what can be painted at once, and the index of its first character."""
    if text.isascii():
        yield start, text
        return
    position = 0
    while position < len(text):
        found = _RUNS.match(text, position)
        end = joined = found.end() if found else position + 1
        while end < len(text) and width(text[end]) == 0:
            end += 1
        yield start + position, text[position : min(end, joined + _PER_CELL)]
        position = end


def _recoloured(pieces: list[_Piece], covered: list[tuple[int, int]], colour: str) -> Iterator[_Piece]:
    """Yield the pieces, those under a selection or a match in the plain colour, which is readable there."""
    for piece in pieces:
        position = piece.start
        for start, end in covered:
            start, end = max(start, position), min(end, piece.end)  # noqa: PLW2901 - clipped
            if start >= end:
                continue
            if start > position:
                yield piece._replace(start=position, end=start)
            yield _Piece(start, end, Ink(colour, ""), piece.flags)
            position = end
        if position < piece.end:
            yield piece._replace(start=position)
