"""The keys that do something, as a table: a card of the settings, and a dialog of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.shortcuts import TABLE, Place, place_words
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type

_KEYS_WIDTH = 180


def shown_keys(keys: tuple[str, ...]) -> str:
    """Return keys as this platform writes them."""
    return tr(", ").join(QKeySequence(each).toString(QKeySequence.SequenceFormat.NativeText) for each in keys)


class KeyTable(QWidget):
    """Keys at the left, what they do at the right; a heading for each place where they work."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        row = 0
        for place in Place:
            heading = label(theme, Type.SECOND, "second", place_words(place))
            if row:
                grid.setRowMinimumHeight(row, Space.S)
                row += 1
            grid.addWidget(heading, row, 0, 1, 2)
            for shortcut in (each for each in TABLE if each.place is place):
                row += 1
                keys = label(theme, Type.SECOND_STRONG, text=shown_keys(shortcut.keys))
                keys.setWordWrap(True)
                keys.setFixedWidth(theme.scaled(_KEYS_WIDTH))
                words = label(theme, Type.SECOND, text=shortcut.words())
                words.setWordWrap(True)
                grid.addWidget(keys, row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(words, row, 1, Qt.AlignmentFlag.AlignTop)
            row += 1


class KeyboardHelp(QDialog):
    """The table over the window; Escape, Enter or the button closes it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(label(theme, Type.TITLE, text=tr("Keyboard")))
        inner = QFrame()
        inner.setObjectName("page")
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, Space.L, 0)
        table = KeyTable(theme)
        inside.addWidget(table)
        inside.addStretch(1)
        self.area = QScrollArea()
        self.area.setProperty("surface", "text")
        self.area.setWidgetResizable(True)
        self.area.setWidget(inner)
        self.area.setAccessibleName(tr("Keyboard"))
        self.area.setMinimumWidth(theme.scaled(560))
        self.area.setMinimumHeight(min(table.sizeHint().height(), parent.height() - theme.scaled(180)))
        overlay_scroll_bars(self.area)
        layout.addWidget(self.area, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = button(theme, tr("Close"), "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        layout.addLayout(row)
        close.setFocus()
