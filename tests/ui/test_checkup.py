"""The page of the check-up: what it says, what its buttons ask for, and what a repair shows before it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from harmony_desktop.control.checkup_state import CheckupPhase, CheckupState
from harmony_desktop.ui.checkup_page import CheckupPage
from harmony_desktop.ui.checkup_words import as_text, headline, second_line
from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.gallery_checkup import checking, fine, repaired, troubled
from harmony_desktop.ui.main_window import CHECKUP, STACK
from harmony_desktop.ui.repair_dialog import RepairDialog
from tests.ui.conftest import Panel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

ShowPanel: TypeAlias = Callable[..., Panel]


@pytest.fixture
def show_panel(panel: ShowPanel) -> ShowPanel:
    """Show a recording on its own page."""

    def show(name: str) -> Panel:
        return panel(name, window__page=gallery()[name].page or STACK)

    return show


def page_of(panel: Panel) -> CheckupPage:
    return cast("CheckupPage", panel.window.widget(CHECKUP))


def rows_seen(page: CheckupPage) -> list[str]:
    return [name for _, card in page.groups.values() for name, row in card.rows.items() if row.isVisible()]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (fine(), "Everything is fine"),
        (troubled(), "Four things need attention"),
        (checking(), "Checking your stack"),
        (CheckupState(), "Nothing was checked yet"),
    ],
)
def test_the_headline_says_what_came_of_it(state: CheckupState, words: str) -> None:
    assert headline(state) == words


def test_the_second_line_counts() -> None:
    assert second_line(fine()) == "7 checks are fine, 1 has a hint for you, 1 could not be told."
    assert second_line(checking()) == "Checked 14 of 35…"


def test_the_first_look_at_the_page_checks_all_and_a_second_one_does_not(show_panel: ShowPanel) -> None:
    panel = show_panel("ready")
    assert ("check_up",) not in panel.intents.calls
    for page in (CHECKUP, STACK, CHECKUP):
        panel.window.show_page(page)
    assert panel.intents.calls.count(("check_up",)) == 1


def test_what_is_fine_is_shown_only_when_asked_for_while_something_is_not(show_panel: ShowPanel) -> None:
    page = page_of(show_panel("checkup-trouble"))
    assert "engine.reachable" not in rows_seen(page)
    assert {"ports.free", "files.json", "engine.cores", "disk.engine"} <= set(rows_seen(page))
    page.fine.click()
    assert "engine.reachable" in rows_seen(page)


def test_all_is_shown_where_all_is_fine(show_panel: ShowPanel) -> None:
    page = page_of(show_panel("checkup-fine"))
    assert "engine.reachable" in rows_seen(page)
    assert not page.fine.isVisible()
    assert not page.repair_all.isVisible()


def test_the_navigation_counts_what_needs_attention(show_panel: ShowPanel) -> None:
    button = show_panel("checkup-trouble").window.navigation.buttons[CHECKUP]
    assert button.accessibleName() == "Check-up, 4 things need attention"
    assert show_panel("ready").window.navigation.buttons[CHECKUP].accessibleName() in {"", "Check-up"}


def test_lights_say_what_they_mean(show_panel: ShowPanel) -> None:
    page = page_of(show_panel("checkup-trouble"))
    names = {row.light.accessibleName() for _, card in page.groups.values() for row in card.rows.values()}
    assert {"Published ports: needs attention", "Processor cores: a hint", "Disk of the engine: not known"} <= names


def test_a_repair_is_shown_before_it_is_done(show_panel: ShowPanel) -> None:
    panel = show_panel("checkup-trouble")
    page = page_of(panel)
    page.repair_all.click()
    checks = ("ports.free", "stack.file-mounts", "settings.hf-token")
    assert ("preview_repairs", checks) in panel.intents.calls
    dialog = next(item for item in QApplication.topLevelWidgets() if isinstance(item, RepairDialog))
    assert "-HF_TOKEN=" in dialog.shown.toPlainText()
    assert "rmdir /home/you/Harmony/harmony-link/harmony-user.key" in dialog.shown.toPlainText()
    assert ("mend",) not in panel.intents.calls
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert ("mend",) in panel.intents.calls
    assert page.title_label.text() == "Everything is fine"
    page._result.undo.click()
    assert ("undo_repair",) in panel.intents.calls


def test_a_shown_repair_can_be_put_away(show_panel: ShowPanel) -> None:
    panel = show_panel("checkup-preview")
    dialog = next(item for item in QApplication.topLevelWidgets() if isinstance(item, RepairDialog))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert ("cancel_check_up",) in panel.intents.calls
    assert ("mend",) not in panel.intents.calls
    assert page_of(panel).again.isEnabled()


def test_one_repair_has_a_button_of_its_own(show_panel: ShowPanel) -> None:
    panel = show_panel("checkup-trouble")
    _, card = next(item for item in page_of(panel).groups.values() if "ports.free" in item[1].rows)
    row = card.rows["ports.free"]
    assert row.repair.accessibleName() == "Repair: Published ports"
    row.repair.click()
    assert ("preview_repairs", ("ports.free",)) in panel.intents.calls


def test_a_check_up_can_be_cancelled(show_panel: ShowPanel) -> None:
    panel = show_panel("checkup-running")
    page = page_of(panel)
    assert (page.bar.value(), page.bar.maximum()) == (14, 35)
    assert not page.again.isVisible()
    page.cancel.click()
    assert ("cancel_check_up",) in panel.intents.calls
    assert panel.intents.checkup.store.value.phase is CheckupPhase.RESTING


def test_all_of_it_can_be_copied(show_panel: ShowPanel) -> None:
    page_of(show_panel("checkup-trouble")).copy.click()
    text = QGuiApplication.clipboard().text()
    assert text == as_text(troubled())
    assert "Published ports: needs attention [ports.free]" in text
    assert "→ Leave the line out" in text


def test_what_a_repair_did_is_told_with_the_way_back(show_panel: ShowPanel) -> None:
    page = page_of(show_panel("checkup-repaired"))
    assert page._result.isVisible()
    assert page._result.undo.isVisible()
    assert not page.undo.isVisible(), "there is one way back, not two"
    assert repaired().told[1] in page._result._text.text()
