"""Where the details of a service are shown: a sheet at the right of the stack page, beside it or over its edge."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QApplication, QLayout, QWidget

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import Usage
from harmony_desktop.control.service_look import ServiceLook
from harmony_desktop.control.state import StackState
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.service_details import WIDTH, ServiceDetails
from harmony_desktop.ui.settings import Key, Settings
from harmony_desktop.ui.stack_page import StackPage, open_address
from harmony_desktop.ui.theme import Theme

#: The page keeps at least this width beside the sheet; with less, the sheet lies over it.
_ROOM = 620
#: The width that a pointer can give it, and that of the edge to grasp.
_NARROWEST, _WIDEST = 320, 560
_EDGE = 5


class DetailsSheet(QObject):
    """Opens, fills, places and closes the sheet.

    Args:
        theme: The looks.
        turning: The clock of turning rings.
        intents: What there is to show, and what presses become.
        settings: Where the sheet's width is kept.
        page: The stack page.
        body: The window's content, over which the sheet lies.
    """

    opened = Signal(str)
    """The details of a service are shown; "" when none are."""

    def __init__(
        self, theme: Theme, turning: Turning, intents: Intents, settings: Settings, page: StackPage, body: QWidget
    ) -> None:
        super().__init__(body)
        self._theme = theme
        self._intents = intents
        self._page = page
        self._body = body
        self._settings = settings
        width = settings.get(Key.DETAILS_WIDTH)
        self._width = width if isinstance(width, int) and not isinstance(width, bool) else WIDTH
        self._name = ""
        self._ends: list[Callable[[], None]] = []
        self._asked: object = None
        self.sheet = ServiceDetails(theme, turning, intents)
        self.sheet.setParent(body)
        self.sheet.hide()
        self.sheet.close_wanted.connect(self.close)
        self.sheet.service_wanted.connect(self.open)
        self.sheet.page_wanted.connect(open_address)
        self._edge = _Edge(self.sheet)
        self._edge.dragged.connect(self._drag)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), body)
        self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._escape.activated.connect(self.close)
        self._escape.setEnabled(False)
        body.installEventFilter(self)
        page.seen_changed.connect(self._settle)

    @property
    def service(self) -> str:
        """The service whose details are open, or ""."""
        return self._name

    def open(self, name: str, *, focus: bool = True) -> None:
        """Show the details of a service; where it is not there, nothing happens.

        Args:
            name: The service.
            focus: Go there; not where nobody has just asked for it.
        """
        state = self._intents.store.value
        if state.service(name) is None:
            return
        self._name = name
        self._asked = None
        self._page.select(name)
        self._settle()
        if focus and self.sheet.isVisible():
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self.sheet, self.sheet.accessibleName())
        self.opened.emit(name)

    def close(self) -> None:
        """Close the sheet and go back to the service's row."""
        if not self._name:
            return
        name, self._name = self._name, ""
        focus = QApplication.focusWidget()
        inside = isinstance(focus, QWidget) and (focus is self.sheet or self.sheet.isAncestorOf(focus))
        self._page.select("")
        self._settle()
        if inside:
            self._page.focus_service(name)
        self.opened.emit("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the sheet at its place when the window changes its size."""
        if watched is self._body and event.type() in {QEvent.Type.Resize, QEvent.Type.Show}:
            self._place()
        return super().eventFilter(watched, event)

    def _settle(self, _seen: bool = True) -> None:
        """Be shown where the page is and there is a service to show; follow only then."""
        shown = bool(self._name) and self._page.isVisible()
        self._escape.setEnabled(shown)
        for end in self._ends:
            end()
        self._ends = []
        if shown:
            intents = self._intents
            self._ends = [
                intents.store.subscribe(self._show_state),
                intents.details.subscribe(self._show_look),
                intents.usage.subscribe(self._show_usage),
                intents.machine.subscribe(self.sheet.show_machine),
            ]
            self._asked = None
            self._show_state(intents.store.value)
            self._show_usage(intents.usage.value)
            self.sheet.show_machine(intents.machine.value)
        elif self._asked is not None:
            self._asked = None
            self._intents.look_at_service("")
        self.sheet.setVisible(shown)
        self._place()

    def _show_state(self, state: StackState) -> None:
        now = datetime.now().astimezone()
        if not self.sheet.show_service(state, self._name, now):
            if state.services:
                self.close()  # the stack has it no longer
            return
        service = state.service(self._name)
        # What the engine is asked for changes with the containers, and with an engine that comes back.
        asked = (self._name, service.containers if service else (), service.image if service else "", state.engine)
        if asked != self._asked:
            self._asked = asked
            self._intents.look_at_service(self._name)
            self._show_look(self._intents.details.value)

    def _show_look(self, look: ServiceLook) -> None:
        self.sheet.show_look(look, datetime.now().astimezone())

    def _show_usage(self, usage: object) -> None:
        del usage
        sample: Usage | None = self._intents.usage.value.get(self._name)
        history = self._page.sections.services.history
        empty: deque[float] = deque()
        self.sheet.show_usage(sample, history.cpu.get(self._name, empty), history.memory.get(self._name, empty))

    def _place(self) -> None:
        layout = self._body.layout()
        if layout is None:
            return
        wide = self._theme.scaled(max(_NARROWEST, min(self._width, _WIDEST)))
        left = self._page.mapTo(self._body, self._page.rect().topLeft()).x() if self._page.isVisible() else 0
        beside = self._name != "" and not self.sheet.isHidden()
        beside = beside and self._body.width() - left - wide >= self._theme.scaled(_ROOM)
        _set_right(layout, wide if beside else 0)
        wide = min(wide, self._body.width() - left)
        self.sheet.setGeometry(self._body.width() - wide, 0, wide, self._body.height())
        self._edge.setGeometry(0, 0, _EDGE, self._body.height())
        self._edge.raise_()
        self.sheet.raise_()

    def _drag(self, x: int) -> None:
        """Be as wide as from a place on the screen to the window's right edge."""
        right = self._body.mapToGlobal(QPoint(self._body.width(), 0)).x()
        self._width = max(_NARROWEST, min(round((right - x) / self._theme.scaled(100) * 100), _WIDEST))
        self._settings.set(Key.DETAILS_WIDTH, self._width)
        self._place()


class _Edge(QWidget):
    """The sheet's left edge, by which a pointer makes it wider."""

    dragged = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while its button is down."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(round(event.globalPosition().x()))


def _set_right(layout: QLayout, width: int) -> None:
    margins = layout.contentsMargins()
    if margins.right() != width:
        margins.setRight(width)
        layout.setContentsMargins(margins)
