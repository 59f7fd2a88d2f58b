"""Newer versions of files in the window: told, merged change by change, edited, saved, and taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from harmony_desktop.control.merging import Choice, Kind
from harmony_desktop.control.state import Problem
from harmony_desktop.ui.config_page import ConfigPage
from harmony_desktop.ui.config_questions import CANCEL, YES, FileQuestion
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.gallery_upgrades import CONFIG, ENV, FLAGS, ROOT, upgrade_states
from harmony_desktop.ui.main_window import CONFIGURATION
from harmony_desktop.ui.merge_view import MergeView
from harmony_desktop.ui.stack_page import StackPage
from harmony_desktop.ui.theme import Theme
from harmony_desktop.ui.window_commands import WindowCommands

from .conftest import Panel, child, flush_deletions

Make = Callable[..., Panel]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")


def page_of(panel: Panel) -> ConfigPage:
    panel.window.show_page(CONFIGURATION)
    return child(panel.window, ConfigPage)


def merging(panel: Panel) -> MergeView:
    page = page_of(panel)
    assert page.merge is not None
    assert page.merge.isVisible()
    assert not page.files.isVisible()
    return page.merge


def asked(panel: Panel, *what: str) -> list[tuple[object, ...]]:
    return [call for call in panel.intents.calls if call[0] in what]


@pytest.mark.parametrize("name", upgrade_states())
def test_every_state_is_shown(panel: Make, name: str) -> None:
    shown = panel(name)
    page = page_of(shown)
    merges = name in {"newer-merge", "newer-two", "newer-chosen"}
    assert (page.merge is not None) is merges
    assert page.newer.isVisible() is not merges


def test_the_stack_page_tells_and_leads_there(panel: Make) -> None:
    shown = panel("newer-brought")
    banner = child(shown.window, StackPage).sections.newer
    assert banner.isVisible()
    assert banner.accessibleName() == "Harmony was updated, and its files with it"
    told = banner.accessibleDescription()
    assert "as you had not changed them: services.yml, docker-compose.yml and" in told
    assert "New: harmony-link/new.json." in told
    assert "No longer needed, and kept: harmony-link/old.txt." in told
    assert f"3 files that you edited have newer versions: {ENV}, {CONFIG} and {FLAGS}." in told
    banner.review.click()
    assert asked(shown, "merge") == [("merge", ENV)]
    assert merging(shown).isVisible()


def test_what_was_read_is_put_away_until_there_is_more(panel: Make) -> None:
    shown = panel("newer-files")
    page = page_of(shown)
    page.newer.close_button.click()
    assert not page.newer.isVisible()
    shown.intents.upgrading.keep_mine(ENV)
    assert page.newer.isVisible()


def test_a_folder_of_a_newer_harmony_is_told_calmly(panel: Make) -> None:
    page = page_of(panel("newer-folder"))
    assert page.newer.accessibleName() == "This folder belongs to a newer Harmony"
    assert not page.newer.review.isVisible()


def test_changes_show_both_sides_with_signs_and_what_becomes_of_them(panel: Make) -> None:
    view = merging(panel("newer-merge"))
    assert len(view.cards) == 5
    assert all(len(card.findChildren(DiffView)) == 2 for card in view.cards.values())
    first, conflict = list(view.cards.values())[:2]
    mine, new = first.findChildren(DiffView)
    assert mine.accessibleName() == "Yours, Change 1 of 5 · line 8"
    assert "+" not in [line[:1] for line in mine.toPlainText().splitlines()]
    assert '- "character": "Assistant",\n+ "character": "Companion",' in new.toPlainText()
    assert first.choices[Choice.NEW].isChecked()
    assert not any(made.isChecked() for made in conflict.choices.values())
    assert not view.save.isEnabled()


def test_a_conflict_is_chosen_by_the_keyboard_and_saved(panel: Make) -> None:
    shown = panel("newer-merge")
    view = merging(shown)
    view.setFocus()
    QTest.keyClick(view.tabs[0], Qt.Key.Key_F8)
    radio = QApplication.focusWidget()
    assert radio is not None
    assert radio.accessibleName() == "Keep mine: Change 2 of 5 · line 38"
    QTest.keyClick(radio, Qt.Key.Key_Space)
    assert view.save.isEnabled()
    QTest.keyClick(radio, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    ((_, name, text),) = asked(shown, "save_merge")
    assert name == CONFIG
    assert isinstance(text, str)
    assert '"character": "Companion"' in text
    assert "12090" in text
    assert "12081" not in text
    page = page_of(shown)
    assert page.files.isVisible()
    assert page.newer.accessibleName() == f"{CONFIG} is dealt with"
    page.newer.undo.click()
    assert asked(shown, "undo_merge") == [("undo_merge", CONFIG)]


def test_the_result_is_edited_and_the_choices_rest(panel: Make) -> None:
    shown = panel("newer-chosen")
    view = merging(shown)
    view.tabs[1].click()
    assert view.text.isVisible()
    assert '"character": "Companion"' in view.text.text()
    QTest.keyClicks(view.text, "mistake")
    view.flush()
    assert view.problems.isVisible()
    assert view.again.isVisible()
    assert not any(made.isEnabled() for card in view.cards.values() for made in card.choices.values())
    view.save.click()
    question = child(shown.window, FileQuestion)
    question.buttons[CANCEL].click()
    flush_deletions()
    assert not asked(shown, "save_merge")
    view.again.click()
    assert "mistake" not in view.text.text()
    assert not view.again.isVisible()
    view.text.undo()  # one step back is what was written by hand
    view.flush()
    assert "mistake" in view.text.text()


def test_a_choice_changes_the_result(panel: Make) -> None:
    view = merging(panel("newer-merge"))
    number = next(n for n, hunk in enumerate(view._merge.hunks if view._merge else ()) if hunk.kind is Kind.NEW)
    view.cards[number].choices[Choice.MINE].click()
    assert '"character": "Companion"' not in view.text.text()
    view.cards[number].choices[Choice.BOTH].click()
    assert view.text.text().count('"character":') == 2


def test_what_was_chosen_is_not_forgotten_without_a_question(panel: Make) -> None:
    shown = panel("newer-chosen")
    view = merging(shown)
    view.later.click()
    child(shown.window, FileQuestion).buttons[CANCEL].click()
    flush_deletions()
    assert view.isVisible()
    view.later.click()
    child(shown.window, FileQuestion).buttons[YES].click()
    assert asked(shown, "leave_merge")
    assert not view.isVisible()
    assert page_of(shown).newer.isVisible()


@pytest.mark.parametrize(("press", "call"), [("mine", "keep_mine"), ("new", "take_new")])
def test_a_whole_file_is_kept_or_taken(panel: Make, press: str, call: str) -> None:
    shown = panel("newer-merge")
    view = merging(shown)
    getattr(view, press).click()
    assert asked(shown, "keep_mine", "take_new") == [(call, CONFIG)]
    assert not view.isVisible()


def test_the_other_files_are_in_a_menu(panel: Make) -> None:
    shown = panel("newer-merge")
    view = merging(shown)
    menu = view.menu()
    assert [(action.text(), action.isEnabled()) for action in menu.actions()] == [
        (ENV, True),
        (CONFIG, False),
        (FLAGS, True),
    ]
    menu.actions()[2].trigger()
    menu.deleteLater()
    assert asked(shown, "merge") == [("merge", FLAGS)]
    assert len(view.cards) == 2


def test_a_fault_is_told_where_it_happened(panel: Make) -> None:
    shown = panel("newer-merge")
    view = merging(shown)
    shown.intents.upgrading.fail(Problem("It has changed meanwhile", "Somebody wrote it.", "Look again."))
    assert view._fault.isVisible()
    assert view._fault_words.text() == "It has changed meanwhile Somebody wrote it. Look again."


def test_the_editor_of_a_file_offers_its_merge(panel: Make) -> None:
    shown = panel("newer-files")
    page = page_of(shown)
    page.show_file(ROOT / CONFIG)
    assert page.editor.merge.isVisible()
    page.editor.merge.click()
    assert asked(shown, "merge") == [("merge", CONFIG)]


def test_the_palette_knows_of_it(panel: Make, theme: Theme) -> None:
    for name, there in (("newer-files", True), ("ready", False)):
        shown = panel(name)
        found = WindowCommands(shown.window, theme, shown.intents).collect()
        assert any(command.title == "Review newer versions of files" for command in found) is there
