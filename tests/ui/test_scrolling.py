"""A scroll area's accessible children stay the same, whatever it shows and wherever it is (see ui/scrolling.py)."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QScrollArea, QScrollBar, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.scrolling import overlay_scroll_bars


def children(area: QAbstractScrollArea) -> int:
    interface = QAccessible.queryAccessibleInterface(area)
    assert interface is not None
    return interface.childCount()


def overlays(area: QAbstractScrollArea) -> list[QScrollBar]:
    own = (area.verticalScrollBar(), area.horizontalScrollBar())
    return [bar for bar in area.findChildren(QScrollBar) if bar not in own]


def _all_shown(area: QAbstractScrollArea, wanted: bool) -> bool:
    return all(bar.isVisible() is wanted for bar in overlays(area))


@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("horizontal", [False, True])
def test_bars_come_and_go_without_a_trace(qtbot: QtBot, horizontal: bool) -> None:
    pages = QStackedWidget()
    qtbot.addWidget(pages)
    area = QScrollArea()
    overlay_scroll_bars(area, horizontal=horizontal)
    content = QWidget()
    area.setWidget(content)
    pages.addWidget(area)
    pages.addWidget(QWidget())
    pages.resize(200, 200)
    pages.show()
    counts = set()
    for size in (50, 1000, 50):
        content.resize(size, size)
        wanted = size > 200
        qtbot.waitUntil(partial(_all_shown, area, wanted))
        counts.add(children(area))
    content.resize(1000, 1000)
    pages.setCurrentIndex(1)
    counts.add(children(area))
    assert counts == {1}
    assert len(overlays(area)) == (2 if horizontal else 1)


def test_bars_move_what_is_shown_and_follow_it(qtbot: QtBot) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    overlay_scroll_bars(area)
    content = QWidget()
    content.resize(100, 1000)
    area.setWidget(content)
    area.resize(200, 200)
    area.show()
    (bar,) = overlays(area)
    qtbot.waitUntil(bar.isVisible)
    bar.setValue(300)
    assert area.verticalScrollBar().value() == 300
    area.verticalScrollBar().setValue(100)
    assert bar.value() == 100
    assert bar.geometry().right() == area.width() - 1
