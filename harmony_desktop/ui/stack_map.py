"""The map: the live picture of the stack. Who calls whom, and where a fault starts and spreads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from urllib.parse import urlsplit

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from harmony_desktop.control.state import Light, ServiceState, StackState, Stage
from harmony_desktop.ui.i18n import join_words, told, tr
from harmony_desktop.ui.lights import Turning, paint_light
from harmony_desktop.ui.map_layout import YOU, Line, Picture, Sizes, arrange
from harmony_desktop.ui.theme import Theme, Type
from harmony_desktop.ui.wording import stage_word

_HEAT = {Stage.FAILED: Light.FAILED, Stage.DEGRADED: Light.ATTENTION}
_AWAY = frozenset({Stage.ABSENT, Stage.STOPPED, Stage.UNKNOWN})
_MANY_ROWS = 8
_NARROW_BOX = 112
_TWO_LINES = 44  # pixels of height that two lines need
_COMPACT = Sizes(height=34.0, row_gap=10.0, margin=20.0)


class StackMap(QWidget):
    """The picture; each service is a button that asks for its details.

    One Tab stop for all of them: the arrow keys go from box to box as they lie, Home and End to the first and the last.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self._services: tuple[ServiceState, ...] = ()
        self._nodes: dict[str, _Node] = {}
        self._picture = Picture((), (), 0.0)
        self._shape: object = None
        self._drawn: object = None
        self._selected = ""
        self.setAccessibleName(tr("Map of the stack"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_state(self, state: StackState) -> None:
        """Draw the services of a state."""
        self._services = state.services
        shape = tuple((s.name, _callees(s), bool(s.pages), bool(s.declared_ports)) for s in self._services)
        if shape != self._shape:
            self._shape = shape
            self._rebuild()
            self._lay_out()
        for service in self._services:
            self._nodes[service.name].show_service(service)
        drawn = (shape, tuple(s.stage for s in self._services))
        if drawn != self._drawn:  # what the lines look like; the boxes look after themselves
            self._drawn = drawn
            self.setAccessibleDescription(self._in_words())
            self.update()

    def select(self, name: str) -> None:
        """Mark the service whose details are open, "" for none."""
        if name != self._selected:
            self._selected = name
            for other, node in self._nodes.items():
                node.select(bool(name) and other == name)

    def node(self, name: str) -> QAbstractButton | None:
        """Return the box of a service."""
        return self._nodes.get(name)

    def sizeHint(self) -> QSize:
        """Return the picture's height; any width will do."""
        return QSize(600, round(self._picture.height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines; the boxes paint themselves."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stages = {s.name: s.stage for s in self._services}
        calm = [line for line in self._picture.lines if _heat(line, stages) is None]
        hot = [line for line in self._picture.lines if _heat(line, stages) is not None]
        for line in (*calm, *hot):  # what suffers lies on top
            self._paint_line(painter, line, stages)
        taken = [QRectF(box.x, box.y, box.width, box.height) for box in self._picture.boxes]
        for line in (*hot, *calm):
            self._paint_purpose(painter, line, stages, taken)

    def _rebuild(self) -> None:
        for node in self._nodes.values():
            node.hide()
            node.deleteLater()
        self._nodes = {}
        for service in self._services:
            node = _Node(self._theme, self._turning, self)
            node.clicked.connect(lambda _=False, name=service.name: self.chosen.emit(name))
            node.moved.connect(partial(self._move, service.name))
            node.focused.connect(partial(self._be_at, service.name))
            node.select(service.name == self._selected)
            self._nodes[service.name] = node
        if self._services:
            you = _Node(self._theme, self._turning, self)
            you.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            you.setEnabled(False)
            you.show_you()
            self._nodes[YOU] = you
            self._be_at(self._services[0].name)

    def _be_at(self, name: str) -> None:
        """Let Tab lead to this box, and to no other."""
        for other, node in self._nodes.items():
            if other != YOU:
                node.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other == name else Qt.FocusPolicy.ClickFocus)

    def _move(self, name: str, key: int) -> None:
        """Go from a box to its neighbour in the direction of an arrow key, or to the first or the last."""
        centres = {box.name: (box.x + box.width / 2, box.y + box.height / 2) for box in self._picture.boxes}
        found = neighbour(centres, name, key)
        if found:
            self._nodes[found].setFocus(Qt.FocusReason.TabFocusReason)

    def _lay_out(self) -> None:
        calls = {s.name: _callees(s) for s in self._services}
        called = {callee for callees in calls.values() for callee in callees}
        entries = [s.name for s in self._services if s.name not in called and (s.pages or s.declared_ports)]
        names = [s.name for s in self._services]
        sizes = Sizes()
        picture = arrange(names, calls, entries, self.width(), sizes) if names else Picture((), (), 0.0)
        if picture.height > _MANY_ROWS * (sizes.height + sizes.row_gap):
            picture = arrange(names, calls, entries, self.width(), _COMPACT)
        tall = picture.height != self._picture.height
        self._picture = picture
        placed = {box.name: box for box in picture.boxes}
        for name, node in self._nodes.items():
            box = placed.get(name)
            node.setVisible(box is not None)
            if box is not None:
                node.setGeometry(round(box.x), round(box.y), round(box.width), round(box.height))
        if tall:
            self.setFixedHeight(round(picture.height))
            self.updateGeometry()
        self.update()

    def _paint_line(self, painter: QPainter, line: Line, stages: dict[str, Stage]) -> None:
        heat = _heat(line, stages)
        colour = QColor(self._theme.light(heat) if heat else self._theme.colours.edge)
        pen = QPen(colour, 1.7 if heat else 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        if heat is None and stages.get(line.callee) in _AWAY:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([3.0, 3.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_path(line))
        end = QPointF(*line.points[-1])
        back = -6.5 if line.points[-1][0] >= line.points[-2][0] else 6.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([end, end + QPointF(back, -3.6), end + QPointF(back, 3.6)]))

    def _paint_purpose(self, painter: QPainter, line: Line, stages: dict[str, Stage], taken: list[QRectF]) -> None:
        purpose = self._purpose(line)
        if not purpose:
            return
        font = self._theme.font(Type.SMALL)
        metrics = QFontMetricsF(font)
        path = _path(line)
        size = metrics.size(0, purpose)
        spot = QRectF(0, 0, size.width() + 10, size.height() + 2)
        for share in (0.5, 0.4, 0.6, 0.32, 0.68):
            spot.moveCenter(path.pointAtPercent(share))
            if not any(spot.intersects(other) for other in taken):
                break
        else:
            return  # no room to be read: the row below and the description still tell it
        taken.append(QRectF(spot))
        heat = _heat(line, stages)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.card))
        painter.drawRoundedRect(spot, 4, 4)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.light(heat) if heat else self._theme.colours.second))
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, purpose)

    def _purpose(self, line: Line) -> str:
        caller = next((s for s in self._services if s.name == line.caller), None)
        if caller is None:
            return ""
        return next((use.purpose for use in caller.uses if use.service == line.callee), "")

    def _in_words(self) -> str:
        titles = {s.name: s.title for s in self._services}
        sentences = []
        for service in self._services:
            called = [titles[name] for name in _callees(service) if name in titles]
            if called:
                sentences.append(tr("{service} calls {others}.", service=service.title, others=join_words(called)))
        return " ".join(sentences)


