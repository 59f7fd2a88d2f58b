"""Lets the window be painted before there is an asyncio loop: its imports take a fifth of the time until then."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QWidget

#: Milliseconds after which the panel goes on, painted or not: a window may be shown on a desktop that nobody sees.
_LIMIT = 250


class _Painted(QObject):
    """Ends a wait as soon as a widget has been painted.

    Args:
        widget: The widget.
        loop: The wait.
    """

    def __init__(self, widget: QWidget, loop: QEventLoop) -> None:
        super().__init__(widget)
        self._loop = loop
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the event that paints; the wait ends after it."""
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._loop.quit)
        return False


def wait_for_paint(window: QWidget) -> None:
    """Handle Qt's events until the window is on the screen, or a moment is over. Only before the loop runs."""
    if not window.isVisible() or window.isMinimized():
        return
    loop = QEventLoop()
    painted = _Painted(window, loop)
    QTimer.singleShot(_LIMIT, loop, loop.quit)
    loop.exec()
    painted.deleteLater()
