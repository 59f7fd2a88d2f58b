"""Where the window appears, and what is remembered of it and of each stack."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.gallery import LINK, SPEECH, TEXT
from harmony_desktop.ui.main_window import LOGS, STACK
from harmony_desktop.ui.settings import Key, MemorySettings, StackSettings
from harmony_desktop.ui.window_place import SMALLEST_SIZE, fitted

from .conftest import Panel

Make = Callable[..., Panel]
MAIN = QRect(0, 0, 1920, 1040)
LEFT = QRect(-1600, 200, 1600, 900)


@pytest.mark.parametrize(
    ("wanted", "screens", "place"),
    [
        (QRect(100, 80, 1200, 780), [MAIN], QRect(100, 80, 1200, 780)),
        (QRect(-1500, 250, 1200, 780), [MAIN, LEFT], QRect(-1500, 250, 1200, 780)),
        # The second screen is gone: it comes to the middle of the first.
        (QRect(-1500, 250, 1200, 780), [MAIN], QRect(360, 130, 1200, 780)),
        # Its title is above the screen, or most of it beyond the right edge.
        (QRect(300, -400, 1200, 780), [MAIN], QRect(360, 130, 1200, 780)),
        (QRect(1500, 100, 1200, 780), [MAIN], QRect(720, 100, 1200, 780)),
        # Larger than the screen that is there now.
        (QRect(10, 10, 3000, 2000), [QRect(0, 0, 1366, 728)], QRect(0, 0, 1366, 728)),
        # A screen smaller than the window can be.
        (QRect(0, 0, 900, 560), [QRect(0, 0, 800, 500)], QRect(0, 0, 900, 560)),
    ],
)
def test_the_window_can_be_seen_and_grasped(wanted: QRect, screens: list[QRect], place: QRect) -> None:
    assert fitted(wanted, screens) == place


def test_a_change_is_remembered_soon_and_without_closing(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.resize(960, 600)
    shown.window.move(40, 30)
    qtbot.waitUntil(lambda: shown.settings.get(Key.WINDOW_SIZE) == [960, 600])
    assert shown.settings.get(Key.WINDOW_PLACE) == [shown.window.x(), shown.window.y()]


def test_it_comes_back_where_it_was_unless_nobody_could_see_it_there(panel: Make) -> None:
    room = QApplication.primaryScreen().availableGeometry()
    inside = panel("ready", show=False, window__size=[900, 560], window__place=[room.x() - 9000, 7])
    assert room.intersects(inside.window.geometry())


def test_a_maximised_window_keeps_its_usual_size(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", window__size=[940, 640], window__maximised=True)
    qtbot.waitUntil(shown.window.isMaximized)
    shown.window.finish()
    assert shown.settings.get(Key.WINDOW_MAXIMISED) is True
    assert shown.settings.get(Key.WINDOW_SIZE) == [940, 640]


@pytest.mark.parametrize("odd", [None, "x", [1], [True, False], ["a", 1], [10**9, 0], {"x": 1}])
def test_odd_places_are_survived(panel: Make, odd: object) -> None:
    shown = panel("ready", window__place=odd, window__size=odd, details__width=odd, details__service=odd, stacks=odd)
    assert shown.window.width() >= SMALLEST_SIZE.width()
    assert shown.window.page == STACK


def test_each_stack_has_its_own() -> None:
    kept = MemorySettings({Key.LOG_LEVEL: 3})
    folder = ["/a"]
    settings = StackSettings(kept, lambda: folder[0])
    assert settings.get(Key.LOG_LEVEL) == 3  # what an earlier release remembered of all of them
    settings.set(Key.LOG_SERVICES, [LINK])
    settings.set(Key.LOG_WRAP, True)
    folder[0] = "/b"
    assert settings.get(Key.LOG_SERVICES) is None
    assert settings.get(Key.LOG_WRAP) is True
    for number in range(30):
        folder[0] = f"/{number}"
        settings.set(Key.DETAILS, TEXT)
    stacks = kept.get(Key.STACKS)
    assert isinstance(stacks, dict)
    assert len(stacks) == 20
    assert settings.get(Key.DETAILS) == TEXT


def test_the_details_that_were_open_are_open_again(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.show_details(SPEECH)
    again = panel("ready", **{key.replace(".", "__"): value for key, value in shown.settings.values.items()})
    qtbot.waitUntil(again.window.details.sheet.isVisible)
    assert again.window.details.service == SPEECH
    again.window.details.close()
    third = panel("ready", **{key.replace(".", "__"): value for key, value in again.settings.values.items()})
    assert third.window.details.service == ""


def test_the_log_shows_the_services_that_were_chosen_for_this_stack(panel: Make) -> None:
    shown = panel("ready")
    shown.window.show_log(SPEECH)
    values = {key.replace(".", "__"): value for key, value in shown.settings.values.items()}
    again = panel("ready", **{**values, "window__page": LOGS})
    assert again.window._log_page().view.lines.filter.services == {SPEECH}
