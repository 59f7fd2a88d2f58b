"""A bar of one memory: what would be in it, part by part, and where it ends. Parts differ by pattern, too."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QToolTip, QWidget

from harmony_desktop.control.memory_plan import PartKind, Pool
from harmony_desktop.control.memory_words import kind_words, pool_words
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.theme import Theme
from harmony_desktop.ui.wording import size

_HEIGHT = 16
_SWATCH = 14
#: The least width of a part, so that also a small one is seen and can be pointed at.
_LEAST = 3.0
#: The kinds in the order in which they stand in the bar; None is what other programs use.
KINDS: tuple[PartKind | None, ...] = (
    None,
    PartKind.SERVICES,
    PartKind.SPEECH,
    PartKind.WEIGHTS,
    PartKind.CONTEXT,
    PartKind.COMPUTING,
)
_PATTERNS = {
    None: Qt.BrushStyle.Dense5Pattern,
    PartKind.SERVICES: Qt.BrushStyle.NoBrush,
    PartKind.SPEECH: Qt.BrushStyle.BDiagPattern,
    PartKind.WEIGHTS: Qt.BrushStyle.NoBrush,
    PartKind.CONTEXT: Qt.BrushStyle.FDiagPattern,
    PartKind.COMPUTING: Qt.BrushStyle.DiagCrossPattern,
}


class Segment(NamedTuple):
    """A piece of the bar: its kind, its bytes, and what its tooltip says."""

    kind: PartKind | None
    size: int
    text: str


def segments(pool: Pool) -> tuple[Segment, ...]:
    """Return the pieces of a memory's bar, from the left."""
    found = []
    for kind in KINDS:
        if kind is None:
            if pool.others:
                found.append(
                    Segment(None, pool.others, tr("{what}: {size}", what=kind_name(None), size=size(pool.others)))
                )
            continue
        found += [
            Segment(kind, part.size, tr("{what}: {size}", what=told(part.title), size=size(part.size)))
            for part in pool.parts
            if part.kind is kind
        ]
    return tuple(found)


def kind_name(kind: PartKind | None) -> str:
    """Return what a kind of part is called."""
    return told(kind_words(kind))


def paint_kind(painter: QPainter, theme: Theme, kind: PartKind | None, where: QRectF) -> None:
    """Paint a piece: its colour, and over it its pattern."""
    colours = theme.colours
    services = colours.services
    ground = {
        None: colours.edge,
        PartKind.SERVICES: colours.second,
        PartKind.SPEECH: services[3],
        PartKind.WEIGHTS: colours.accent,
        PartKind.CONTEXT: services[4],
        PartKind.COMPUTING: services[2],
    }[kind]
    painter.fillRect(where, QColor(ground))
    pattern = _PATTERNS[kind]
    if pattern is not Qt.BrushStyle.NoBrush:
        over = QColor(colours.card)
        over.setAlphaF(0.55)
        painter.fillRect(where, QBrush(over, pattern))


class MemoryBar(QProgressBar):
    """Qt's progress bar (and what it tells assistive technology) with a picture of one memory."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pool: Pool | None = None
        self._places: list[tuple[QRectF, str]] = []
        self.setTextVisible(False)
        self.setRange(0, 100)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_pool(self, pool: Pool) -> None:
        """Show a memory."""
        if pool == self._pool:
            return
        self._pool = pool
        taken = pool.need + (pool.others or 0)
        self.setValue(min(100, round(100 * taken / pool.total)) if pool.total else 0)
        self.setAccessibleName(told(pool.title))
        self.setAccessibleDescription(
            " ".join((told(pool_words(pool)), "; ".join(piece.text for piece in segments(pool))))
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return a bar of one line's height."""
        return QSize(self._theme.scaled(240), self._theme.scaled(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return how small it may become."""
        return QSize(self._theme.scaled(120), self._theme.scaled(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the groove, the pieces, and the end of the memory where the pieces go beyond it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5)
        outline = QPainterPath()
        outline.addRoundedRect(whole, 4, 4)
        painter.fillPath(outline, QColor(self._theme.colours.track))
        self._places = []
        pool = self._pool
        if pool is None:
            return
        pieces = segments(pool)
        taken = sum(piece.size for piece in pieces)
        scale = max(pool.total, taken)
        if not scale:
            return
        painter.save()
        painter.setClipPath(outline)
        left = whole.left()
        for piece in pieces:
            width = max(_LEAST, whole.width() * piece.size / scale)
            place = QRectF(left, whole.top(), width, whole.height())
            paint_kind(painter, self._theme, piece.kind, place)
            painter.fillRect(
                QRectF(place.right() - 1, place.top(), 1, place.height()), QColor(self._theme.colours.card)
            )
            self._places.append((place, piece.text))
            left = place.right()
        painter.restore()
        if pool.total and taken > pool.total:
            end = whole.left() + whole.width() * pool.total / scale
            beyond = QRectF(end, whole.top(), whole.right() - end, whole.height())
            painter.save()
            painter.setClipPath(outline)
            veil = QColor(self._theme.colours.failed)
            veil.setAlphaF(0.35)
            painter.fillRect(beyond, veil)
            painter.restore()
            painter.setPen(QPen(QColor(self._theme.colours.failed), 2))
            painter.drawLine(round(end), 0, round(end), self.height())

    def event(self, event: QEvent) -> bool:
        """Tell what the pointer is at."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = next((text for place, text in self._places if place.contains(event.pos())), "")
            text = text or (told(pool_words(self._pool)) if self._pool is not None else "")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


class Swatch(QWidget):
    """A sample of a kind's colour and pattern, for the legend."""

    def __init__(self, theme: Theme, kind: PartKind | None) -> None:
        super().__init__()
        self._theme = theme
        self._kind = kind
        self.setFixedSize(theme.scaled(_SWATCH), theme.scaled(_SWATCH))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(outline)
        paint_kind(painter, self._theme, self._kind, QRectF(self.rect()))
