"""The end of the window while something is open or being dragged: nothing warns, nothing acts afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from harmony_desktop.ui.gallery import LINK, TEXT, gallery
from harmony_desktop.ui.gallery_stage import arrange
from harmony_desktop.ui.stack_page import StackPage

from .conftest import Panel, flush_deletions

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Panel]


def row_menu(panel: Panel) -> None:
    page = panel.window.widget("stack")
    assert isinstance(page, StackPage)
    page.sections.services.rows[LINK].open_menu()


def dragged_edge(panel: Panel) -> None:
    panel.window.show_details(TEXT)
    edge = panel.window.details._edge
    QTest.mousePress(edge, Qt.MouseButton.LeftButton, pos=QPoint(2, 200))
    QTest.mouseMove(edge, QPoint(-40, 200))


def selected_lines(panel: Panel) -> None:
    panel.window.show_log("")
    view = panel.window._log_page().view
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 20))
    QTest.mouseMove(view.viewport(), QPoint(200, 60))


def open_state(name: str, panel: Panel) -> None:
    arrange(panel.ui, panel.intents, gallery()[name])


WAYS: dict[str, tuple[str, Callable[[Panel], None]]] = {
    **{
        name: (name, partial(open_state, name))
        for name in ("palette", "keys", "adjust", "adjust-preview", "clean-up", "close-question", "details-failed")
    },
    "menu": ("ready", row_menu),
    "drag": ("ready", dragged_edge),
    "selection": ("logs", selected_lines),
    "progress": ("pulling", lambda _panel: None),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_window_ends_quietly(panel: Make, way: str) -> None:
    name, begin = WAYS[way]
    shown = panel(name)
    begin(shown)
    QApplication.processEvents()
    shown.window.close()  # a person closes it meanwhile
    shown.ui.destroy()
    state = shown.state
    for other in ("engine-stopped", "ready", "stopped"):
        shown.replay(other)
    shown.intents.logs.append(LINK, [(1, "a last line")])
    shown.intents.store.set(state)
    QApplication.processEvents()
    flush_deletions()
    assert not [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.isWindow() and w.isModal()]
