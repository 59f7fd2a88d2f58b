"""A thin bar of progress; without a known end a part of it wanders, as far as the desktop allows motion."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar

from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.theme import Theme

_HEIGHT = 6


class ProgressBar(QProgressBar):
    """Qt's progress bar (and what it tells assistive technology) with our picture."""

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self.setTextVisible(False)
        self.setFixedHeight(_HEIGHT)
        theme.changed.connect(self.update)

    def setRange(self, minimum: int, maximum: int) -> None:
        """Set the range; none at all (0, 0) means that the end is not known."""
        super().setRange(minimum, maximum)
        self._settle()

    def sizeHint(self) -> QSize:
        """Return a thin line."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint groove and bar."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = QRectF(self.rect())
        radius = groove.height() / 2
        painter.setBrush(QColor(self._theme.colours.track))
        painter.drawRoundedRect(groove, radius, radius)
        bar = QRectF(groove)
        if self.maximum() > self.minimum():
            share = (self.value() - self.minimum()) / (self.maximum() - self.minimum())
            if share <= 0:
                return
            bar.setWidth(max(groove.height(), groove.width() * share))
        else:
            bar.setWidth(groove.width() * 0.25)
            bar.moveLeft((groove.width() - bar.width()) * (1 - abs(self._turning.angle - 180) / 180))
        painter.setBrush(QColor(self._theme.colours.accent))
        painter.drawRoundedRect(bar, radius, radius)

    def showEvent(self, event: QShowEvent) -> None:
        """Wander while seen."""
        super().showEvent(event)
        self._settle()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hold still."""
        super().hideEvent(event)
        self._settle()

    def _settle(self) -> None:
        self._turning.follow(self, self.maximum() == self.minimum())
