"""The log view as assistive technology sees it: a text of the lines in sight, with a caret."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleTextCursorEvent, QAccessibleTextInterface
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import Shiboken

from harmony_desktop.ui.log_selection import Selection, Spot
from harmony_desktop.ui.log_text import words_of
from harmony_desktop.ui.log_view import LogView

#: Characters of one line that are told; nobody listens to a hundred thousand.
_TOLD = 2_000

# Qt knows interfaces by their addresses: who made them must keep them, as long as the view is there.
_known: dict[int, _LogInterface] = {}
_installed: list[bool] = []


def install(view: LogView) -> None:
    """Let Qt ask here about log views, and tell of the caret of this one."""
    if not _installed:
        QAccessible.installFactory(_make)
        _installed.append(True)
    view.hand.changed.connect(partial(_tell_caret, view))


def _make(_class: str, thing: QObject | None) -> QAccessibleInterface | None:
    if not isinstance(thing, LogView):
        return None
    made = _LogInterface(thing)
    key = id(thing)
    _known[key] = made
    thing.destroyed.connect(lambda: _known.pop(key, None))
    return made


def _tell_caret(view: LogView) -> None:
    """Tell that the caret has moved, if somebody listens."""
    interface = _known.get(id(view)) if QAccessible.isActive() else None
    if interface is not None:
        event = QAccessibleTextCursorEvent(view, interface.lines.cursorPosition())
        QAccessible.updateAccessibility(event)


class _LogInterface(QAccessibleWidget):
    def __init__(self, view: LogView) -> None:
        super().__init__(view, QAccessible.Role.Document)
        self.lines = _LogText(view)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> object:  # type: ignore[override] # the stub says int
        if kind is QAccessible.InterfaceType.TextInterface:
            return self.lines
        # WORKAROUND: None does not become the null pointer that Qt expects, and ends the process (PySide6 6.11.3).
        return super().interface_cast(kind) or Shiboken.VoidPtr(0)


class _LogText(QAccessibleTextInterface):
    """The lines of which a row can be seen, as one text."""

    def __init__(self, view: LogView) -> None:
        super().__init__()
        self._view = view

    def _lines(self) -> list[tuple[int, str]]:
        return [(line.seq, words_of(line)[:_TOLD]) for line in self._view.visible_lines()]

    def _whole(self) -> str:
        return "\n".join(text for _, text in self._lines())

    def _offset(self, spot: Spot) -> int:
        """Return where a place is in the text; the nearest end for one that is out of sight."""
        offset = 0
        for seq, text in self._lines():
            if spot.seq <= seq:
                return offset + (min(spot.column, len(text)) if spot.seq == seq else 0)
            offset += len(text) + 1
        return max(0, offset - 1)

    def _spot(self, offset: int) -> Spot:
        """Return the place that an offset means."""
        spot = Spot(0, 0)
        for seq, text in self._lines():
            spot = Spot(seq, min(max(offset, 0), len(text)))
            if offset <= len(text):
                return spot
            offset -= len(text) + 1
        return spot

    def text(self, start: int, end: int) -> str:
        whole = self._whole()
        return whole[max(start, 0) : len(whole) if end < 0 else end]

    def characterCount(self) -> int:
        return len(self._whole())

    def cursorPosition(self) -> int:
        selection = self._view.hand.selection
        return self._offset(selection.caret) if selection else self.characterCount()

    def setCursorPosition(self, position: int) -> None:
        spot = self._spot(position)
        self._view.hand.select(Selection(spot, spot))

    def selectionCount(self) -> int:
        # PySide6 (6.11.3) leaves out the function that would tell where the selection is: better none than a wrong one.
        return 0

    def addSelection(self, start: int, end: int) -> None:
        self._view.hand.select(Selection(self._spot(start), self._spot(end)))

    def removeSelection(self, index: int) -> None:
        del index
        self._view.hand.select(None)

    def setSelection(self, index: int, start: int, end: int) -> None:
        del index
        self.addSelection(start, end)

    def characterRect(self, offset: int) -> QRect:
        if not len(self._view.lines):
            return QRect()
        rect = self._view.rect_of(self._spot(offset))
        return QRect(self._view.viewport().mapToGlobal(rect.topLeft()), rect.size())

    def offsetAtPoint(self, point: QPoint) -> int:
        if not len(self._view.lines):
            return -1
        return self._offset(self._view.spot_at(QPointF(self._view.viewport().mapFromGlobal(point))))

    def scrollToSubstring(self, start: int, end: int) -> None:
        del end
        self._view.reveal(self._spot(start))
