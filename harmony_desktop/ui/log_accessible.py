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

# Qt knows interfaces by their addresses, and deletes them with their views. Who made them must keep them until then:
# whatever Python lets go earlier is deleted twice.
_known: list[_LogInterface] = []
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
    _known[:] = [known for known in _known if Shiboken.isValid(known)]
    made = _LogInterface(thing)
    _known.append(made)
    return made


def _tell_caret(view: LogView) -> None:
    """Tell that the caret has moved, if somebody listens."""
    if not QAccessible.isActive():
        return
    for known in _known:
        if Shiboken.isValid(known) and known.lines.view is view:
            QAccessible.updateAccessibility(QAccessibleTextCursorEvent(view, known.lines.cursorPosition()))


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
        self.view = view

    def _lines(self) -> list[tuple[int, str]]:
        return [(line.seq, words_of(line)[:_TOLD]) for line in self.view.visible_lines()]

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
        selection = self.view.hand.selection
        return self._offset(selection.caret) if selection else self.characterCount()

    def setCursorPosition(self, position: int) -> None:
        spot = self._spot(position)
        self.view.hand.select(Selection(spot, spot))

    def selectionCount(self) -> int:
        # PySide6 (6.11.3) leaves out the function that would tell where the selection is: better none than a wrong one.
        return 0

    def addSelection(self, start: int, end: int) -> None:
        self.view.hand.select(Selection(self._spot(start), self._spot(end)))

    def removeSelection(self, index: int) -> None:
        del index
        self.view.hand.select(None)

    def setSelection(self, index: int, start: int, end: int) -> None:
        del index
        self.addSelection(start, end)

    def characterRect(self, offset: int) -> QRect:
        if not len(self.view.lines):
            return QRect()
        rect = self.view.rect_of(self._spot(offset))
        return QRect(self.view.viewport().mapToGlobal(rect.topLeft()), rect.size())

    def offsetAtPoint(self, point: QPoint) -> int:
        if not len(self.view.lines):
            return -1
        return self._offset(self.view.spot_at(QPointF(self.view.viewport().mapFromGlobal(point))))

    def scrollToSubstring(self, start: int, end: int) -> None:
        del end
        self.view.reveal(self._spot(start))
