"""The log view: paints the lines that can be seen, and nothing else, from a bounded store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu

from harmony_desktop.control.logs import LogBook
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.log_lines import LogLines, LogSearch
from harmony_desktop.ui.log_look import PADDING, Frame, LogLook
from harmony_desktop.ui.log_selection import Selection, Spot, word_at
from harmony_desktop.ui.log_text import clean
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button
from harmony_desktop.ui.theme import Theme

BATCH = 50  # milliseconds in which new lines are gathered
TELLING = 500  # milliseconds between two updates of what assistive technology may read
_SEARCH_SLICE = 0.008  # seconds of search in one turn of the loop
_SPOKEN_LINES = 5
_DRAG_INTERVAL = 40


class LogView(QAbstractScrollArea):
    """Lines of all services or of one; follows the newest only while it stands at the bottom."""

    searched = Signal()
    """The number of hits, or the current one, may have changed."""

    def __init__(self, theme: Theme, book: LogBook) -> None:
        super().__init__()
        self._theme = theme
        self._book = book
        self.lines = LogLines(book)
        self.search = LogSearch(self.lines)
        self.look = LogLook(theme)
        self._titles: dict[str, tuple[str, int]] = {}
        self._show_time = True
        self._following = True
        self._unseen = 0
        self._selection: Selection | None = None
        self._current_hit = -1
        self._press = QPoint()
        self._unsubscribe: Callable[[], None] = lambda: None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("surface", "log")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Log lines"))
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._batch = _timer(self, BATCH, self._take)
        self._searching = _timer(self, 0, self._search_on)
        self._telling = _timer(self, TELLING, self._tell)
        self._dragging = QTimer(self)
        self._dragging.setInterval(_DRAG_INTERVAL)
        self._dragging.timeout.connect(self._drag_on)
        self._jump = button(theme, "", "small-primary")
        self._jump.setParent(self)
        self._jump.hide()
        self._jump.clicked.connect(self.jump_to_newest)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        overlay_scroll_bars(self, horizontal=True)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)
        theme.changed.connect(self._measure)
        self._measure()

    # -- what is shown

    @property
    def following(self) -> bool:
        """Whether the newest line stays in sight."""
        return self._following

    @property
    def active(self) -> bool:
        """Whether it takes lines or searches right now."""
        return self._batch.isActive() or self._searching.isActive()

    def show_names(self, titles: Mapping[str, str]) -> None:
        """Set the services' names; their order gives the colours."""
        self._titles = {name: (title, i) for i, (name, title) in enumerate(titles.items())}
        self._measure()

    def show_service(self, service: str | None) -> None:
        """Show one service, or all."""
        self.lines.show_service(service)
        self.search.restart()
        self._selection = None
        self._following, self._unseen = True, 0
        self._measure()
        self._take()

    def show_time(self, shown: bool) -> None:
        """Show or hide the column of times."""
        self._show_time = shown
        self._measure()

    def jump_to_newest(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        self._settle_scroll_bars()
        self.viewport().update()

    # -- search

    def look_for(self, text: str, match_case: bool) -> None:
        """Search; hits are counted in slices, so that typing never waits."""
        self.search.look_for(text, match_case)
        self._current_hit = -1
        self._search_on()
        self.viewport().update()

    def go_to_hit(self, forwards: bool) -> None:
        """Bring the next or the previous hit into sight."""
        bar = self.verticalScrollBar()
        start = self._current_hit
        if start < 0 and len(self.lines):
            visible = min(len(self.lines) - 1, bar.value() + self._rows() - 1)
            start = self.lines[visible].seq + 1 if not forwards else self.lines[bar.value()].seq - 1
        hit = self.search.neighbour(start, forwards)
        if hit is None:
            return
        self._current_hit = hit
        index = self.lines.index_of(hit)
        if not bar.value() <= index < bar.value() + self._rows() - 1:
            bar.setValue(index - self._rows() // 2)
        self._reveal_hit_column(index)
        self.viewport().update()
        self.searched.emit()

    def hits(self) -> tuple[int, int]:
        """Return which hit is the current one (0: none) and how many there are."""
        return self.search.place(self._current_hit), len(self.search.hits)

    # -- selection

    @property
    def selected_text(self) -> str:
        """What is selected."""
        return self._selection.text(self.lines) if self._selection else ""

    def select_all(self) -> None:
        """Select every line that is shown."""
        if len(self.lines):
            last = self.lines[-1]
            self._selection = Selection(Spot(self.lines[0].seq, 0), Spot(last.seq, len(clean(last.text))))
            self.viewport().update()

    def copy(self) -> None:
        """Copy what is selected."""
        text = self.selected_text
        if text:
            QGuiApplication.clipboard().setText(text)

    # -- Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        """Take lines while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._book.subscribe(self._wake)
        self._take()
        self._tell()

    def hideEvent(self, event: QHideEvent) -> None:
        """Do nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None
        for timer in (self._batch, self._searching, self._telling, self._dragging):
            timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bars to the new size."""
        super().resizeEvent(event)
        self._settle_scroll_bars()
        self._place_jump()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines that can be seen."""
        del event
        c = self._theme.colours
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(c.sunken))
        painter.setFont(self._theme.mono)
        if not len(self.lines):
            painter.setPen(QColor(c.second))
            painter.setFont(self.font())
            words = tr("No lines yet. What the services write appears here.")
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, words)
            return
        first = self.verticalScrollBar().value()
        frame = Frame(
            self.horizontalScrollBar().value(),
            self.viewport().width(),
            self._titles,
            self._selection,
            self.search.pattern,
            self._current_hit,
        )
        for row in range(min(self._rows() + 1, len(self.lines) - first)):
            line = self.lines[first + row]
            self.look.paint(painter, line, PADDING + row * self.look.row_height, frame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, select and copy by keyboard."""
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.key() in _MOVES and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._extend(event.key())
        elif event.key() == Qt.Key.Key_Home:
            bar.setValue(0)
        elif event.key() == Qt.Key.Key_End:
            self.jump_to_newest()
        elif event.key() == Qt.Key.Key_Escape and self._selection:
            self._selection = None
            self.viewport().update()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of copying."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu(self) -> QMenu:
        """Return a new menu of what can be done with the lines."""
        menu = QMenu(self)
        copy = menu.addAction(tr("Copy"))
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setEnabled(bool(self._selection))
        copy.triggered.connect(lambda _checked=False: self.copy())
        everything = menu.addAction(tr("Select all"))
        everything.setShortcut(QKeySequence(QKeySequence.StandardKey.SelectAll))
        everything.setEnabled(len(self.lines) > 0)
        everything.triggered.connect(lambda _checked=False: self.select_all())
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection (or extend it with Shift)."""
        if event.button() is not Qt.MouseButton.LeftButton or not len(self.lines):
            return
        spot = self._spot_at(event.position())
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self._selection = Selection(self._selection.anchor if shift and self._selection else spot, spot)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Extend the selection; beyond the edge the view scrolls on."""
        if event.buttons() & Qt.MouseButton.LeftButton and self._selection:
            self._press = event.position().toPoint()
            self._drag_to(self._press)
            outside = not self.viewport().rect().contains(self._press)
            if outside and not self._dragging.isActive():
                self._dragging.start()
            elif not outside:
                self._dragging.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the selection."""
        self._dragging.stop()
        if self._selection and self._selection.empty:
            self._selection = None
            self.viewport().update()
        elif self._selection and QGuiApplication.clipboard().supportsSelection():
            QGuiApplication.clipboard().setText(self.selected_text, QGuiApplication.clipboard().Mode.Selection)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select the word."""
        if not len(self.lines):
            return
        spot = self._spot_at(event.position())
        text = clean(self.lines[self.lines.index_of(spot.seq)].text)
        start, end = word_at(text, spot.column)
        self._selection = Selection(Spot(spot.seq, start), Spot(spot.seq, end))
        self.viewport().update()

    # -- taking lines

    def _wake(self) -> None:
        if not self._batch.isActive():
            self._batch.start()

    def _take(self) -> None:
        added, dropped = self.lines.refresh()
        if not added and not dropped:
            return
        bar = self.verticalScrollBar()
        if self._following:
            self._unseen = 0
        else:
            self._unseen = min(self._unseen + added, len(self.lines))
            bar.setValue(max(0, bar.value() - dropped))
        self._settle_scroll_bars()
        if self.search.pattern is not None and not self._searching.isActive():
            self._searching.start()
        self._place_jump()
        if not self._telling.isActive():
            self._telling.start()
        self.viewport().update()

    def _search_on(self) -> None:
        if self.search.work(_SEARCH_SLICE) and self.isVisible():
            self._searching.start()
        self.searched.emit()

    def _tell(self) -> None:
        newest = [clean(self.lines[i].text) for i in range(max(0, len(self.lines) - _SPOKEN_LINES), len(self.lines))]
        self.setAccessibleDescription("\n".join(newest))

    # -- places

    def _measure(self) -> None:
        titles = [title for title, _ in self._titles.values()]
        self.look.measure(titles, with_time=self._show_time, with_names=self.lines.service is None)
        self._settle_scroll_bars()
        self.viewport().update()

    def _rows(self) -> int:
        return max(1, (self.viewport().height() - 2 * PADDING) // self.look.row_height)

    def _settle_scroll_bars(self) -> None:
        bar, rows = self.verticalScrollBar(), self._rows()
        following = self._following
        bar.setPageStep(rows)
        bar.setRange(0, max(0, len(self.lines) - rows))
        if following:
            bar.setValue(bar.maximum())
            self._following = True
            self._unseen = 0
            self._place_jump()
        side = self.horizontalScrollBar()
        width = self.look.text_x + self.lines.longest * self.look.column + 8 - self.viewport().width()
        side.setRange(0, max(0, round(width)))
        side.setPageStep(self.viewport().width())
        side.setSingleStep(round(self.look.column * 4))

    def _scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum()
        if self._following:
            self._unseen = 0
        self._place_jump()
        self.viewport().update()

    def _place_jump(self) -> None:
        wanted = not self._following and bool(len(self.lines))
        if wanted:
            words = trn("{n} new line", "{n} new lines", self._unseen) if self._unseen else tr("Jump to newest")
            self._jump.setText(f"↓  {words}")
            self._jump.setAccessibleName(tr("Jump to newest, {words}", words=words) if self._unseen else words)
            self._jump.adjustSize()
            corner = self.viewport().geometry().bottomRight()
            self._jump.move(corner.x() - self._jump.width() - 18, corner.y() - self._jump.height() - 14)
        self._jump.setVisible(wanted)

    def _reveal_hit_column(self, index: int) -> None:
        pattern = self.search.pattern
        found = pattern.search(clean(self.lines[index].text)) if pattern else None
        if found is None:
            return
        side = self.horizontalScrollBar()
        left, right = (self.look.text_x + self.look.column * column for column in found.span())
        if right > side.value() + self.viewport().width():
            side.setValue(round(right - self.viewport().width() * 0.6))
        elif left < side.value():
            side.setValue(round(max(0.0, left - self.look.text_x)))

    def _spot_at(self, position: QPointF) -> Spot:
        row = int((position.y() - PADDING) // self.look.row_height)
        index = max(0, min(len(self.lines) - 1, self.verticalScrollBar().value() + row))
        line = self.lines[index]
        x = position.x() + self.horizontalScrollBar().value()
        return Spot(line.seq, self.look.column_at(clean(line.text), x))

    def _drag_to(self, point: QPoint) -> None:
        if self._selection:
            self._selection = Selection(self._selection.anchor, self._spot_at(QPointF(point)))
            self.viewport().update()

    def _drag_on(self) -> None:
        rect, bar = self.viewport().rect(), self.verticalScrollBar()
        if self._press.y() < rect.top():
            bar.setValue(bar.value() - 1 - (rect.top() - self._press.y()) // 20)
        elif self._press.y() > rect.bottom():
            bar.setValue(bar.value() + 1 + (self._press.y() - rect.bottom()) // 20)
        self._drag_to(self._press)

    def _extend(self, key: int) -> None:
        if not len(self.lines):
            return
        bar = self.verticalScrollBar()
        if self._selection is None:
            top = Spot(self.lines[min(bar.value(), len(self.lines) - 1)].seq, 0)
            self._selection = Selection(top, top)
        caret = self._selection.caret
        index = min(self.lines.index_of(caret.seq), len(self.lines) - 1)
        column = caret.column
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            column += 1 if key == Qt.Key.Key_Right else -1
        elif key == Qt.Key.Key_Home:
            column = 0
        elif key == Qt.Key.Key_End:
            column = len(clean(self.lines[index].text))
        else:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -self._rows()}.get(
                Qt.Key(key), self._rows()
            )
            index = max(0, min(len(self.lines) - 1, index + step))
        line = self.lines[index]
        column = max(0, min(len(clean(line.text)), column))
        self._selection = Selection(self._selection.anchor, Spot(line.seq, column))
        if index < bar.value():
            bar.setValue(index)
        elif index >= bar.value() + self._rows():
            bar.setValue(index - self._rows() + 1)
        self.viewport().update()


_MOVES = {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
}


def _timer(view: LogView, interval: int, call: Callable[[], None]) -> QTimer:
    made = QTimer(view)
    made.setSingleShot(True)
    made.setInterval(interval)
    made.timeout.connect(call)
    return made
