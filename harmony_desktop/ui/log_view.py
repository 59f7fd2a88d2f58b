"""The log view: paints the rows that can be seen, and nothing else, from a bounded store."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QToolTip

from harmony_desktop.control.logs import LogBook, LogLine
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.log_cells import Cells, rows_of
from harmony_desktop.ui.log_hand import Hand
from harmony_desktop.ui.log_lines import LogLines
from harmony_desktop.ui.log_look import PADDING, Frame, LogLook, Marks
from harmony_desktop.ui.log_parts import Filter
from harmony_desktop.ui.log_query import Query
from harmony_desktop.ui.log_selection import Spot
from harmony_desktop.ui.log_text import full_time, words_of
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button
from harmony_desktop.ui.theme import Theme

BATCH = 50  # milliseconds in which new lines are gathered
FLOOD_BATCH = 120  # the same, while they come faster than anyone reads
_FLOOD = 1_000  # lines in a batch that are a flood
TELLING = 500  # milliseconds between two updates of what assistive technology may read
_SLICE = 0.008  # seconds of filtering, searching and measuring in one turn of the loop
_COUNTING = 100  # milliseconds between two updates of the number of matches
_SPOKEN_LINES = 5
_REMEMBERED = 256  # lines whose matches and cells are kept at hand


class LogView(QAbstractScrollArea):
    """Lines of all services or of some; follows the newest only while it stands at the bottom."""

    searched = Signal()
    """The number of matches, or the current one, may have changed."""
    taken = Signal()
    """There are other lines than before."""

    def __init__(self, theme: Theme, book: LogBook) -> None:
        super().__init__()
        self._theme = theme
        self.book = book
        self.lines = LogLines(book)
        self.look = LogLook(theme)
        self._titles: dict[str, tuple[str, int]] = {}
        self._show_time = True
        self._wrapped = False
        self._following = True
        self._placing = False
        self._top = Spot(0, 0)
        """The first line in sight, and which of its rows; counts where the view does not follow."""
        self._seen = self._taken = 0
        self._match: Spot | None = None
        """The line of the current match, and which of the line's matches it is."""
        self._marks: OrderedDict[tuple[int, str], list[tuple[int, int]]] = OrderedDict()
        self._cells: OrderedDict[tuple[int, int], Cells] = OrderedDict()
        self._counted = QElapsedTimer()
        self._counted.start()
        self._unsubscribe: Callable[[], None] = lambda: None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("surface", "log")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Log lines"))
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._batch = _timer(self, BATCH, self._take)
        self._working = _timer(self, 0, self._work)
        self._telling = _timer(self, TELLING, self._tell)
        self._jump = button(theme, "", "small-primary")
        self._jump.setParent(self)
        self._jump.hide()
        self._jump.clicked.connect(self.jump_to_newest)
        self.hand = Hand(self)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        overlay_scroll_bars(self, horizontal=True)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)
        theme.changed.connect(self._measure)
        self._measure()

    # What is shown

    @property
    def following(self) -> bool:
        """Whether the newest line stays in sight."""
        return self._following

    @property
    def active(self) -> bool:
        """Whether it takes lines or searches right now."""
        return self._batch.isActive() or self._working.isActive()

    @property
    def unseen(self) -> int:
        """How many lines have come since it stopped following."""
        return 0 if self._following else len(self.lines) - self.lines.index_of(self._seen)

    def show_names(self, titles: Mapping[str, str]) -> None:
        """Set the services' names; their order gives the colours."""
        self._titles = {name: (title, i) for i, (name, title) in enumerate(titles.items())}
        self._measure()

    def show_lines(self, wanted: Filter) -> None:
        """Show only some of the lines; the place stays where it is, as far as it is shown."""
        self.lines.set_filter(wanted)
        self._measure()
        self._change()

    def show_time(self, shown: bool) -> None:
        """Show or hide the column of times."""
        self._show_time = shown
        self._measure()

    def set_wrapped(self, wrapped: bool) -> None:
        """Wrap lines that are longer than the view is wide."""
        self._wrapped = wrapped
        self.horizontalScrollBar().setValue(0)
        self._measure()

    def jump_to_newest(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        self.settle()

    def jump_to_oldest(self) -> None:
        """Go to the first line."""
        if len(self.lines):
            self._stop_following()
            self._top = Spot(self.lines[0].seq, 0)
            self.settle()

    def reveal(self, spot: Spot, *, middle: bool = False) -> None:
        """Bring a place into sight: at the nearest edge, or in the middle of the view."""
        if not len(self.lines):
            return
        index = min(self.lines.index_of(spot.seq), len(self.lines) - 1)
        cells = self.cells(self.lines[index])
        row = self.lines.row_of(index) + cells.row_of(spot.column)
        first, rows = self.verticalScrollBar().value(), self.rows
        if not first <= row < first + rows:
            wanted = row - rows // 2 if middle else row if row < first else row - rows + 1
            self.verticalScrollBar().setValue(max(0, wanted))
        side = self.horizontalScrollBar()
        x = self.look.text_x + cells.cell(spot.column) * self.look.column
        if x > side.value() + self.viewport().width() - 2 * self.look.column:
            side.setValue(round(x - self.viewport().width() * 0.6))
        elif x < side.value() + self.look.text_x:
            side.setValue(round(max(0.0, x - self.look.text_x)))
        self.viewport().update()

    # Search

    def look_for(self, query: Query | None) -> None:
        """Search; matches are counted in slices, so that typing never waits."""
        self.lines.set_query(query)
        self._match = None
        self._marks.clear()
        self._change()
        self.searched.emit()

    def go_to_match(self, forwards: bool) -> None:
        """Bring the next or the previous match into sight."""
        found = self._next_match(forwards)
        if found is None:
            return
        self._match = found
        line = self.lines[self.lines.index_of(found.seq)]
        spans = self._spans(line)
        self.reveal(Spot(found.seq, spans[found.column][0] if found.column < len(spans) else 0), middle=True)
        self.viewport().update()
        self.searched.emit()

    def matches(self) -> tuple[int, int]:
        """Return which match is the current one (0: none) and how many there are."""
        place = self.lines.rank(self._match.seq, self._match.column) if self._match else 0
        return place, self.lines.match_count

    @property
    def current_line(self) -> LogLine | None:
        """The line of the current match, else of the caret, else the newest."""
        if not len(self.lines):
            return None
        spot = self._match or (self.hand.selection.caret if self.hand.selection else None)
        index = len(self.lines) - 1 if spot is None else min(self.lines.index_of(spot.seq), len(self.lines) - 1)
        return self.lines[index]

    def _next_match(self, forwards: bool) -> Spot | None:
        lines = self.lines
        if not lines.match_count:
            return None
        if self._match is not None:
            line = lines[min(lines.index_of(self._match.seq), len(lines) - 1)]
            within = self._match.column + (1 if forwards else -1)
            if line.seq == self._match.seq and 0 <= within < len(self._spans(line)):
                return Spot(line.seq, within)
            start = self._match.seq
        else:
            first = self.verticalScrollBar().value()
            last = min(first + self.rows, lines.row_count) - 1
            start = lines[lines.line_at(first)[0]].seq - 1 if forwards else lines[lines.line_at(last)[0]].seq + 1
        seq = lines.neighbour(start, forwards=forwards)
        if seq is None:
            return None
        return Spot(seq, 0 if forwards else max(0, len(self._spans(lines[lines.index_of(seq)])) - 1))

    # Places

    @property
    def rows(self) -> int:
        """How many rows can be seen as a whole."""
        return max(1, (self.viewport().height() - 2 * PADDING) // self.look.row_height)

    def cells(self, line: LogLine) -> Cells:
        """Return where a line's characters stand."""
        columns = self.lines.columns or 0
        key = (line.seq, columns)
        known = self._cells.get(key)
        if known is None or known.text is not line.text:
            known = self._cells[key] = Cells(line.text, columns or None)
            if len(self._cells) > _REMEMBERED:
                self._cells.popitem(last=False)
        return known

    def spot_at(self, position: QPointF) -> Spot:
        """Return the place under a point of the viewport; there must be lines."""
        row = self.verticalScrollBar().value() + int((position.y() - PADDING) // self.look.row_height)
        index, sub = self.lines.line_at(max(0, min(row, self.lines.row_count - 1)))
        line = self.lines[min(index, len(self.lines) - 1)]
        cells = self.cells(line)
        x = position.x() + self.horizontalScrollBar().value()
        return Spot(line.seq, self.look.place(cells, min(sub, len(cells.starts) - 1), x))

    def rect_of(self, spot: Spot) -> QRect:
        """Return where a character is painted, in the viewport's pixels."""
        index = min(self.lines.index_of(spot.seq), len(self.lines) - 1)
        cells = self.cells(self.lines[index])
        sub = cells.row_of(spot.column)
        row = self.lines.row_of(index) + sub - self.verticalScrollBar().value()
        cell = cells.cell(spot.column) - cells.cell(cells.row(sub)[0])
        x = self.look.text_x + cell * self.look.column - self.horizontalScrollBar().value()
        top = PADDING + row * self.look.row_height
        return QRect(round(x), top, round(self.look.column), self.look.row_height)

    def visible_lines(self) -> list[LogLine]:
        """Return the lines of which a row can be seen."""
        if not len(self.lines):
            return []
        first = self.verticalScrollBar().value()
        start = self.lines.line_at(first)[0]
        end = self.lines.line_at(max(first, min(first + self.rows, self.lines.row_count) - 1))[0]
        return [self.lines[index] for index in range(start, min(end + 1, len(self.lines)))]

    # Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        """Take lines while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self.book.subscribe(self._wake)
        self._take()
        self._working.start()
        self._tell()

    def hideEvent(self, event: QHideEvent) -> None:
        """Do nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None
        for timer in (self._batch, self._working, self._telling):
            timer.stop()
        self.hand.rest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit rows and scroll bars to the new size."""
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that can be seen."""
        del event
        c = self._theme.colours
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(c.sunken))
        if not len(self.lines):
            painter.setPen(QColor(c.second))
            painter.setFont(self.font())
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._empty_words())
            return
        painter.setFont(self._theme.mono)
        side, width = self.horizontalScrollBar().value(), self.viewport().width()
        frame = Frame(side, width, self._titles, self.hand.selection, {})
        row, end = 0, self.rows + 1
        index, sub = self._first()
        while row < end and index < len(self.lines):
            line = self.lines[index]
            cells, marks = self.cells(line), self._marks_of(line)
            for part in range(sub, min(len(cells.starts), sub + end - row)):
                self.look.paint(painter, line, cells, part, PADDING + row * self.look.row_height, frame, marks)
                row += 1
            index, sub = index + 1, 0

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell date and service of the line under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = ""
            if len(self.lines) and event.pos().x() + self.horizontalScrollBar().value() < self.look.text_x:
                line = self.lines[self.lines.index_of(self.spot_at(QPointF(event.pos())).seq)]
                title = self._titles.get(line.service, (line.service, 0))[0]
                text = f"{title}\n{full_time(line.time_ns)}".strip()
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, select and copy by keyboard."""
        if not self.hand.key(event):
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of copying."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu(self) -> QMenu:
        """Return a new menu of what can be done with the lines."""
        return self.hand.menu()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection (or extend it with Shift)."""
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Extend the selection."""
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the selection."""
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select the word; a third click selects the line."""
        self.hand.double_click(event)

    # Taking lines

    def _wake(self) -> None:
        if not self._batch.isActive():
            self._batch.start()

    def _take(self) -> None:
        came = self.book.next_seq - self._taken
        self._taken += came
        self._batch.setInterval(FLOOD_BATCH if came > _FLOOD else BATCH)
        if not self.lines.refresh(_SLICE):
            return
        self._change()
        if not self._telling.isActive():
            self._telling.start()

    def _change(self) -> None:
        """Show other lines than before."""
        if self.isVisible() and not self._working.isActive():
            self._working.start()
        self.settle()
        self.taken.emit()

    def _work(self) -> None:
        before = len(self.lines), self.lines.row_count
        more = self.lines.work(_SLICE)
        if (len(self.lines), self.lines.row_count) != before:
            self.settle()
        if more and self.isVisible():
            self._working.start()
        # The count need not run faster than eyes do.
        if not more or self._counted.hasExpired(_COUNTING):
            self._counted.restart()
            self.searched.emit()

    def _tell(self) -> None:
        first = max(0, len(self.lines) - _SPOKEN_LINES)
        newest = [words_of(self.lines[index])[:400] for index in range(first, len(self.lines))]
        self.setAccessibleDescription("\n".join(newest))

    # Placing

    def _measure(self) -> None:
        titles = [title for title, _ in self._titles.values()]
        self.look.measure(titles, with_time=self._show_time, with_names=len(self.lines.filter.services) != 1)
        self.lines.set_columns(self.look.columns(self.viewport().width()) if self._wrapped else None)
        if self._wrapped and self.isVisible() and not self._working.isActive():
            self._working.start()
        self.settle()

    def settle(self) -> None:
        """Fit the scroll bars to what there is, without moving what is in sight."""
        bar, rows = self.verticalScrollBar(), self.rows
        self._placing = True
        value = self._first_row()
        bar.setPageStep(rows)
        bar.setRange(0, max(0, self.lines.row_count - rows))
        bar.setValue(bar.maximum() if self._following else value)
        if not self._following and value >= bar.maximum() and not self.lines.index_of(self._top.seq):
            self._following = True  # everything is in sight
        self._placing = False
        side = self.horizontalScrollBar()
        width = self.look.text_x + self.lines.longest * self.look.column + 8 - self.viewport().width()
        side.setRange(0, 0 if self._wrapped else max(0, round(width)))
        side.setPageStep(self.viewport().width())
        side.setSingleStep(round(self.look.column * 4))
        self._place_jump()
        self.viewport().update()

    def _first(self) -> tuple[int, int]:
        """Return the first line in sight, and which of its rows."""
        lines, rows = self.lines, self.rows
        if not self._following:
            index = min(lines.index_of(self._top.seq), len(lines) - 1)
            exact = lines[index].seq == self._top.seq
            return index, min(self._top.column, len(self.cells(lines[index]).starts) - 1) if exact else 0
        if lines.columns is None:
            return max(0, len(lines) - rows), 0
        index, left = len(lines), rows
        while index and left > 0:
            index -= 1
            left -= rows_of(lines[index].text, lines.columns)
        return index, max(0, -left)

    def _first_row(self) -> int:
        if not len(self.lines) or self._following:
            return 0
        index, sub = self._first()
        return self.lines.row_of(index) + sub

    def _scrolled(self, value: int) -> None:
        """Remember where the user has scrolled to."""
        if self._placing:
            return
        if value >= self.verticalScrollBar().maximum():
            self._following = True
        elif len(self.lines):
            self._stop_following()
            index, sub = self.lines.line_at(value)
            self._top = Spot(self.lines[min(index, len(self.lines) - 1)].seq, sub)
        self._place_jump()
        self.viewport().update()

    def _stop_following(self) -> None:
        if self._following:
            self._following = False
            self._seen = self.book.next_seq

    def _place_jump(self) -> None:
        wanted = not self._following and bool(len(self.lines))
        if wanted:
            unseen = self.unseen
            words = trn("{n} new line", "{n} new lines", unseen) if unseen else tr("Jump to newest")
            self._jump.setText(f"↓  {words}")
            self._jump.setAccessibleName(tr("Jump to newest, {words}", words=words) if unseen else words)
            self._jump.adjustSize()
            corner = self.viewport().geometry().bottomRight()
            self._jump.move(corner.x() - self._jump.width() - 18, corner.y() - self._jump.height() - 14)
        self._jump.setVisible(wanted)

    # Marks

    def _spans(self, line: LogLine) -> list[tuple[int, int]]:
        query = self.lines.query
        if query is None or line.mark:
            return []
        key = (line.seq, line.text)
        if key not in self._marks:
            self._marks[key] = query.spans(line.text)
            if len(self._marks) > _REMEMBERED:
                self._marks.popitem(last=False)
        return self._marks[key]

    def _marks_of(self, line: LogLine) -> Marks:
        current = self._match.column if self._match and self._match.seq == line.seq else -1
        return Marks(self._spans(line), current)

    def _empty_words(self) -> str:
        if self.lines.filter != Filter() and self.book.chunks:
            return tr("No line fits. Others are hidden.")
        return tr("No lines yet. What the services write appears here.")


def _timer(view: LogView, interval: int, call: Callable[[], None]) -> QTimer:
    made = QTimer(view)
    made.setSingleShot(True)
    made.setInterval(interval)
    made.timeout.connect(call)
    return made
