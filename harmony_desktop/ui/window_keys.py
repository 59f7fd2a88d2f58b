"""What keys do in a window besides what its widgets understand: shortcuts, Enter, and the keys that ask for a menu."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QRadioButton, QWidget

from harmony_desktop.ui.shortcuts import keys


def bind(window: QWidget, calls: Mapping[str, Callable[[], object]]) -> None:
    """Bind the keys of deeds (ui/shortcuts.py) in a window."""
    for deed, call in calls.items():
        for each in keys(deed):
            QShortcut(QKeySequence(each), window).activated.connect(call)


def press(event: QKeyEvent, focus: object) -> bool:
    """Press the button in focus by Enter, and open its menu: Qt leaves both to some desktops.

    Args:
        event: A key that nobody else understood.
        focus: What has the focus, if anything has.

    Returns:
        Whether it was understood here.
    """
    entered = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat()
    if entered and isinstance(focus, QAbstractButton) and not isinstance(focus, QRadioButton | QCheckBox):
        focus.click()
        return True
    if _asks_for_menu(event) and isinstance(focus, QWidget):
        middle = focus.rect().center()
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, middle, focus.mapToGlobal(middle))
        QApplication.sendEvent(focus, asked)
        return True
    return False


def _asks_for_menu(event: QKeyEvent) -> bool:
    """Whether a key asks for a menu, and Qt does not tell so itself (Windows does for both keys, X11 for one)."""
    if sys.platform != "linux":
        return False
    if event.key() == Qt.Key.Key_Menu:
        return QGuiApplication.platformName() != "xcb"
    return event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
