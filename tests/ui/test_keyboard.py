"""Keys: one table for what is bound, what is shown and what is documented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.gallery import SPEECH_UI
from harmony_desktop.ui.keyboard_help import KeyboardHelp, KeyTable
from harmony_desktop.ui.main_window import CONFIGURATION, LOGS, SETTINGS
from harmony_desktop.ui.shortcuts import TABLE, Place, place_words
from harmony_desktop.ui.theme import Theme

from .conftest import Panel, child

Make = Callable[..., Panel]
PAGE = Path(__file__).parents[2] / "docs/keyboard.md"

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def active(panel: Panel, qtbot: QtBot) -> None:
    panel.window.activateWindow()
    qtbot.waitUntil(panel.window.isActiveWindow)


def test_every_key_is_a_key_and_none_means_two_things() -> None:
    for place in Place:
        names = [key for shortcut in TABLE if shortcut.place in {place, Place.ANYWHERE} for key in shortcut.keys]
        assert len(names) == len(set(names))
    for shortcut in TABLE:
        for key in shortcut.keys:
            assert QKeySequence(key).toString() == key


def test_what_is_bound_is_in_the_table_and_the_other_way_round(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.show_page(LOGS)
    shown.window.show_page(CONFIGURATION)
    shown.window.show_help()
    qtbot.waitUntil(lambda: bool(shown.window.findChildren(QShortcut)))
    bound = {made.key().toString() for made in shown.window.findChildren(QShortcut)}
    bound.discard("Esc")  # closes what is open, and nothing else: bound only while there is something
    assert bound == {key for shortcut in TABLE if shortcut.bound for key in shortcut.keys}


def test_the_documentation_tells_the_same() -> None:
    rows = []
    for place in Place:
        rows.append(f"## {place_words(place)}")
        for shortcut in TABLE:
            if shortcut.place is place:
                keys = ", ".join(f"`{key}`" for key in shortcut.keys)
                rows.append(f"| {keys} | {shortcut.words()} |")
    headings = {place_words(place) for place in Place}
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith("| `") or line.removeprefix("## ") in headings]
    assert told == rows


def texts(widget: QWidget) -> set[str]:
    return {made.text() for made in widget.findChildren(QLabel)}


def test_the_settings_show_the_table(panel: Make) -> None:
    shown = panel("ready", window__page=SETTINGS)
    table = child(shown.window.widget(SETTINGS), KeyTable)
    assert texts(table) >= {shortcut.words() for shortcut in TABLE}


@pytest.mark.parametrize("key", ["Ctrl+/", "Ctrl+?"])
def test_the_keys_open_once_and_closes_by_escape(panel: Make, qtbot: QtBot, key: str) -> None:
    shown = panel("ready")
    active(shown, qtbot)
    button = shown.button("Stop")
    button.setFocus()
    QTest.keySequence(shown.window, QKeySequence(key))
    qtbot.waitUntil(lambda: bool(shown.window.findChildren(KeyboardHelp)))
    shown.window.show_keys()
    dialog = child(shown.window, KeyboardHelp)
    assert len(shown.window.findChildren(KeyboardHelp)) == 1
    assert texts(dialog) >= {shortcut.words() for shortcut in TABLE}
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not shown.window.findChildren(KeyboardHelp))
    assert shown.window.focusWidget() is button


def test_f6_goes_to_the_pages_and_back_to_the_first_control(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    active(shown, qtbot)
    shown.button("Stop").setFocus()
    QTest.keySequence(shown.window, QKeySequence("F6"))
    assert shown.button("Stack").hasFocus()
    QTest.keySequence(shown.window, QKeySequence("F6"))
    assert shown.button("Restart").hasFocus()
    shown.window.show_page(LOGS)
    shown.window.navigation.focus()
    QTest.keySequence(shown.window, QKeySequence("F6"))
    focus = shown.window.focusWidget()
    assert focus is not None
    assert shown.window.widget(LOGS).isAncestorOf(focus)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_presses_buttons_of_all_kinds(panel: Make, qtbot: QtBot, key: Qt.Key) -> None:
    shown = panel("port-held")
    active(shown, qtbot)
    dismiss = next(each for each in shown.window.findChildren(QWidget) if each.accessibleName() == "Dismiss")
    for widget in (shown.button("Start"), dismiss):
        widget.setFocus()
        QTest.keyClick(widget, key)
    assert shown.calls() == [("start", ()), ("dismiss_problem",)]


@pytest.mark.parametrize("keys", ["Menu", "Shift+F10"])
def test_the_menu_of_a_service_by_keyboard(panel: Make, qtbot: QtBot, qapp: QApplication, keys: str) -> None:
    shown = panel("ready")
    active(shown, qtbot)
    row_button = shown.button("Open Speech UI")
    row_button.setFocus()
    QTest.keySequence(row_button, QKeySequence(keys))
    qtbot.waitUntil(lambda: qapp.activePopupWidget() is not None)
    menu = qapp.activePopupWidget()
    assert menu is not None
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert shown.calls() == [("stop", (SPEECH_UI,))]
    assert shown.window.focusWidget() is row_button


def test_the_table_fits_a_small_window(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 560)
    dialog = KeyboardHelp(theme, window)
    dialog.adjustSize()
    assert dialog.height() <= 560
