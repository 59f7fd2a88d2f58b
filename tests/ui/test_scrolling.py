"""A scroll area's accessible children stay the same while its content grows and shrinks (see ui/scrolling.py)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.scrolling import keep_scroll_bars


def children(area: QAbstractScrollArea) -> int:
    interface = QAccessible.queryAccessibleInterface(area)
    assert interface is not None
    return interface.childCount()


@pytest.mark.parametrize("horizontal", [False, True])
def test_the_bars_stay(qtbot: QtBot, horizontal: bool) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    keep_scroll_bars(area, horizontal=horizontal)
    content = QWidget()
    area.setWidget(content)
    area.resize(200, 200)
    area.show()
    counts = set()
    for size in (50, 1000, 50):
        content.resize(size, size)
        qtbot.waitUntil(lambda size=size: area.verticalScrollBar().isEnabled() == (size > 200))
        counts.add(children(area))
    assert counts == {3 if horizontal else 2}
