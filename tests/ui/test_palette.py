"""The command palette: found by typing, done by Enter, and never more than can be done now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.commands import Command, Places, commands, matching
from harmony_desktop.ui.gallery import TEXT, RecordedIntents, gallery
from harmony_desktop.ui.main_window import HARDWARE
from harmony_desktop.ui.palette import Palette

from .conftest import Panel, child

Make = Callable[..., Panel]

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


def titles(name: str) -> list[str]:
    intents = RecordedIntents(gallery()[name])
    places = Places((("stack", "Stack", "Ctrl+1"),), print, print, print)
    return [command.title for command in commands(intents.store.value, intents, places)]


def command(title: str) -> Command:
    return Command(title, "Group", print)


def test_only_what_can_be_done_now_is_offered() -> None:
    assert {"Stop Harmony", "Open Harmony Link", "Stop Speech UI", "Go to Stack"} <= set(titles("ready"))
    assert "Start Harmony" not in titles("ready")
    assert titles("stopped")[0] == "Start Harmony"
    assert not any(title.startswith("Open") for title in titles("stopped"))
    assert "Cancel what is being done" in titles("pulling")
    assert "Cancel what is being done" not in titles("cancelling")
    assert not {"Start Harmony", "Stop Harmony"} & set(titles("engine-absent"))


def test_words_in_any_order_and_beginnings_first() -> None:
    found = [command("Show log of Speech UI"), command("Open Speech UI"), command("Speech UI: stop"), command("Start")]
    assert [c.title for c in matching(found, "sp ui")] == ["Speech UI: stop", "Show log of Speech UI", "Open Speech UI"]
    assert [c.title for c in matching(found, "LOG show")] == ["Show log of Speech UI"]
    assert matching([command("Gerät öffnen")], "offnen gerat")
    assert matching(found, "nothing like it") == []
    assert matching(found, "  ") == found


def test_typing_and_enter_do_it(panel: Make, qtbot: QtBot) -> None:
    made = panel("ready")
    QTest.keyClick(made.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(made.window.findChildren(Palette)))
    palette = child(made.window, Palette)
    QTest.keyClicks(palette.line, "restart text")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.calls() == [("restart", (TEXT,))])
    qtbot.waitUntil(lambda: not made.window.findChildren(Palette))


def test_arrows_go_round_and_escape_goes_back(panel: Make, qtbot: QtBot) -> None:
    made = panel("ready")
    made.window.show_palette()
    palette = child(made.window, Palette)
    QTest.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.list.currentRow() == palette.list.count() - 1
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 0
    QTest.keyClicks(palette.line, "xyzzy")
    assert palette.list.isHidden()
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    QTest.keyClick(palette, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not made.window.findChildren(Palette))
    assert made.calls() == []


def test_a_click_goes_to_a_page(panel: Make, qtbot: QtBot) -> None:
    made = panel("ready")
    made.window.show_palette()
    palette = child(made.window, Palette)
    QTest.keyClicks(palette.line, "go to hardware")
    rectangle = palette.list.visualItemRect(palette.list.item(0))
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=rectangle.center())
    qtbot.waitUntil(lambda: made.window.page == HARDWARE)
