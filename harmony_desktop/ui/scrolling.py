"""Scroll bars that lie over their area instead of taking room from it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar
from shiboken6 import Shiboken

#: Width of a bar, in pixels.
_WIDTH = 12


def overlay_scroll_bars(area: QAbstractScrollArea, *, horizontal: bool = False) -> None:
    """Give a scroll area bars that come and go without moving what it shows.

    WORKAROUND: Qt (seen in 6.11.3) counts a scroll area's visible bars among its accessible children and does not check
    the index that a screen reader asks for: a bar that vanishes between the two questions, if only because its page is
    hidden, ends the process (QAccessibleAbstractScrollArea). So the area's own bars are never shown; these are no
    accessible children of it, and say nothing that the keyboard and the area itself do not.

    Args:
        area: The scroll area.
        horizontal: Whether it scrolls sideways, too.
    """
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    bars = [_mirror(area, area.verticalScrollBar())]
    if horizontal:
        bars.append(_mirror(area, area.horizontalScrollBar()))
    area.installEventFilter(_Keeper(area, bars))


def _mirror(area: QAbstractScrollArea, own: QScrollBar) -> QScrollBar:
    """Return a bar that shows and moves another one."""
    bar = QScrollBar(own.orientation(), area)
    bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def fit(low: int, high: int) -> None:
        if not Shiboken.isValid(own):  # an area that is taken down still tells of its range
            return
        bar.setPageStep(own.pageStep())
        bar.setSingleStep(own.singleStep())
        bar.setRange(low, high)
        bar.setValue(own.value())
        bar.setVisible(high > low)
        bar.raise_()

    own.rangeChanged.connect(fit)
    own.valueChanged.connect(bar.setValue)
    bar.valueChanged.connect(own.setValue)
    fit(own.minimum(), own.maximum())
    return bar


class _Keeper(QObject):
    """Keeps the bars at the edges of their area."""

    def __init__(self, area: QAbstractScrollArea, bars: list[QScrollBar]) -> None:
        super().__init__(area)
        self._area = area
        self._bars = bars

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Put the bars where they belong when the area changes its size."""
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Show}:
            width, height = self._area.width(), self._area.height()
            for bar in self._bars:
                if bar.orientation() is Qt.Orientation.Vertical:
                    bar.setGeometry(width - _WIDTH, 0, _WIDTH, height)
                else:
                    bar.setGeometry(0, height - _WIDTH, width - _WIDTH, _WIDTH)
        return super().eventFilter(watched, event)
