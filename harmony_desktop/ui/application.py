"""Makes the QApplication."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QApplication

STYLE = "fusion"
_STYLED = "harmony-styled"


def make_application(arguments: Sequence[str]) -> QApplication:
    """Return the application with the style that our stylesheet is made for.

    The style is asked for by an argument: ``QApplication.setStyle`` returns a QStyle, whose many enumerations cost
    15 ms before the first paint.
    """
    app = QApplication([*arguments[:1], "-style", STYLE, *arguments[1:]])
    app.setProperty(_STYLED, True)
    return app


def ensure_style(app: QApplication) -> None:
    """Set the style on an application that somebody else made."""
    if not app.property(_STYLED):
        app.setStyle(STYLE)
        app.setProperty(_STYLED, True)
