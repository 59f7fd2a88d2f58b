"""A small live chart: a line over a soft ground, without axes."""

from __future__ import annotations

from collections import deque
from itertools import islice

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from harmony_desktop.ui.theme import Theme

#: Samples across a chart, and across a long one: two minutes, and ten.
SAMPLES = 60
LONG = 300


class Sparkline(QWidget):
    """Draws the newest samples of a series; the newest is at the right edge.

    Args:
        theme: The colours.
        floor: The value that fills the height at least, so that a quiet series looks quiet.
        wide: Take all the width there is, and twice the height.
        samples: How many of the newest samples reach from edge to edge.
    """

    def __init__(self, theme: Theme, floor: float, *, wide: bool = False, samples: int = SAMPLES) -> None:
        super().__init__()
        self._theme = theme
        self._floor = floor
        self._wide = wide
        self._samples = samples
        self._series: deque[float] = deque(maxlen=SAMPLES)
        along = QSizePolicy.Policy.Expanding if wide else QSizePolicy.Policy.Fixed
        self.setSizePolicy(along, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_floor(self, floor: float) -> None:
        """Let this value fill the height at least."""
        if floor != self._floor:
            self._floor = floor
            self.update()

    def show_series(self, series: deque[float]) -> None:
        """Draw a series; it is read at each painting, never copied."""
        self._series = series
        self.update()

    def sizeHint(self) -> QSize:
        """Return the chart's size."""
        return QSize(self._theme.scaled(104), self._theme.scaled(36 if self._wide else 18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground and line."""
        del event
        if not self._series:
            return
        values = list(islice(self._series, max(0, len(self._series) - self._samples), None))
        if len(values) == 1:
            values *= 2
        highest = max(values)
        top = max(self._floor, highest if highest <= self._floor else highest * 1.15)
        width, height = float(self.width()), float(self.height()) - 2.5
        step = width / (self._samples - 1)
        left = width - step * (len(values) - 1)
        points = [QPointF(left + i * step, 1.5 + height * (1 - value / top)) for i, value in enumerate(values)]
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.colours.track))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)  # where there are no samples yet
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._theme.colours.accent)
        ground.setAlphaF(0.16)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(ground)
        bottom = float(self.height())
        painter.drawPolygon(QPolygonF([QPointF(left, bottom), *points, QPointF(width, bottom)]))
        painter.setPen(QPen(QColor(self._theme.colours.accent), 1.3))
        painter.drawPolyline(QPolygonF(points))
