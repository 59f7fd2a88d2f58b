"""Closing, quitting, and the tray."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Light, Problem
from harmony_desktop.ui.closing import Question
from harmony_desktop.ui.settings import Key
from harmony_desktop.ui.tray import tray_picture

from .conftest import Panel, child

Make = Callable[..., Panel]

# What the offscreen platform says of itself: it has neither a tray nor windows of a size of their own.
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "propagateSizeHints", "support raise")


def question(panel: Panel, qtbot: QtBot) -> Question:
    found: list[Question] = []

    def look() -> bool:
        found[:] = [q for q in panel.window.findChildren(Question) if q.isVisible()]
        return bool(found)

    qtbot.waitUntil(look)
    return found[0]


def press(asked: Question, text: str) -> None:
    button = next(b for b in asked.buttons.values() if b.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def told(panel: Panel) -> list[str]:
    said: list[str] = []
    panel.ui.tray.tell = lambda title, text: said.append(f"{title}: {text}")  # type: ignore[method-assign]
    return said


def test_with_a_tray_closing_hides_and_says_so_once(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", tray=True)
    said = told(shown)
    shown.window.close()
    assert not shown.window.isVisible()
    qtbot.waitUntil(
        lambda: said == ["Harmony is still there: Harmony waits in the tray, and its services keep running."]
    )
    shown.ui.raise_()
    shown.window.close()
    assert len(said) == 1
    assert shown.settings.get(Key.TOLD_TRAY) is True
    assert shown.quits == []


def test_without_a_tray_closing_asks_and_never_vanishes(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.close()
    assert shown.window.isVisible()
    press(question(shown, qtbot), "Cancel")
    assert shown.window.isVisible()
    assert shown.quits == []
    shown.window.close()
    press(question(shown, qtbot), "Quit the panel")
    assert shown.quits == [True]
    assert shown.calls() == []


def test_a_tray_that_goes_away_turns_hiding_into_asking(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", tray=True)
    shown.tray[0] = False
    shown.window.close()
    assert shown.window.isVisible()
    press(question(shown, qtbot), "Cancel")


def test_without_a_tray_and_with_nothing_running_closing_quits(panel: Make) -> None:
    shown = panel("stopped")
    shown.window.close()
    assert shown.quits == [True]


def test_the_answer_is_remembered(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.close()
    asked = question(shown, qtbot)
    child(asked, QCheckBox).setChecked(True)
    press(asked, "Quit the panel")
    assert shown.settings.get(Key.CLOSE) == "quit"
    again = panel("ready", window__close="quit")
    again.window.close()
    assert again.quits == [True]


def test_stop_services_and_quit_waits_for_their_end(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.close()
    press(question(shown, qtbot), "Stop services and quit")
    assert shown.calls() == [("stop", ())]
    shown.replay("stopping")
    assert shown.quits == []
    shown.replay("stopped")
    assert shown.quits == [True]


def test_a_stop_that_fails_keeps_the_panel(panel: Make) -> None:
    shown = panel("ready", window__close="stop")
    shown.window.close()
    shown.replay("stopping")
    shown.change(operation=None, problem=Problem("Speech Engine could not be stopped"))
    assert shown.quits == []
    shown.replay("stopped")
    assert shown.quits == []


def test_an_old_problem_does_not_hold_up_stopping(panel: Make) -> None:
    shown = panel("out-of-memory", window__close="stop")
    shown.window.close()
    shown.change(warnings=("something unrelated",))
    shown.replay("stopped")
    assert shown.quits == [True]


def test_quitting_says_once_that_services_keep_running(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", tray=True)
    QTest.keyClick(shown.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    asked = question(shown, qtbot)
    assert shown.quits == []
    press(asked, "Quit the panel")
    assert shown.quits == [True]
    again = panel("ready", tray=True, told__quit=True)
    again.ui.leave()
    assert again.quits == [True]


def test_quitting_from_the_tray_says_it_too(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", tray=True, told__tray=True)
    shown.window.close()
    assert not shown.window.isVisible()
    shown.ui.leave()
    press(question(shown, qtbot), "Quit the panel")
    assert shown.quits == [True]
    assert shown.settings.get(Key.TOLD_QUIT) is True


def test_one_question_at_a_time(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.close()
    shown.window.close()
    shown.ui.leave()
    question(shown, qtbot)
    assert len(shown.window.findChildren(Question)) == 1


def test_quitting_twice_quits_once(panel: Make) -> None:
    shown = panel("stopped")
    shown.ui.leave()
    shown.ui.leave()
    assert shown.quits == [True]


def test_starting_minimised(panel: Make) -> None:
    in_tray = panel("ready", tray=True, show=False, minimized=True)
    in_tray.ui.show()
    assert not in_tray.window.isVisible()
    assert in_tray.intents.calls[-1] == ("set_visible", False)
    in_tray.ui.raise_()
    assert ("set_visible", True) in in_tray.intents.calls
    assert in_tray.window.isVisible()
    without = panel("ready", show=False, minimized=True)
    without.ui.show()
    assert without.window.isMinimized()


def test_the_tray_shows_state_and_sentence(panel: Make) -> None:
    shown = panel("ready-nvidia", tray=True)
    icon = shown.ui.tray.icon
    assert icon is not None
    assert icon.toolTip() == "Harmony is ready"
    before = icon.icon().cacheKey()
    shown.replay("out-of-memory")
    assert icon.icon().cacheKey() != before
    assert icon.toolTip().startswith("Harmony cannot speak\nThree of four services run.")
    assert shown.ui.tray.sentence.text() == "Harmony cannot speak"


def test_the_menu_of_the_tray(panel: Make) -> None:
    shown = panel("ready", tray=True)
    menu = shown.ui.tray.menu
    names = [action.text() for action in menu.actions() if action.text()]
    assert names == [
        "Harmony is ready",
        "Start",
        "Stop",
        "Restart",
        "Gaming mode: free memory and processor",
        "Open Harmony Link",
        "Open Speech UI",
        "Open Text Generation",
        "Open API of Text Generation",
        "Open API of Speech Engine",
        "Compute on",
        "Show Harmony",
        "Quit",
    ]
    enabled = {action.text() for action in menu.actions() if action.isEnabled() and action.text()}
    assert "Start" not in enabled
    assert {"Stop", "Restart"} <= enabled
    shown.ui.tray.stop.trigger()
    shown.ui.tray.restart.trigger()
    assert shown.calls() == [("stop", ()), ("restart", ())]
    shown.replay("stopped")
    names = [action.text() for action in menu.actions() if action.text()]
    gaming = "Gaming mode: free memory and processor"
    assert names == ["Harmony is stopped", "Start", "Stop", "Restart", gaming, "Compute on", "Show Harmony", "Quit"]
    assert shown.ui.tray.start.isEnabled()
    assert not shown.ui.tray.stop.isEnabled()


def test_a_tray_that_comes_later_gets_the_icon(panel: Make) -> None:
    shown = panel("ready")

    def seen() -> tuple[bool, bool]:
        return shown.ui.tray.available, shown.ui.tray.icon is not None

    assert seen() == (False, False)
    shown.tray[0] = True
    shown.ui.tray.look_for_tray()
    assert seen() == (True, True)
    shown.tray[0] = False
    shown.ui.tray.look_for_tray()
    assert seen() == (False, False)


def test_a_click_on_the_tray_shows_the_window(panel: Make) -> None:
    shown = panel("ready", tray=True, told__tray=True)
    shown.window.close()
    icon = shown.ui.tray.icon
    assert icon is not None
    icon.activated.emit(icon.ActivationReason.Trigger)
    assert shown.window.isVisible()


def test_the_tray_tells_states_apart_by_shape(qapp: QApplication) -> None:
    pictures = {
        light: bytes(
            tray_picture(light).pixmap(22, 22).toImage().convertToFormat(QImage.Format.Format_Grayscale8).constBits()
        )
        for light in Light
    }
    assert len(set(pictures.values())) == len(Light)
