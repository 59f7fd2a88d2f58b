"""The command palette: found by typing, done by Enter, and never more than can be done now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from harmony_desktop.control.wizard import Page
from harmony_desktop.ui.commands import Command, Places, commands, matching
from harmony_desktop.ui.gallery import LINK, TEXT, RecordedIntents, gallery
from harmony_desktop.ui.keyboard_help import KeyboardHelp
from harmony_desktop.ui.main_window import HARDWARE, LOGS
from harmony_desktop.ui.palette import Palette
from harmony_desktop.ui.settings import Key

from .conftest import Panel, child

Make = Callable[..., Panel]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


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


def entry(name: str, title: str) -> tuple[Command, RecordedIntents]:
    intents = RecordedIntents(gallery()[name])
    places = Places((), print, print, print, adjust=print)
    found = [command for command in commands(intents.store.value, intents, places) if command.title == title]
    assert len(found) == 1, title
    return found[0], intents


@pytest.mark.parametrize(
    ("name", "title", "call"),
    [
        ("port-held", "Use 2 free ports instead", ("remedy", "use-free-ports")),
        ("port-held", "Dismiss the problem", ("dismiss_problem",)),
        ("updates", "Update 2 services", ("update", (LINK, TEXT))),
        ("updates", "Update Harmony Link", ("update", (LINK,))),
        ("updates", "Look for updates", ("ask_for_updates",)),
        ("updated", "Return to the earlier version", ("roll_back",)),
        ("ready", "Compute on: Processor only", ("choose_hardware", "cpu")),
        ("ready", "Compute on: NVIDIA card", ("choose_hardware", "nvidia")),
        ("pulling", "Cancel what is being done", ("cancel",)),
    ],
)
def test_what_it_does(name: str, title: str, call: tuple[object, ...]) -> None:
    found, intents = entry(name, title)
    found.run()
    assert intents.calls == [call]


def test_the_engine_that_can_be_started_and_another_context() -> None:
    for name, recording in gallery().items():
        offer = recording.state.engine.help.start
        if offer is not None and not recording.state.engine.being_started:
            found, intents = entry(name, offer.label)
            found.run()
            assert intents.calls == [("start_engine",)]
        choice, offered_now = recording.state.contexts, titles(name)
        for option in choice.options:
            title = f"Use the Docker context {option.name}"
            able = not option.fault and option.name != choice.chosen and not choice.overruled
            assert (title in offered_now) is (able and recording.state.operation is None)


def test_what_is_in_force_or_out_of_reach_is_not_offered() -> None:
    assert "Compute on: Automatic" not in titles("ready")
    assert not any(title.startswith("Compute on") for title in titles("first-run"))
    assert "Update 2 services" not in titles("ready")
    assert not any(title.startswith("Update") for title in titles("updating"))


def test_the_window_adds_what_is_its_own(panel: Make, qtbot: QtBot) -> None:
    made = panel("ready", appearance__scheme="light")

    def do(words: str) -> None:
        made.window.show_palette()
        palette = made.window.findChildren(Palette)[-1]
        QTest.keyClicks(palette.line, words)
        QTest.keyClick(palette.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not made.window.findChildren(Palette))

    do("appearance dark")
    qtbot.waitUntil(lambda: made.settings.get(Key.SCHEME) == "dark")
    do("show keys")
    qtbot.waitUntil(lambda: bool(made.window.findChildren(KeyboardHelp)))
    made.window.findChildren(KeyboardHelp)[0].reject()
    do("search logs")
    qtbot.waitUntil(lambda: made.window.page == LOGS)


def offered(palette: Palette) -> list[str]:
    return [palette.list.item(row).text() for row in range(palette.list.count())]


def test_the_set_up_goes_on_from_it(panel: Make, qtbot: QtBot) -> None:
    made = panel("first-run")
    made.window.show_palette()
    palette = child(made.window, Palette)
    first = offered(palette)[0]
    assert first == made.window.first_run.next.text()
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.intents.wizard.store.value.page is Page.ENGINE)


def test_what_to_compute_on_is_offered_in_the_set_up(panel: Make, qtbot: QtBot) -> None:
    made = panel("set-up-machine")
    made.window.show_palette()
    palette = child(made.window, Palette)
    assert {"Compute on: NVIDIA card", "Compute on: Processor only"} <= set(offered(palette))
    assert not any(title.startswith("Go to") for title in offered(palette))
    palette.reject()


def test_it_follows_the_state_and_keeps_the_place(panel: Make) -> None:
    made = panel("ready")
    made.window.show_palette()
    palette = child(made.window, Palette)
    QTest.keyClicks(palette.line, "harmony")
    rows = [palette.list.item(row).text() for row in range(palette.list.count())]
    palette.list.setCurrentRow(rows.index("Quit Harmony"))
    made.replay("stopped")
    now = [palette.list.item(row).text() for row in range(palette.list.count())]
    assert "Start Harmony" in now
    assert "Stop Harmony" not in now
    assert palette.list.currentItem().text() == "Quit Harmony"
    palette.reject()


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
