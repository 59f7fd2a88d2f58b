"""What macOS expects of an application whose window may be hidden: its icon in the Dock, and Command-Q."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication


class MacHabits(QObject):
    """Shows the window when the Dock's icon is clicked, and quits as the panel quits.

    Qt would answer Command-Q by closing the window, which hides it: the panel would stay.

    Args:
        app: The application.
        show: Shows the window.
        leave: Quits the panel.
        is_shown: Whether the window is on the screen.
        began_hidden: Whether the panel was started into the tray: the first activation is then that of its start.
    """

    def __init__(
        self,
        app: QGuiApplication,
        show: Callable[[], None],
        leave: Callable[[], None],
        is_shown: Callable[[], bool],
        *,
        began_hidden: bool,
    ) -> None:
        super().__init__(app)
        self._app, self._show, self._leave, self._is_shown = app, show, leave, is_shown
        self._starting = began_hidden
        app.installEventFilter(self)
        # A click on the Dock's icon tells "active" also where the application is that already.
        app.applicationStateChanged.connect(self._activated)

    def end(self) -> None:
        """Do nothing any more."""
        self._app.removeEventFilter(self)
        self._app.applicationStateChanged.disconnect(self._activated)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the wish to quit, which comes to the application alone."""
        if watched is self._app and event.type() == QEvent.Type.Quit:
            self._leave()
            return True
        return False

    def _activated(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            return
        if self._starting:
            self._starting = False
        elif not self._is_shown():
            self._show()
