"""How a log line looks, and where its characters are: columns for time and service, then the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from harmony_desktop.control.logs import LogLine
from harmony_desktop.ui.log_selection import Selection
from harmony_desktop.ui.log_text import clean, clock
from harmony_desktop.ui.theme import Theme, mixed

PADDING = 8
_LEFT = 14.0
_TIME_COLUMNS = 14
_NAME_COLUMNS = 16
_LINE_SPACING = 1.22


class Frame(NamedTuple):
    """What all lines of one painting share.

    Attributes:
        offset: Pixels that the view is scrolled to the right.
        width: Pixels that can be seen.
        titles: Name and number (for its colour) of each service.
        selection: What is selected.
        pattern: What is searched for.
        current_hit: Sequence number of the line that the search stands at.
    """

    offset: int
    width: int
    titles: Mapping[str, tuple[str, int]]
    selection: Selection | None
    pattern: re.Pattern[str] | None
    current_hit: int


class LogLook:
    """Measures and paints lines in the theme's monospaced face."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._with_time = self._with_names = True
        self.measure((), with_time=True, with_names=True)

    def measure(self, titles: Sequence[str], *, with_time: bool, with_names: bool) -> None:
        """Place the columns."""
        self._metrics = QFontMetricsF(self._theme.mono)
        self.column = self._metrics.horizontalAdvance("0")
        self.row_height = round(self._metrics.height() * _LINE_SPACING)
        self._with_time, self._with_names = with_time, with_names
        self._name_columns = min(_NAME_COLUMNS, max(map(len, titles), default=8))
        self._names_x = _LEFT + (self.column * _TIME_COLUMNS if with_time else 0.0)
        self.text_x = self._names_x + (self.column * (self._name_columns + 2) if with_names else 0.0)

    def column_at(self, text: str, x: float) -> int:
        """Return between which characters of a text a place lies; ``x`` counts from the unscrolled left edge."""
        x -= self.text_x
        if text.isascii():
            return max(0, min(len(text), round(x / self.column)))
        low, high = 0, len(text)
        while low < high:
            middle = (low + high) // 2
            if self._metrics.horizontalAdvance(text[: middle + 1]) - self.column / 2 <= x:
                low = middle + 1
            else:
                high = middle
        return low

    def paint(self, painter: QPainter, line: LogLine, top: float, frame: Frame) -> None:
        """Paint one line."""
        c = self._theme.colours
        text = clean(line.text)
        baseline = top + self._metrics.ascent() + (self.row_height - self._metrics.height()) / 2
        if self._with_time:
            painter.setPen(QColor(c.faint))
            painter.drawText(QPointF(_LEFT - frame.offset, baseline), clock(line.time_ns))
        if self._with_names:
            title, number = frame.titles.get(line.service, (line.service, 0))
            painter.setPen(QColor(c.services[number % len(c.services)]))
            short = title if len(title) <= self._name_columns else title[: self._name_columns - 1] + "…"
            painter.drawText(QPointF(self._names_x - frame.offset, baseline), short)
        self._paint_grounds(painter, line, text, top, frame)
        painter.setPen(QColor(c.text))
        left = self.text_x - frame.offset
        first = 0
        if text.isascii():  # one column a character: only the part in sight is handed to the painter
            first = max(0, int(-left // self.column))
            shown = text[first : first + int(frame.width // self.column) + 2]
        else:
            shown = text[: int((frame.offset + frame.width) // self.column) + 2]
        painter.drawText(QPointF(left + first * self.column, baseline), shown)

    def _paint_grounds(self, painter: QPainter, line: LogLine, text: str, top: float, frame: Frame) -> None:
        c = self._theme.colours
        selected = frame.selection.columns(line.seq, len(text)) if frame.selection else None
        if selected is not None:
            painter.fillRect(self._ground(text, *selected, top, frame), QColor(mixed(c.accent, c.sunken, 0.30)))
        if frame.pattern is None:
            return
        mark = QColor(c.mark_current if line.seq == frame.current_hit else c.mark)
        for found in frame.pattern.finditer(text):
            rect = self._ground(text, *found.span(), top, frame)
            if rect.left() > frame.width:
                break
            painter.fillRect(rect, mark)

    def _ground(self, text: str, first: int, last: int, top: float, frame: Frame) -> QRectF:
        if text.isascii():
            left, right = first * self.column, last * self.column
        else:
            left, right = (self._metrics.horizontalAdvance(text[:end]) for end in (first, last))
        return QRectF(self.text_x - frame.offset + left, top, max(right - left, self.column * 0.5), self.row_height)
