"""Gaming mode in the window and the tray: said calmly, offered where it can be done, and told when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from harmony_desktop.control.gaming_sight import GamingNews
from harmony_desktop.control.state import Light, Operation, OperationKind, Stage
from harmony_desktop.ui.commands import Places, commands
from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.gaming_banner import GamingBanner
from harmony_desktop.ui.headline import Headline, headline
from harmony_desktop.ui.notices import Kind, notices

from .conftest import Panel, child

Make = Callable[..., Panel]


def test_the_tray_turns_it_on_and_off(panel: Make) -> None:
    shown = panel("ready-nvidia")
    item = shown.ui.tray.gaming
    shown.ui.tray.show_state(shown.state)
    assert item.text() == "Gaming mode: free the graphics card"
    item.trigger()
    shown.replay("gaming-freeing")
    shown.ui.tray.show_state(shown.state)
    assert not item.isEnabled()
    shown.replay("gaming")
    shown.ui.tray.show_state(shown.state)
    assert (item.text(), item.isEnabled()) == ("Bring everything back", True)
    item.trigger()
    assert shown.calls() == [("free_for_game",), ("bring_back",)]
    shown.replay("ready")
    shown.ui.tray.show_state(shown.state)
    assert item.text() == "Gaming mode: free memory and processor"
    shown.replay("first-run")
    shown.ui.tray.show_state(shown.state)
    assert not item.isVisible()


def test_the_tray_says_it_without_alarm() -> None:
    state = gallery()["gaming"].state
    now = datetime.now(UTC)

    def told(stage: Stage, **changes: Any) -> Headline:
        """The sentence when Harmony Link is in a stage."""
        services = tuple(replace(s, stage=stage, **changes) if s.name == "harmony-link" else s for s in state.services)
        return headline(replace(state, services=services), now)

    assert (told(Stage.LIMITED).title, told(Stage.LIMITED).light) == ("Gaming mode is on", Light.STOPPED)
    assert told(Stage.DEGRADED).title == "Gaming mode is on", "it is in trouble because others rest"
    assert told(Stage.DEGRADED, roots=()).light is Light.ATTENTION
    assert told(Stage.FAILED).light is Light.FAILED
    off = tuple(replace(s, stage=Stage.STOPPED, containers=()) for s in state.services)
    assert headline(replace(state, services=off), now).title == "Gaming mode is on"


def test_the_page_says_what_was_freed_and_brings_it_back(panel: Make) -> None:
    shown = panel("gaming")
    banner = child(shown.window, GamingBanner)
    assert banner.title.text() == "12.5 GB of the graphics card’s memory were freed."
    assert "Speech Engine is stopped." in banner.text.text()
    assert "13.4 GB in use before" in banner.text.text()
    shown.button("Bring everything back").click()
    shown.button("Leave it like this").click()
    assert shown.calls() == [("bring_back",), ("forget_gaming",)]
    assert not banner.rest.isVisible()

    shown.replay("gaming-half")
    assert "so far can be brought back" in banner.text.text()
    shown.button("Free the rest").click()
    assert shown.calls()[-1] == ("free_for_game",)

    shown.replay("gaming-freeing")
    assert not banner.isVisible(), "the progress tells"
    shown.replay("gaming-back")
    assert "which stays" in banner.text.text()
    banner.close_button.click()
    assert not banner.isVisible()


def test_the_palette_offers_it(panel: Make) -> None:
    shown = panel("ready-nvidia")

    def titles() -> list[str]:
        places = Places((), lambda _: None, lambda _: None, lambda _: None)
        found = [command for command in commands(shown.state, shown.intents, places) if command.group == "Gaming mode"]
        for command in found:
            command.run()
        return [command.title for command in found]

    assert titles() == ["Gaming mode: free the graphics card"]
    shown.replay("gaming")
    assert titles() == ["Bring everything back", "Gaming mode: leave everything as it is"]
    shown.replay("gaming-freeing")
    assert titles() == []
    assert shown.calls() == [("free_for_game",), ("bring_back",), ("forget_gaming",)]


@pytest.mark.parametrize("by_us", [True, False])
def test_it_is_told_when_it_is_done(by_us: bool) -> None:
    states = gallery()
    ready, on = states["ready"].state, states["gaming"].state
    operation = Operation(OperationKind.FREE) if by_us else None
    found = notices(replace(ready, operation=operation), replace(on, operation=operation))
    expected = [(Kind.GAMING, "Gaming mode is on", "The graphics card is free.")] if by_us else []
    assert found == expected, "what somebody did in a terminal needs no telling"
    assert not notices(replace(on, operation=operation), on), "told once"

    back = replace(ready, gaming_news=GamingNews("Everything is back", "Speech Engine is started."))
    going_on = replace(on, operation=Operation(OperationKind.BRING_BACK))
    told = [notice for notice in notices(going_on, back) if notice.kind is Kind.GAMING]
    assert told == [(Kind.GAMING, "Everything is back", "Speech Engine is started.")]
