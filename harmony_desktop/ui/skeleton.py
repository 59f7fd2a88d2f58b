"""The outline of the window before there is anything in it: its ground, and the column of the navigation.

Nothing is painted here by hand: a QPainter's calls take many kinds of arguments, and to tell them apart the bindings
make all of Qt's enumerations, which costs a sixth of the time until the first paint.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QMainWindow, QWidget

from harmony_desktop.ui.colours import DARK, LIGHT, Colours, Space


def colours_for(wanted: object, palette: QPalette) -> Colours:
    """Return the colours that the theme will most probably come to.

    Args:
        wanted: The scheme that is remembered ("light", "dark" or anything else for the desktop's).
        palette: The desktop's colours.
    """
    if wanted in {"light", "dark"}:
        return DARK if wanted == "dark" else LIGHT
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


class Skeleton:
    """The outline of a window.

    Args:
        window: The window, which is empty.
        wanted: The scheme that is remembered.
    """

    def __init__(self, window: QMainWindow, wanted: object) -> None:
        colours = colours_for(wanted, window.palette())
        self._window = window
        _fill(window, colours.window)
        self._column = QWidget(window)
        self._column.setAutoFillBackground(True)
        _fill(self._column, colours.navigation)
        self.fit()

    def fit(self) -> None:
        """Follow the window's size."""
        self._column.setGeometry(0, 0, Space.NAVIGATION_WIDTH, self._window.height())

    def clear(self) -> None:
        """Make room for what is to be in the window."""
        self._column.setParent(None)
        self._column.deleteLater()
        self._window.setPalette(QPalette())  # the application's, whatever that will be


def _fill(widget: QWidget, colour: str) -> None:
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor.fromString(colour))
    widget.setPalette(palette)
