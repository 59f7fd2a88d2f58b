"""Lights: a state as shape and colour, painted; the shape alone is enough."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from harmony_desktop.control.kinds import Light
from harmony_desktop.ui.theme import Theme

_TURN_INTERVAL = 60  # milliseconds between two pictures of a turning ring
_TURN_STEP = 18  # degrees: one turn in 1.2 seconds


def paint_light(painter: QPainter, light: Light, rect: QRectF, colour: str, ground: str, angle: int = 0) -> None:
    """Paint a light into a square.

    Args:
        painter: Where to.
        light: Which.
        rect: The square.
        colour: Of the shape.
        ground: Of the sign within a filled shape.
        angle: Degrees that the turning ring has gone.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = rect.width()
    unit = side / 14.0
    painter.translate(rect.center())
    sign = QPen(QColor(ground), 1.6 * unit, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    ring = QPen(QColor(colour), 1.9 * unit, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    circle = QRectF(-5.2 * unit, -5.2 * unit, 10.4 * unit, 10.4 * unit)
    if light is Light.READY:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(0, 0), 6.2 * unit, 6.2 * unit)
        painter.setPen(sign)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        tick = [QPointF(-2.7, 0.2), QPointF(-0.8, 2.1), QPointF(2.8, -1.9)]
        painter.drawPolyline(QPolygonF([p * unit for p in tick]))
    elif light is Light.BUSY:
        faint = QColor(colour)
        faint.setAlphaF(0.25)
        painter.setPen(QPen(faint, 1.9 * unit))
        painter.drawEllipse(circle)
        painter.setPen(ring)
        painter.drawArc(circle, (90 - angle) * 16, -110 * 16)
    elif light is Light.ATTENTION:
        path = QPainterPath()
        path.addPolygon(QPolygonF([p * unit for p in (QPointF(0, -5.2), QPointF(5.7, 4.7), QPointF(-5.7, 4.7))]))
        path.closeSubpath()
        painter.setPen(QPen(QColor(colour), 1.8 * unit, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(QColor(colour))
        painter.drawPath(path)
        painter.setPen(sign)
        painter.drawLine(QPointF(0, -1.9) * unit, QPointF(0, 1.2) * unit)
        painter.drawPoint(QPointF(0, 3.5) * unit)
    elif light is Light.FAILED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(-6 * unit, -6 * unit, 12 * unit, 12 * unit), 2.6 * unit, 2.6 * unit)
        painter.setPen(sign)
        painter.drawLine(QPointF(-2.1, -2.1) * unit, QPointF(2.1, 2.1) * unit)
        painter.drawLine(QPointF(2.1, -2.1) * unit, QPointF(-2.1, 2.1) * unit)
    else:
        ring.setCapStyle(Qt.PenCapStyle.FlatCap)
        _paint_resting(painter, light, circle, ring)
    painter.restore()


def _paint_resting(painter: QPainter, light: Light, circle: QRectF, ring: QPen) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ring)
    if light is Light.STOPPED:
        painter.drawEllipse(circle)
        return
    for start in range(0, 360, 60):
        painter.drawArc(circle, (start + 12) * 16, 36 * 16)


def light_pixmap(theme: Theme, light: Light, size: int, ratio: float = 1.0) -> QPixmap:
    """Return a light as a picture, for menus and the tray."""
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    inner = QRectF(image.rect()).adjusted(1, 1, -1, -1)
    paint_light(painter, light, inner, theme.light(light), theme.colours.card)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


class Turning(QObject):
    """One clock for all turning rings; it runs only while one of them is seen and the desktop allows motion."""

    turned = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self._viewers: set[QWidget] = set()
        self._paused = False
        self.angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_INTERVAL)
        self._timer.timeout.connect(self._turn)

    @property
    def active(self) -> bool:
        """Whether the clock runs."""
        return self._timer.isActive()

    def follow(self, widget: QWidget, turns: bool) -> None:
        """Repaint a widget at each turn from now on, or no longer; one that is not seen never turns.

        Args:
            widget: The widget; it calls this whenever it is shown, hidden, or what it shows changes.
            turns: Whether what it shows turns.
        """
        wanted = turns and widget.isVisible()
        if wanted == (widget in self._viewers):
            return
        if wanted:
            self._viewers.add(widget)
            self.turned.connect(widget.update)
        else:
            self._viewers.remove(widget)
            self.turned.disconnect(widget.update)
        self._settle()

    def pause(self, paused: bool) -> None:
        """Hold still while the window cannot be seen (a minimised one sends no hide events)."""
        self._paused = paused
        self._settle()

    def _settle(self) -> None:
        wanted = bool(self._viewers) and not self._paused
        if wanted and not self._timer.isActive():
            self._timer.start()
        elif not wanted:
            self._timer.stop()

    def _turn(self) -> None:
        if not self._theme.motion:  # asked here, not before: the first answer is dear, and first paint comes first
            self._timer.stop()
            return
        self.angle = (self.angle + _TURN_STEP) % 360
        self.turned.emit()


class LightWidget(QLabel):
    """One light (a label, so that assistive technology reads its name like a text)."""

    def __init__(self, theme: Theme, turning: Turning, size: int = 14) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self._size = theme.scaled(size)
        self._light = Light.UNKNOWN
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def light(self) -> Light:
        """What it shows."""
        return self._light

    def show_light(self, light: Light, accessible_name: str = "", tooltip: str = "") -> None:
        """Show a light; the name is what a screen reader says, the tooltip gives the reason."""
        if accessible_name != self.accessibleName():
            self.setAccessibleName(accessible_name)
        if tooltip != self.toolTip():
            self.setToolTip(tooltip)
            self.setAccessibleDescription(tooltip)
        if light is not self._light:
            self._light = light
            self._settle()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the light's square."""
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shape."""
        del event
        painter = QPainter(self)
        rect = QRectF(0, 0, self._size, self._size)
        rect.moveCenter(QRectF(self.rect()).center())
        colours = self._theme.colours
        paint_light(painter, self._light, rect, self._theme.light(self._light), colours.card, self._turning.angle)

    def showEvent(self, event: QShowEvent) -> None:
        """Turn while seen."""
        super().showEvent(event)
        self._settle()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hold still."""
        super().hideEvent(event)
        self._settle()

    def _settle(self) -> None:
        self._turning.follow(self, self._light is Light.BUSY)
