"""Updates in the window: what there is, what one can do about it, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.ui import gallery_updates
from harmony_desktop.ui.gallery import LINK, SPEECH, TEXT
from harmony_desktop.ui.main_window import SETTINGS, STACK
from harmony_desktop.ui.settings import Key
from harmony_desktop.ui.stack_page import StackPage
from harmony_desktop.ui.update_card import UpdateCard

from .conftest import Panel

Make = Callable[..., Panel]


def stack(panel: Panel) -> StackPage:
    page = panel.window.widget(STACK)
    assert isinstance(page, StackPage)
    return page


def texts(widget: QWidget) -> list[str]:
    return [made.text() for made in widget.findChildren(QLabel) if made.isVisible() and made.text()]


def press(panel: Panel, name: str, within: QWidget) -> None:
    QTest.mouseClick(panel.button(name, within), Qt.MouseButton.LeftButton)


def test_the_line_says_what_changes_and_updates_only_what_is_not_held_back(panel: Make) -> None:
    shown = panel("updates")
    banner = stack(shown).sections.updates
    assert banner.isVisible()
    said = "\n".join(texts(banner))
    assert "Two updates are available" in said
    assert "Harmony Link: 2a3fe3cde992 → 5b6c0d1e2f30" in said
    assert "Speech Engine" not in said
    press(shown, "Update", banner)
    assert shown.calls() == [("update", (LINK, TEXT))]


def test_each_row_has_its_badge_and_its_menu(panel: Make) -> None:
    shown = panel("updates")
    rows = stack(shown).sections.services.rows
    assert "Update" in texts(rows[LINK])
    assert "Held back" in texts(rows[SPEECH])
    menu = rows[SPEECH].menu()
    action = next(action for action in menu.actions() if action.text() == "Update Speech Engine")
    action.trigger()
    assert shown.calls() == [("update", (SPEECH,))]
    shown.intents.news.set(UpdateNews())
    assert "Update" not in texts(rows[LINK])
    assert not stack(shown).sections.updates.isVisible()


def test_what_was_put_away_comes_back_only_with_something_new(panel: Make) -> None:
    shown = panel("updates")
    banner = stack(shown).sections.updates
    QTest.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()
    shown.change(warnings=("another thing",))
    assert not banner.isVisible()
    news = shown.intents.news.value
    newer = tuple(replace(item, available="sha256:77") for item in news.items)
    shown.intents.news.set(replace(news, items=newer))
    assert banner.isVisible()


def test_nothing_is_offered_while_something_goes_on(panel: Make) -> None:
    shown = panel("updates")
    shown.change(operation=Operation(OperationKind.UPDATE))
    assert not stack(shown).sections.updates.isVisible()
    assert not shown.ui.tray.update.isEnabled()


@pytest.mark.parametrize("back", [True, False])
def test_after_an_update_the_way_back_is_there_and_after_a_rollback_not(panel: Make, back: bool) -> None:
    shown = panel("updated" if back else "returned")
    banner = stack(shown).sections.updates
    title = "Harmony is updated" if back else "Harmony is back at its earlier version"
    assert title in texts(banner)
    assert banner.back.isVisible() is back
    if back:
        press(shown, "Return to the earlier version", banner)
        assert shown.calls() == [("roll_back",)]
    QTest.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert ("dismiss_news",) in shown.calls()
    assert not banner.isVisible()


def test_a_failed_update_offers_the_way_back(panel: Make) -> None:
    shown = panel("update-failed")
    press(shown, "Return to the earlier version", stack(shown).sections.fault)
    assert shown.calls() == [("remedy", "roll-back")]


def test_the_tray_offers_an_update_while_there_is_one(panel: Make) -> None:
    shown = panel("updates")
    update = shown.ui.tray.update
    shown.intents.news.set(replace(shown.intents.news.value, asked_at=None))
    assert (update.isVisible(), update.text()) == (True, "Update 2 services")
    update.trigger()
    assert shown.calls() == [("update", (LINK, TEXT))]
    shown.intents.news.set(UpdateNews())
    assert not update.isVisible()


def test_the_daily_look_can_be_switched_off(panel: Make, qtbot: QtBot) -> None:
    shown = panel("updates")
    assert ("watch_updates", True) in shown.intents.calls
    shown.window.show_page(SETTINGS)
    (card,) = shown.window.findChildren(UpdateCard)
    said = "\n".join(texts(card))
    assert "Speech Engine: Kept at the earlier version." in said
    card.daily.click()
    assert shown.settings.get(Key.UPDATES) is False
    assert shown.intents.calls[-1] == ("watch_updates", False)
    card.look.click()
    assert ("ask_for_updates",) in shown.calls()
    shown.intents.news.set(replace(gallery_updates.updated(), fault="Cannot fetch x. Check the connection."))
    assert "Cannot fetch x. Check the connection." in texts(card)
    card.back.click()
    assert ("roll_back",) in shown.calls()


def test_switched_off_it_stays_off(panel: Make) -> None:
    shown = panel("ready", updates__look=False)
    assert ("watch_updates", False) in shown.intents.calls
