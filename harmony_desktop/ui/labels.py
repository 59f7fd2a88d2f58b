"""Texts that give up their end rather than their place: a label, and a button without a frame."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy

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


class NameButton(QAbstractButton):
    """A name that leads to more: looks like text, is underlined under the pointer, and has a focus ring."""

    #: Pixels between the text and the focus ring.
    GAP = 4

    def __init__(self, theme: Theme, kind: Type = Type.STRONG) -> None:
        super().__init__()
        self._theme = theme
        self.setFont(theme.font(kind))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_text(self, text: str) -> None:
        """Show a text; nothing happens where it is shown already."""
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
            self._tell_whole()

    def sizeHint(self) -> QSize:
        """Return the size of the whole text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * self.GAP + 1, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the height of a line; any width will do."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much as there is room for."""
        del event
        c = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setUnderline(self.underMouse())
        painter.setFont(font)
        painter.setPen(QColor(c.text))
        place = self.rect().adjusted(self.GAP, 0, -self.GAP, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        if self.hasFocus():
            painter.setPen(QPen(QColor(c.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def resizeEvent(self, event: object) -> None:
        """Tell the whole text only while it is cut."""
        del event
        self._tell_whole()

    def _tell_whole(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width() - 2 * self.GAP
        self.setToolTip(self.text() if cut else "")
