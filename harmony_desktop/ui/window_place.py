"""Where the window was, and where it is put again: on the same screen if that is there, and never out of sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QMainWindow

from harmony_desktop.ui.settings import JsonValue, Key, Settings

USUAL_SIZE = QSize(1200, 780)
SMALLEST_SIZE = QSize(900, 560)
#: How much of the strip at the window's top must be in sight, so that it can be grasped.
_GRASP = QSize(120, 24)
#: No desktop is larger, in pixels.
_FAR = 100_000
_SOON = 500  # milliseconds after the last change of size or place


def fitted(wanted: QRect, screens: Sequence[QRect], smallest: QSize = SMALLEST_SIZE) -> QRect:
    """Return a place for the window that can be seen and grasped.

    Args:
        wanted: Where it was.
        screens: The room on each screen, the main one first; not empty.
        smallest: The window's smallest size.
    """
    strip = QRect(wanted.topLeft(), QSize(wanted.width(), _GRASP.height()))
    seen = [strip.intersected(screen) for screen in screens]
    areas = [part.width() * part.height() for part in seen]
    best = areas.index(max(areas))
    room = screens[best]
    size = wanted.size().boundedTo(room.size()).expandedTo(smallest)
    place = QRect(wanted.topLeft(), size)
    if seen[best].width() < _GRASP.width() or seen[best].height() < _GRASP.height():
        place.moveCenter(screens[0].center())
        room = screens[0]
    # Wholly on its screen, its top and its left above all.
    place.moveTopLeft(
        QPoint(
            max(room.left(), min(place.left(), room.right() + 1 - size.width())),
            max(room.top(), min(place.top(), room.bottom() + 1 - size.height())),
        )
    )
    return place


_CHANGES = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.WindowStateChange, QEvent.Type.Hide})


class WindowPlace(QObject):
    """Puts a window where it was, and remembers where it is soon after each change: a crash loses next to nothing.

    Args:
        window: The window.
        settings: What is remembered.
    """

    def __init__(self, window: QMainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self.remember)
        window.setMinimumSize(SMALLEST_SIZE)
        self._restore()
        window.installEventFilter(self)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenRemoved.connect(self._bring_back)

    def remember(self) -> None:
        """Remember size, place and whether it is maximised, now."""
        self._soon.stop()
        window, settings = self._window, self._settings
        if window.isMinimized():
            return
        settings.set(Key.WINDOW_MAXIMISED, window.isMaximized())
        if not window.isMaximized() and not window.isFullScreen():
            settings.set(Key.WINDOW_SIZE, [window.width(), window.height()])
            if window.isVisible():
                settings.set(Key.WINDOW_PLACE, [window.x(), window.y()])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember a change soon."""
        if event.type() in _CHANGES:
            if self._window.isVisible() and not self._window.isMinimized():
                self._soon.start()
            else:
                self.remember()  # a window that nobody sees runs no timer
        return super().eventFilter(watched, event)

    def _restore(self) -> None:
        size = _pair(self._settings.get(Key.WINDOW_SIZE))
        place = _pair(self._settings.get(Key.WINDOW_PLACE))
        wanted = QSize(*size) if size else USUAL_SIZE
        rooms = [screen.availableGeometry() for screen in _screens()]
        if not rooms:
            self._window.resize(wanted.expandedTo(SMALLEST_SIZE))
        elif place is None:
            # Its first time: the desktop knows best where a new window belongs.
            self._window.resize(wanted.boundedTo(rooms[0].size()).expandedTo(SMALLEST_SIZE))
        else:
            fit = fitted(QRect(QPoint(*place), wanted), rooms)
            self._window.resize(fit.size())
            self._window.move(fit.topLeft())
        if self._settings.get(Key.WINDOW_MAXIMISED) is True:
            self._window.setWindowState(QtCore.Qt.WindowState.WindowMaximized)

    def _bring_back(self, _gone: QScreen) -> None:
        """Come into sight again after a screen has gone."""
        rooms = [screen.availableGeometry() for screen in _screens() if screen is not _gone]
        window = self._window
        if rooms and not window.isMaximized() and not window.isFullScreen():
            fit = fitted(QRect(window.pos(), window.size()), rooms)
            if fit.topLeft() != window.pos() or fit.size() != window.size():
                window.setGeometry(fit)


def _screens() -> list[QScreen]:
    """Return the screens, the main one first."""
    main = QGuiApplication.primaryScreen()
    return sorted(QGuiApplication.screens(), key=lambda screen: screen is not main)


def _pair(value: JsonValue) -> tuple[int, int] | None:
    """Return two whole numbers of a reasonable size, or None for anything else."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    one, other = value
    if not (isinstance(one, int) and isinstance(other, int)) or isinstance(one, bool) or isinstance(other, bool):
        return None
    return (one, other) if max(abs(one), abs(other)) <= _FAR else None