#: The direction that an arrow key goes in.
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


def neighbour(centres: Mapping[str, tuple[float, float]], name: str, key: int) -> str:
    """Return the box that a key leads to from another one, or "".

    Args:
        centres: Where the boxes are.
        name: The box to go from.
        key: An arrow key, Home or End.
    """
    others = {other: at for other, at in centres.items() if other not in {YOU, name}}
    if key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
        ordered = sorted(others, key=lambda other: others[other])
        return (ordered[0] if key == Qt.Key.Key_Home else ordered[-1]) if ordered else ""
    x, y = centres[name]
    along_x, along_y = _ARROWS[Qt.Key(key)]

    def cost(at: tuple[float, float]) -> float | None:
        ahead = (at[0] - x) * along_x + (at[1] - y) * along_y
        aside = abs((at[0] - x) * along_y) + abs((at[1] - y) * along_x)
        # Up and down stay in their column as long as there is something.
        return ahead + (4.0 if along_y else 1.5) * aside if ahead > 1.0 else None

    ranked = [(found, other) for other, at in others.items() if (found := cost(at)) is not None]
    return min(ranked)[1] if ranked else ""


class _Node(QAbstractButton):
    """One box of the map."""

    moved = Signal(int)
    """A key that leads to another box."""
    focused = Signal()

    def __init__(self, theme: Theme, turning: Turning, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._turning = turning
        self._light: Light | None = None
        self._title = ""
        self._second = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._metrics = {kind: QFontMetricsF(theme.font(kind)) for kind in (Type.BOX, Type.SMALL)}
        self._shown: object = None
        self._selected = False
        self._ring = False
        theme.changed.connect(self.update)

    def select(self, selected: bool) -> None:
        """Show that this service's details are open."""
        if selected is not self._selected:
            self._selected = selected
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to another box."""
        if event.key() in {*_ARROWS, Qt.Key.Key_Home, Qt.Key.Key_End}:
            self.moved.emit(event.key())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring to whoever comes by keyboard."""
        self._ring = event.reason() is not Qt.FocusReason.MouseFocusReason
        self.focused.emit()
        super().focusInEvent(event)

    def show_you(self) -> None:
        """Be the person's box."""
        self._title, self._second = tr("You"), tr("browser, game")
        self.setAccessibleName(self._title)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def show_service(self, service: ServiceState) -> None:
        """Be a service's box."""
        if service == self._shown:
            return
        self._shown = service
        drawn = (service.title, service.light, _address(service))
        if drawn != (self._title, self._light, self._second):
            self._title, self._light, self._second = drawn
            self.update()
        self.setAccessibleName(service.title)
        self.setAccessibleDescription(", ".join(part for part in (stage_word(service), told(service.reason)) if part))
        self.setToolTip(
            "\n".join(part for part in (service.title, told(service.description), told(service.reason)) if part)
        )
        self._settle()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box."""
        del event
        c = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        loud = self._light in {Light.FAILED, Light.ATTENTION, Light.BUSY}
        pen = QPen(QColor(self._border()), 1.6 if loud else 1.2)
        if self._light is Light.UNKNOWN:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        ground = c.accent_soft if self._selected else c.hover if self.underMouse() and self.isEnabled() else c.card
        painter.setBrush(QColor(ground))
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.drawRoundedRect(frame, 9, 9)
        if self.hasFocus() and self._ring:
            painter.setPen(QPen(QColor(c.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 9.5, 9.5)
        narrow = self.width() < _NARROW_BOX
        left = 9.0 if narrow else 13.0
        if self._light is not None:
            light = QRectF(left, 0, 13, 13)
            light.moveTop(frame.center().y() - 6.5)
            paint_light(painter, self._light, light, self._theme.light(self._light), ground, self._turning.angle)
            left += 17 if narrow else 21
        room = self.width() - left - (3 if narrow else 6)
        lines = [(Type.BOX, c.text, part) for part in self._title_lines(room)]
        fits = self._light is not None or self._metrics[Type.SMALL].horizontalAdvance(self._second) < room
        if self._second and self.height() >= _TWO_LINES and len(lines) == 1 and fits:
            lines.append((Type.SMALL, c.second, self._second))
        metrics = [self._metrics[kind] for kind, _, _ in lines]
        top = frame.center().y() - sum(m.height() for m in metrics) / 2
        for (kind, colour, text), metric in zip(lines, metrics, strict=True):
            painter.setFont(self._theme.font(kind))
            painter.setPen(QColor(colour))
            shown = metric.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(left, top + metric.ascent()), shown)
            top += metric.height()

    def _title_lines(self, room: float) -> list[str]:
        """Return the title in two lines where one is too narrow for it."""
        metric = self._metrics[Type.BOX]
        words = self._title.split()
        if len(words) < 2 or self.height() < _TWO_LINES or metric.horizontalAdvance(self._title) <= room:
            return [self._title]
        first = words.pop(0)
        while len(words) > 1 and metric.horizontalAdvance(f"{first} {words[0]}") <= room:
            first = f"{first} {words.pop(0)}"
        return [first, " ".join(words)]

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Be calm again."""
        super().leaveEvent(event)
        self.update()

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

    def _border(self) -> str:
        c = self._theme.colours
        if self._light is None:
            return c.accent
        if self._light in {Light.STOPPED, Light.UNKNOWN}:
            return c.control_line if self._light is Light.STOPPED else c.stopped
        return self._theme.light(self._light)


def _callees(service: ServiceState) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(use.service for use in service.uses), *service.depends_on)))


def _heat(line: Line, stages: dict[str, Stage]) -> Light | None:
    """Return the light whose colour a line wears because its callee lets the caller down, or None."""
    if line.caller == YOU:
        return None
    return _HEAT.get(stages.get(line.callee, Stage.READY))


def _address(service: ServiceState) -> str:
    ports = [port for page in service.pages if (port := urlsplit(page.url).port)]
    ports.extend(port for port in service.declared_ports if port not in ports)
    shown = [f":{port}" for port in dict.fromkeys(ports)]
    if not shown and service.stage in {Stage.ABSENT, Stage.STOPPED}:
        return stage_word(service)
    return ", ".join(shown)


def _path(line: Line) -> QPainterPath:
    points = [QPointF(*point) for point in line.points]
    path = QPainterPath(points[0])
    for one, other in pairwise(points):
        if abs(one.y() - other.y()) < 0.5:
            path.lineTo(other)
        else:
            reach = (other.x() - one.x()) * 0.5
            if one.x() == other.x():
                reach = 40.0
            path.cubicTo(one + QPointF(reach, 0), other - QPointF(reach, 0), other)
    return path
