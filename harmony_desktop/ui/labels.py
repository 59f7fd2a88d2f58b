"""A label that gives up the end of its text rather than its place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from harmony_desktop.ui.theme import Theme, Type


class ElidedLabel(QLabel):
    """One line of plain text, cut with "…" where the place ends; the tooltip then has the whole."""

    def __init__(self, theme: Theme, kind: Type = Type.TEXT, tone: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(kind))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if tone:
            self.setProperty("tone", tone)

    def show_text(self, text: str) -> None:
        """Show a text; nothing happens where it is shown already."""
        if text != self.text():
            self.setText(text)
            self._tell_whole()

    def minimumSizeHint(self) -> QSize:
        """Return the height of a line; any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much as there is room for."""
        del event
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment() | Qt.TextFlag.TextSingleLine, text)

    def resizeEvent(self, event: object) -> None:
        """Tell the whole text only while it is cut."""
        del event
        self._tell_whole()

    def _tell_whole(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if cut else "")
