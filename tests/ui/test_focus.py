"""The focus: Tab visits each control once and in order, what has the focus shows it, and it is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.ui.adjust_dialog import AdjustDialog
from harmony_desktop.ui.cleanup_dialog import CleanUpDialog
from harmony_desktop.ui.closing import ask_on_close, tell_on_quit
from harmony_desktop.ui.gallery import LINK, SPEECH
from harmony_desktop.ui.gallery_machine import recorded_disk
from harmony_desktop.ui.keyboard_help import KeyboardHelp
from harmony_desktop.ui.main_window import CHECKUP, CONFIGURATION, HARDWARE, LOGS, MODELS, SETTINGS, STACK
from harmony_desktop.ui.tab_order import stops

from .conftest import Panel

Make = Callable[..., Panel]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

#: A state for each look of the stack page, and the other pages.
PLACES = [
    *((name, STACK) for name in ("ready", "partly", "port-held", "updates", "pulling", "engine-absent", "notes")),
    *(("ready", page) for page in (LOGS, HARDWARE, CONFIGURATION, CHECKUP, MODELS, SETTINGS)),
    *((name, "") for name in ("first-run", "set-up-machine", "set-up-folder", "set-up-models", "set-up-ports")),
]


def shown_page(panel: Make, qtbot: QtBot, name: str, page: str) -> Panel:
    shown = panel(name, **({"window__page": page} if page else {}))
    shown.window.activateWindow()
    qtbot.waitUntil(shown.window.isActiveWindow)
    rows = len(shown.state.services)
    if page == STACK:
        qtbot.waitUntil(lambda: len(stack_rows(shown)) == rows)
    return shown


def stack_rows(shown: Panel) -> list[QWidget]:
    page = shown.window.widget(STACK)
    return [each for each in page.findChildren(QWidget) if each.accessibleName().startswith("More for")]


def more(shown: Panel, title: str) -> QWidget:
    return next(each for each in stack_rows(shown) if each.accessibleName() == f"More for {title}")


def name_of(widget: QWidget) -> str:
    text: str = widget.accessibleName() or getattr(widget, "text", str)()
    return text


def tabbable(window: QWidget) -> set[QWidget]:
    """What wants to be reached by Tab, by Qt's own word.

    Areas that scroll show no focus and are left out; a group of which one is chosen is one stop.
    """

    def chosen(widget: QWidget) -> bool:
        return not isinstance(widget, QAbstractButton) or widget.group() is None or widget.isChecked()

    return {
        each
        for each in window.findChildren(QWidget)
        if each.isVisible()
        and each.isEnabled()
        and each.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
        and each.focusProxy() is None
        and each.window() is window
        and not isinstance(each, QScrollArea)
        and chosen(each)
    }


@pytest.mark.parametrize(("name", "page"), PLACES)
def test_tab_visits_each_control_once_and_back_again(panel: Make, qtbot: QtBot, name: str, page: str) -> None:
    window = shown_page(panel, qtbot, name, page).window
    wanted = tabbable(window)
    window.navigation.focus()
    visited: list[QWidget] = []
    for _ in range(len(wanted)):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        visited.append(focus)
        assert not focus.visibleRegion().isEmpty(), f"{name_of(focus)} is out of sight"
    assert len(set(visited)) == len(visited)
    assert set(visited) == wanted
    back = []
    for _ in range(len(wanted)):
        back.append(QApplication.focusWidget())
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
    assert back == visited[::-1]


@pytest.mark.parametrize(("name", "page"), PLACES)
def test_the_order_is_that_of_reading(panel: Make, qtbot: QtBot, name: str, page: str) -> None:
    """Within a row from left to right, and no stop lies wholly above an earlier one in the same column."""
    window = shown_page(panel, qtbot, name, page).window
    found = [each for each in stops(window) if not window.navigation.isAncestorOf(each)]
    for one, other in pairwise(found):
        a = one.rect().translated(one.mapTo(window, one.rect().topLeft()))
        b = other.rect().translated(other.mapTo(window, other.rect().topLeft()))
        same_row = a.top() < b.bottom() and b.top() < a.bottom()
        same_column = a.left() < b.right() and b.left() < a.right()
        if same_row:
            assert b.left() >= a.left(), f"{name_of(other)} after {name_of(one)}"
        elif same_column:
            assert b.top() >= a.top(), f"{name_of(other)} after {name_of(one)}"


@pytest.mark.parametrize(("name", "page"), PLACES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_looks_different(panel: Make, qtbot: QtBot, name: str, page: str, scheme: str) -> None:
    shown = shown_page(panel, qtbot, name, page)
    shown.ui.window.choose_scheme(type(shown.ui.theme.scheme)(scheme))
    window = shown.window
    for widget in stops(window):
        window.setFocus()
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert widget.hasFocus()
        assert widget.grab().toImage() != before, f"nothing shows that {name_of(widget)} has the focus"


def test_the_focus_goes_on_when_its_button_can_no_longer_be_pressed(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "stopped", STACK)
    shown.button("Start").setFocus()
    shown.change(operation=Operation(OperationKind.UP, "Starting", 1, 4))
    focus = QApplication.focusWidget()
    assert focus in stops(shown.window)
    assert not shown.window.navigation.isAncestorOf(focus)


def test_the_focus_goes_on_when_its_row_vanishes(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "ready", STACK)
    more(shown, "Speech Engine").setFocus()
    shown.change(services=tuple(s for s in shown.state.services if s.name != SPEECH))
    qtbot.waitUntil(lambda: len(stack_rows(shown)) == len(shown.state.services))
    focus = QApplication.focusWidget()
    assert focus in stops(shown.window)
    assert not shown.window.navigation.isAncestorOf(focus)


def test_the_focus_goes_on_when_a_banner_is_put_away(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "port-held", STACK)
    shown.button("Use 2 free ports instead").setFocus()
    shown.change(problem=None)
    focus = QApplication.focusWidget()
    assert focus in stops(shown.window)
    assert not shown.window.navigation.isAncestorOf(focus)


def test_the_focus_stays_where_it_is_while_states_come_and_go(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "ready", STACK)
    button = more(shown, "Harmony Link")
    button.setFocus()
    for name in ("degraded", "out-of-memory", "ready", "stopping", "stopped", "starting", "ready"):
        shown.replay(name)
        assert button.hasFocus()


def test_the_focus_comes_back_after_minimising(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "ready", STACK)
    button = more(shown, "Harmony Link")
    button.setFocus()
    shown.window.showMinimized()
    shown.window.raise_up()
    assert shown.window.focusWidget() is button


def test_a_dialog_gives_the_focus_back(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "ready", STACK)
    button = more(shown, "Harmony Link")
    button.setFocus()
    shown.window.adjust(LINK)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.focusWidget() is not None)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert shown.window.focusWidget() is button


def open_dialog(shown: Panel, name: str) -> QDialog:
    """Open one of our dialogs."""
    theme, window, disk = shown.ui.theme, shown.window, recorded_disk(shown.state).engine
    assert disk is not None
    makers: dict[str, Callable[[], QDialog]] = {
        "question": lambda: ask_on_close(theme, window),
        "notice": lambda: tell_on_quit(theme, window),
        "clean-up": lambda: CleanUpDialog(theme, window, disk.leftovers),
        "keys": lambda: KeyboardHelp(theme, window),
        "adjust": lambda: AdjustDialog(theme, window, shown.intents.adjusting, SPEECH, runs=True),
    }
    made = makers[name]()
    made.open()
    return made


@pytest.mark.parametrize("name", ["question", "notice", "clean-up", "keys", "adjust"])
def test_dialogs_show_the_focus_and_end_by_escape(panel: Make, qtbot: QtBot, name: str) -> None:
    shown = panel("adjust")
    dialog = open_dialog(shown, name)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    seen: list[QWidget] = []
    for _ in range(40):
        widget = dialog.focusWidget()
        assert widget is not None
        if widget in seen:
            break
        seen.append(widget)
        focused = widget.grab().toImage()
        widget.clearFocus()
        assert widget.grab().toImage() != focused, f"nothing shows that {name_of(widget)} has the focus"
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    buttons = [each for each in dialog.findChildren(QPushButton) if each.isVisible() and each.isEnabled()]
    assert set(buttons) <= set(seen)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not any(each.isVisible() for each in shown.window.findChildren(QDialog)))
    assert shown.quits == []
    assert [call for call in shown.calls() if call[0] != "adjust"] == []


def test_replacing_a_state_keeps_services_in_place(panel: Make, qtbot: QtBot) -> None:
    shown = shown_page(panel, qtbot, "ready", STACK)
    before = [name_of(each) for each in stops(shown.window)]
    shown.intents.store.set(replace(shown.state, warnings=()))
    assert [name_of(each) for each in stops(shown.window)] == before
