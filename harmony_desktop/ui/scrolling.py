"""Scroll bars that keep their place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar


def keep_scroll_bars(area: QAbstractScrollArea, *, horizontal: bool = False) -> None:
    """Let a scroll area's bars never come and go; one with nothing to scroll shows no handle.

    WORKAROUND: Qt (seen in 6.11.3) counts a scroll area's visible bars among its accessible children and does not check
    the index that a screen reader asks for: a bar that vanishes between the two questions ends the process
    (QAbstractScrollArea's accessibleChildren().at()). It is also calmer to look at: the width of a page stays.

    Args:
        area: The scroll area.
        horizontal: Whether it scrolls sideways, too.
    """
    always, never = Qt.ScrollBarPolicy.ScrollBarAlwaysOn, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    area.setVerticalScrollBarPolicy(always)
    area.setHorizontalScrollBarPolicy(always if horizontal else never)
    for bar in (area.verticalScrollBar(), *((area.horizontalScrollBar(),) if horizontal else ())):
        bar.rangeChanged.connect(lambda low, high, bar=bar: _show_handle(bar, shown=high > low))
        _show_handle(bar, shown=bar.maximum() > bar.minimum())


def _show_handle(bar: QScrollBar, *, shown: bool) -> None:
    bar.setEnabled(shown)
