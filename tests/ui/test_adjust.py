"""The dialog that adjusts a service: reached from its row, nothing done before it was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.control.adjustments import Adjustment
from harmony_desktop.ui.adjust_dialog import AdjustDialog
from harmony_desktop.ui.recorded_desk import RecordedDesk, opened
from harmony_desktop.ui.service_row import ServiceRow
from harmony_desktop.ui.theme import Theme
from tests.ui.conftest import Panel, child, flush_deletions

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

SPEECH = "harmonyspeech-engine"
GIB = 1024**3


@pytest.fixture
def calls() -> list[tuple[object, ...]]:
    return []


@pytest.fixture
def dialog(theme: Theme, qtbot: QtBot, calls: list[tuple[object, ...]]) -> Iterator[AdjustDialog]:
    parent = QWidget()
    made = AdjustDialog(theme, parent, RecordedDesk(calls, opened()), SPEECH, runs=True)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    qtbot.waitUntil(made.isVisible)
    yield made
    made.deleteLater()
    parent.deleteLater()
    flush_deletions()


def test_the_row_of_each_service_leads_to_it(panel: Callable[..., Panel], qtbot: QtBot) -> None:
    shown = panel("ready")
    row = next(r for r in shown.window.findChildren(ServiceRow) if "Speech Engine" in r._menu_button.accessibleName())
    menu = row.menu()
    action = next(a for a in menu.actions() if a.text() == "Adjust…")
    action.trigger()
    dialog = child(shown.window, AdjustDialog)
    qtbot.waitUntil(dialog.isVisible)
    assert ("adjust", SPEECH) in shown.calls()
    dialog.reject()
    menu.deleteLater()


def test_the_form_shows_what_is_and_what_is_possible(dialog: AdjustDialog) -> None:
    form = dialog.form
    assert (form.memory.text(), form.cpus.text(), form.tries.text()) == ("4g", "", "3")
    assert form.policies["on-failure"].isChecked()
    assert form.cpus.placeholderText() == "no limit"
    assert not form.scale.isEnabled()
    assert form.wanted() == Adjustment(memory=4 * GIB, restart="on-failure:3")


def test_preview_then_apply(dialog: AdjustDialog, qtbot: QtBot, calls: list[tuple[object, ...]]) -> None:
    dialog.form.memory.clear()
    QTest.keyClicks(dialog.form.memory, "400m")
    QTest.keyClick(dialog.form.memory, Qt.Key.Key_Return)
    assert calls[-1] == ("preview", Adjustment(memory=400 * 1024**2, restart="on-failure:3"))
    assert "+          memory: 400m" in dialog.diff.toPlainText()
    assert not dialog.look.isVisible()
    assert dialog.apply_and_start.hasFocus()
    dialog.apply_and_start.click()
    assert ("apply", True) in calls
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_back_to_the_form_keeps_what_was_filled_in(dialog: AdjustDialog, calls: list[tuple[object, ...]]) -> None:
    dialog.form.cpus.setText("2")
    dialog.look.click()
    dialog.back.click()
    assert dialog.form.cpus.text() == "2"
    assert dialog.look.isVisible()
    assert not [call for call in calls if call[0] == "apply"]


def test_what_cannot_be_read_is_told_at_once(dialog: AdjustDialog, calls: list[tuple[object, ...]]) -> None:
    dialog.form.memory.setText("much")
    dialog.look.click()
    assert "“much” is not an amount of memory" in dialog._fault.text()
    assert dialog._fault.isVisible()
    assert [call[0] for call in calls] == ["adjust"]


def test_everything_can_be_left_to_the_files(dialog: AdjustDialog, calls: list[tuple[object, ...]]) -> None:
    dialog.reset.click()
    dialog.look.click()
    assert calls[-1] == ("preview", Adjustment())
