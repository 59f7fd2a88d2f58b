"""What assistive technology is told, in each recorded state: names, roles, states; by Qt's own accessible tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Operation, OperationKind, Problem, StackState
from harmony_desktop.ui.announcer import announcement
from harmony_desktop.ui.disk_card import DiskCard
from harmony_desktop.ui.gallery import SPEECH_UI, gallery
from harmony_desktop.ui.keyboard_help import KeyboardHelp
from harmony_desktop.ui.main_window import HARDWARE, LOGS, SETTINGS, STACK
from harmony_desktop.ui.service_row import ServiceRow
from harmony_desktop.ui.settings import Key
from harmony_desktop.ui.sparkline import Sparkline
from harmony_desktop.ui.tab_order import stops

from .conftest import Panel

Make = Callable[..., Panel]
Role = QAccessible.Role

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

#: What a control can be. Nothing else has the focus.
ROLES = {
    Role.Button,
    Role.ButtonMenu,
    Role.CheckBox,
    Role.RadioButton,
    Role.ComboBox,
    Role.EditableText,
    Role.SpinBox,
    Role.Document,
    Role.List,
    Role.Link,
}
SPEAKING = ROLES | {Role.Graphic, Role.Chart, Role.ProgressBar}


def tree(interface: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    yield interface
    for index in range(interface.childCount()):
        below = interface.child(index)
        if below.isValid():
            yield from tree(below)


def of(widget: QWidget) -> QAccessibleInterface:
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    return interface


def name(interface: QAccessibleInterface) -> str:
    return interface.text(QAccessible.Text.Name)


def check(window: QWidget) -> None:
    for interface in tree(of(window)):
        state = interface.state()
        if not state.invisible and interface.role() in SPEAKING:
            assert name(interface).strip(), f"{interface.role()} {interface.object()} has no name"
    for widget in stops(window):
        interface = of(widget)
        assert interface.role() in ROLES, f"{name(interface)} is a {interface.role()}"
        assert interface.state().focusable, name(interface)
        assert "\n" not in name(interface)
    for made in window.findChildren(QAbstractButton):
        if made.isVisible() and made.isCheckable():
            assert of(made).state().checkable
            assert bool(of(made).state().checked) is made.isChecked()
    for area in window.findChildren(QAbstractScrollArea):
        # See ui/scrolling.py: bars of its own would end the process under a screen reader's eyes.
        policies = {area.verticalScrollBarPolicy(), area.horizontalScrollBarPolicy()}
        assert not area.isVisible() or policies == {Qt.ScrollBarPolicy.ScrollBarAlwaysOff}, name(of(area))
    for chart in window.findChildren(Sparkline):
        assert not chart.isVisible() or chart.accessibleName(), chart


@pytest.mark.parametrize("state", gallery())
def test_everything_in_every_state_has_a_name_and_a_role(panel: Make, qtbot: QtBot, state: str) -> None:
    shown = panel(state)
    window = shown.window
    pages = [*window.navigation.buttons] if window.navigation.buttons[STACK].isVisible() else [window.page]
    if state not in {"ready", "stopped", "updates", "engine-absent"}:
        pages = pages[:1]  # the other pages look alike in most states
    for page in pages:
        window.show_page(page)
        if page == STACK:  # a long list is made in several turns of the loop
            qtbot.waitUntil(lambda: len(window.findChildren(ServiceRow)) == len(shown.state.services))
        check(window)
    shown.ui.window.hide()


def test_the_dialogs_too(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.show_keys()
    check(shown.window.findChildren(KeyboardHelp)[0])
    for dialog in shown.window.findChildren(KeyboardHelp):
        dialog.reject()
    shown.window.show_palette()
    dialogs = [made for made in shown.window.findChildren(QWidget) if made.isWindow() and made.isVisible()]
    assert dialogs
    for dialog_window in dialogs:
        check(dialog_window)


def test_pages_are_one_choice_of_several(panel: Make) -> None:
    window = panel("ready").window
    told = {name(of(each)): of(each) for each in window.navigation.buttons.values()}
    assert {each.role() for each in told.values()} == {Role.RadioButton}
    assert [title for title, each in told.items() if each.state().checked] == ["Stack"]


def test_the_bar_of_the_disk_says_what_it_shows(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.show_page(HARDWARE)
    card = shown.window.widget(HARDWARE).findChild(DiskCard)
    assert card is not None
    qtbot.waitUntil(lambda: any(each.accessibleName() == "Disk use" for each in card.findChildren(QWidget)))


def toggle(widget: QWidget) -> None:
    """Do what assistive technology does: its first action, which for what can be checked is no click."""
    actions = of(widget).actionInterface()
    assert actions is not None
    actions.doAction(actions.actionNames()[0])


def checkable(shown: Panel, page: str, title: str) -> QAbstractButton:
    found = shown.window.widget(page).findChildren(QAbstractButton)
    return next(each for each in found if title in {each.accessibleName(), each.text()})


def test_what_is_toggled_is_done(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    window = shown.window
    toggle(window.navigation.buttons[LOGS])
    assert window.page == LOGS
    toggle(checkable(shown, LOGS, "Speech UI"))
    assert window._log_page().filters.services == {SPEECH_UI}
    toggle(checkable(shown, LOGS, "All services"))
    assert not window._log_page().filters.services
    toggle(checkable(shown, LOGS, "All services"))
    assert checkable(shown, LOGS, "All services").isChecked()
    window.show_page(SETTINGS)
    toggle(checkable(shown, SETTINGS, "Dark"))
    assert shown.settings.get(Key.SCHEME) == "dark"
    toggle(checkable(shown, SETTINGS, "Look for updates once a day"))
    assert shown.settings.get(Key.UPDATES) is False
    window.show_page(HARDWARE)
    toggle(checkable(shown, HARDWARE, "Processor only"))
    assert shown.calls() == [("choose_hardware", "cpu")]
    shown.change(hardware=replace(shown.state.hardware, automatic=False, profile="nvidia"))
    assert checkable(shown, HARDWARE, "NVIDIA card").isChecked()
    assert shown.calls() == [("choose_hardware", "cpu")], "what is shown is not chosen once more"


# What is announced


def said(before: str, after: str) -> list[str]:
    states = gallery()
    return announcement(states[before].state, states[after].state, datetime.now().astimezone()).splitlines()


def test_changes_are_told_in_one_breath() -> None:
    assert said("ready", "ready") == []
    told = said("starting", "ready")
    assert told[0] == "Harmony is ready"
    assert set(told[1:]) <= {f"{s.title}: ready" for s in gallery()["ready"].state.services}
    failed = said("ready", "out-of-memory")
    assert failed[0] == "Harmony cannot speak"
    assert any(text.startswith("Speech Engine: failed, ") for text in failed)


def test_a_problem_is_told_with_its_cause() -> None:
    before = gallery()["ready"].state
    after = replace(before, problem=Problem("Port 8080 is taken", "Another program holds it.\nMore.", "Close it."))
    now = datetime.now().astimezone()
    assert announcement(before, after, now) == "Port 8080 is taken\nAnother program holds it."
    assert announcement(after, replace(after, warnings=("x",)), now) == ""


def test_progress_is_told_by_quarters() -> None:
    now = datetime.now().astimezone()
    base = gallery()["stopped"].state

    def at(done: int) -> StackState:
        return replace(base, operation=Operation(OperationKind.UP, "Starting", done, 10, started_at=now))

    told = [announcement(at(n), at(n + 1), now) for n in range(10)]
    assert [text for text in told if text] == ["25 % done", "50 % done", "75 % done"]
