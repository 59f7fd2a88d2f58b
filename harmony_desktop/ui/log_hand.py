"""Selecting and copying in the log view, by mouse and by keyboard."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu

from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.log_export import Extract, shown_of
from harmony_desktop.ui.log_selection import Move, Selection, Spot, moved, word_at
from harmony_desktop.ui.log_text import words_of

if TYPE_CHECKING:
    from harmony_desktop.ui.log_view import LogView

#: Lines that are copied at once; more are gathered in a thread.
_AT_ONCE = 2_000
_DRAG_INTERVAL = 40

_MOVES = {
    QKeySequence.StandardKey.SelectPreviousLine: Move.UP,
    QKeySequence.StandardKey.SelectNextLine: Move.DOWN,
    QKeySequence.StandardKey.SelectPreviousChar: Move.LEFT,
    QKeySequence.StandardKey.SelectNextChar: Move.RIGHT,
    QKeySequence.StandardKey.SelectPreviousWord: Move.WORD_LEFT,
    QKeySequence.StandardKey.SelectNextWord: Move.WORD_RIGHT,
    QKeySequence.StandardKey.SelectStartOfLine: Move.LINE_START,
    QKeySequence.StandardKey.SelectEndOfLine: Move.LINE_END,
    QKeySequence.StandardKey.SelectPreviousPage: Move.PAGE_UP,
    QKeySequence.StandardKey.SelectNextPage: Move.PAGE_DOWN,
    QKeySequence.StandardKey.SelectStartOfDocument: Move.FIRST,
    QKeySequence.StandardKey.SelectEndOfDocument: Move.LAST,
}


class Hand(QObject):
    """Holds the selection of a view and moves it.

    Args:
        view: The view.
    """

    gathered = Signal(str)
    """Text for the clipboard, from a thread."""
    changed = Signal()
    """Something else is selected."""

    def __init__(self, view: LogView) -> None:
        super().__init__(view)
        self._view = view
        self.selection: Selection | None = None
        self._pointer = QPoint()
        self._double_click = (0.0, Spot(-1, 0))
        self._dragging = QTimer(self)
        self._dragging.setInterval(_DRAG_INTERVAL)
        self._dragging.timeout.connect(self._drag_on)
        self.gathered.connect(self._to_clipboard)

    # Selecting

    def select(self, selection: Selection | None) -> None:
        """Select something, or nothing."""
        self.selection = selection
        self._view.viewport().update()
        self.changed.emit()

    def select_all(self) -> None:
        """Select every line that is shown."""
        lines = self._view.lines
        if len(lines):
            last = lines[-1]
            self.select(Selection(Spot(lines[0].seq, 0), Spot(last.seq, len(words_of(last)))))

    @property
    def text(self) -> str:
        """What is selected."""
        return self.selection.text(self._view.lines) if self.selection else ""

    def rest(self) -> None:
        """Stop scrolling on."""
        self._dragging.stop()

    # Copying

    def copy(self, *, whole: bool = False) -> None:
        """Copy what is selected.

        Args:
            whole: With times and services.
        """
        selection, lines = self.selection, self._view.lines
        if selection is None or selection.empty:
            return
        if selection.size(lines) <= _AT_ONCE:
            self._to_clipboard(selection.text(lines, with_time=whole, with_names=whole))
            return
        extract = shown_of(lines, self._view.book)
        threading.Thread(target=self._gather, args=(extract, selection, whole), name="copy-log", daemon=True).start()

    def _gather(self, extract: Extract, selection: Selection, whole: bool) -> None:
        parts: list[str] = []
        for lines in extract.pieces():
            for line in lines:
                part = selection.part_of(line, with_time=whole, with_name=whole)
                if part is not None:
                    parts.append(part)
        with contextlib.suppress(RuntimeError):  # the view may be gone by now
            self.gathered.emit("\n".join(parts))

    @staticmethod
    def _to_clipboard(text: str) -> None:
        if text:
            QGuiApplication.clipboard().setText(text)

    def menu(self) -> QMenu:
        """Return a new menu of what can be done with the lines."""
        menu = QMenu(self._view)
        some = bool(self.selection) and not (self.selection is not None and self.selection.empty)
        copy = menu.addAction(tr("Copy"))
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setEnabled(some)
        copy.triggered.connect(lambda _checked=False: self.copy())
        whole = menu.addAction(tr("Copy with times and services"))
        whole.setShortcut(QKeySequence("Ctrl+Shift+C"))
        whole.setEnabled(some)
        whole.triggered.connect(lambda _checked=False: self.copy(whole=True))
        everything = menu.addAction(tr("Select all"))
        everything.setShortcut(QKeySequence(QKeySequence.StandardKey.SelectAll))
        everything.setEnabled(len(self._view.lines) > 0)
        everything.triggered.connect(lambda _checked=False: self.select_all())
        return menu

    # Keyboard

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key asks for; return whether it asked for anything here."""
        view = self._view
        for sequence, move in _MOVES.items():
            if event.matches(sequence):
                self._extend(move)
                return True
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif control and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and event.key() == Qt.Key.Key_C:
            self.copy(whole=True)
        elif event.key() == Qt.Key.Key_Home:
            view.jump_to_oldest()
        elif event.key() == Qt.Key.Key_End:
            view.jump_to_newest()
        elif event.key() == Qt.Key.Key_Escape and self.selection:
            self.select(None)
        else:
            return False
        return True

    def _extend(self, move: Move) -> None:
        view = self._view
        if not len(view.lines):
            return
        if self.selection is None:
            first = Spot(view.visible_lines()[0].seq, 0)
            self.selection = Selection(first, first)
        caret = moved(self.selection.caret, move, view.lines, view.rows)
        self.select(Selection(self.selection.anchor, caret))
        view.reveal(caret)

    # Mouse

    def press(self, event: QMouseEvent) -> None:
        """Begin a selection, or extend it with Shift; the third click selects the line."""
        view = self._view
        if event.button() is not Qt.MouseButton.LeftButton or not len(view.lines):
            return
        spot = view.spot_at(event.position())
        when, where = self._double_click
        if time.monotonic() - when < QApplication.doubleClickInterval() / 1000 and where.seq == spot.seq:
            self.select(Selection(Spot(spot.seq, 0), Spot(spot.seq, self._length(spot))))
            return
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self.select(Selection(self.selection.anchor if shift and self.selection else spot, spot))

    def double_click(self, event: QMouseEvent) -> None:
        """Select the word."""
        view = self._view
        if event.button() is not Qt.MouseButton.LeftButton or not len(view.lines):
            return
        spot = view.spot_at(event.position())
        self._double_click = (time.monotonic(), spot)
        start, end = word_at(words_of(view.lines[view.lines.index_of(spot.seq)]), spot.column)
        self.select(Selection(Spot(spot.seq, start), Spot(spot.seq, end)))

    def move(self, event: QMouseEvent) -> None:
        """Extend the selection; beyond the edge the view scrolls on."""
        if not (event.buttons() & Qt.MouseButton.LeftButton and self.selection):
            return
        self._pointer = event.position().toPoint()
        self._drag()
        outside = not self._view.viewport().rect().contains(self._pointer)
        if outside and not self._dragging.isActive():
            self._dragging.start()
        elif not outside:
            self._dragging.stop()

    def release(self, event: QMouseEvent) -> None:
        """End the selection."""
        self._dragging.stop()
        clipboard = QGuiApplication.clipboard()
        if self.selection and self.selection.empty:
            self.select(None)
        elif self.selection and clipboard.supportsSelection() and self.selection.size(self._view.lines) <= _AT_ONCE:
            clipboard.setText(self.text, QClipboard.Mode.Selection)
        event.accept()

    def _length(self, spot: Spot) -> int:
        lines = self._view.lines
        return len(words_of(lines[lines.index_of(spot.seq)]))

    def _drag(self) -> None:
        view = self._view
        if self.selection and len(view.lines):
            self.select(Selection(self.selection.anchor, view.spot_at(QPointF(self._pointer))))

    def _drag_on(self) -> None:
        rect, bar = self._view.viewport().rect(), self._view.verticalScrollBar()
        if self._pointer.y() < rect.top():
            bar.setValue(bar.value() - 1 - (rect.top() - self._pointer.y()) // 20)
        elif self._pointer.y() > rect.bottom():
            bar.setValue(bar.value() + 1 + (self._pointer.y() - rect.bottom()) // 20)
        side = self._view.horizontalScrollBar()
        if self._pointer.x() < rect.left():
            side.setValue(side.value() - side.singleStep())
        elif self._pointer.x() > rect.right():
            side.setValue(side.value() + side.singleStep())
        self._drag()
