"""Shows unexpected errors as soon as there is a window to show them on: one dialog at most, at any time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from harmony_desktop.control.crashes import CrashNews
from harmony_desktop.control.intents import Intents
from harmony_desktop.ui.crash_dialog import CrashDialog
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.theme import Theme


class CrashTeller(QObject):
    """Follows what there is to tell.

    Args:
        theme: The looks.
        window: Returns the window of the moment.
        intents: Knows the errors, and saves reports.
        tell: Shows a title and a text on the desktop: nobody may be looking at the window.
        issues: The address where faults are reported, or "".
    """

    def __init__(
        self,
        theme: Theme,
        window: Callable[[], QWidget],
        intents: Intents,
        tell: Callable[[str, str], object],
        issues: str,
    ) -> None:
        super().__init__(theme)
        self._theme = theme
        self._window = window
        self._intents = intents
        self._tell = tell
        self._issues = issues
        self._dialog: CrashDialog | None = None
        self._waits = False
        self._making = False
        self._unsubscribe = intents.crashes.store.subscribe(self.follow)
        self.follow(intents.crashes.store.value)

    def follow(self, news: CrashNews) -> None:
        """Show the dialog, unless it is there; a window in the tray is not opened for it."""
        if not news.crashes:
            self._waits = self._making = False
            return
        if self._making or (self._dialog is not None and isValid(self._dialog)):
            return
        window = self._window()
        if window.isVisible():
            # An error of the dialog itself comes here again: it is in the log, and shown no more.
            self._making = True
            self._show(window)
            self._making = False
        elif not self._waits:
            self._waits = True
            window.installEventFilter(self)
            self._tell(tr("Something unexpected happened in Harmony"), tr("Open its window to read what it was."))

    def close(self) -> None:
        """Follow nothing any more."""
        self._unsubscribe()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show what waits when the window comes back."""
        if event.type() is QEvent.Type.Show and self._waits:
            self._waits = False
            watched.removeEventFilter(self)
            self.follow(self._intents.crashes.store.value)
        return super().eventFilter(watched, event)

    def _show(self, window: QWidget) -> None:
        dialog = CrashDialog(self._theme, window, self._intents.crashes, self._intents.reporting, self._issues)
        dialog.finished.connect(self._closed)
        self._dialog = dialog
        dialog.show()

    def _closed(self, _result: int = 0) -> None:
        self._dialog = None
