"""The switches of the start-up: what stands in the system is what they show."""

from __future__ import annotations

from collections.abc import Callable

from harmony_desktop.control.autostart import AutostartState, Entry
from harmony_desktop.ui.settings import Key
from harmony_desktop.ui.startup_card import SessionSwitch, StartupCard

from .conftest import Panel, child

Make = Callable[..., Panel]


def test_the_switch_shows_what_is_there_and_asks_for_the_other(panel: Make) -> None:
    shown = panel("ready")
    shown.window.show_page("settings")
    card = child(shown.window, StartupCard)
    box = card.session.box
    assert (box.isChecked(), box.isEnabled()) == (False, True)
    box.click()
    assert shown.calls()[-1] == ("switch_autostart", True)
    store = shown.intents.starting_up.store
    store.set(AutostartState(looked=True, busy=True))
    assert (box.isChecked(), box.isEnabled()) == (False, False), "it is being written"
    store.set(AutostartState(looked=True, entry=Entry(True)))
    assert box.isChecked()
    store.set(AutostartState(looked=True, entry=Entry(possible=False, note="Not within Flatpak.")))
    assert not box.isEnabled()
    assert card.session.words.text() == "Not within Flatpak."
    assert shown.calls().count(("switch_autostart", True)) == 1, "what is shown is no gesture"
    assert ("switch_autostart", False) not in shown.calls()


def test_a_fault_is_told_beside_the_switch(panel: Make) -> None:
    shown = panel("startup-failed")
    shown.window.show_page("settings")
    words = child(shown.window, StartupCard).session.words
    assert words.isVisible()
    assert "It could not be switched on" in words.text()
    assert "Read-only file system" in words.text()


def test_the_stack_starts_with_the_panel_only_if_wanted(panel: Make) -> None:
    shown = panel("stopped")
    shown.ui.prepare()
    assert ("start_when_there",) not in shown.calls()
    shown.window.show_page("settings")
    child(shown.window, StartupCard).stack.click()
    assert shown.settings.get(Key.START_STACK) is True
    another = panel("stopped", startup__stack=True)
    another.ui.prepare()
    assert another.calls().count(("start_when_there",)) == 1


def test_the_last_page_of_the_set_up_offers_it(panel: Make) -> None:
    shown = panel("set-up-proved")
    assert child(shown.window, SessionSwitch).isVisible()
    failed = panel("set-up-proof-failed")
    assert not child(failed.window, SessionSwitch).isVisible()
