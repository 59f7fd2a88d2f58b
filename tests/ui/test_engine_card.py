"""The card of an engine that is not there, and the choice of the Docker context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QRadioButton, QWidget

from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.ui.context_choice import ContextCard
from harmony_desktop.ui.engine_card import EngineCard
from harmony_desktop.ui.gallery_engine import engine_states
from harmony_desktop.ui.main_window import SETTINGS

from .conftest import Panel, child

Make = Callable[..., Panel]


def words(parent: QWidget) -> str:
    return "\n".join(made.text() for made in parent.findChildren(QLabel) if made.isVisible())


def card(shown: Panel) -> EngineCard:
    return next(made for made in shown.window.findChildren(EngineCard) if made.isVisible())


def buttons(shown: Panel) -> dict[str, str]:
    """The card's buttons with their kinds."""
    found = [made for made in card(shown).findChildren(QPushButton) if made.isVisible()]
    return {made.text(): str(made.property("kind")) for made in found}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("engine-absent", ["Install Docker*", "Try again", "Copy the commands"]),
        ("engine-stopped", ["Start Docker*", "Try again", "Copy the command"]),
        ("engine-stopped-by-hand", ["Try again*"]),
        ("engine-searching", []),
        ("engine-starting", []),
        ("engine-being-started", ["Cancel"]),
        ("engine-denied", ["Read how", "Try again*", "Copy the command"]),
        ("engine-denied-session", ["Try again*"]),
        ("engine-unreachable", ["Try again*", "Copy the command"]),
        ("engine-ssh", ["Try again*", "Copy the commands"]),
        ("engine-too-old", ["Read how*", "Try again", "Copy the commands"]),
        ("first-run-no-engine", ["Install Docker", "Try again", "Copy the commands"]),  # the offer above it is filled
    ],
)
def test_the_buttons_of_each_state(panel: Make, name: str, expected: list[str]) -> None:
    """The one with the star is filled."""
    found = buttons(panel(name))
    assert [f"{text}*" if kind == "primary" else text for text, kind in found.items()] == expected


@pytest.mark.parametrize("name", engine_states())
def test_everything_that_is_known_is_said(panel: Make, name: str) -> None:
    shown = panel(name)
    said = words(card(shown))
    engine = shown.state.engine
    for part in (engine.reason, engine.help.advice, *engine.help.commands):
        assert part in said
    if engine.help.start is not None:
        assert engine.help.start.explanation in said


@pytest.mark.parametrize(
    ("name", "button", "call"),
    [
        ("engine-stopped", "Start Docker", "start_engine"),
        ("engine-stopped", "Try again", "retry_engine"),
        ("engine-being-started", "Cancel", "cancel_engine_start"),
        ("first-run-no-engine", "Try again", "retry_engine"),
    ],
)
def test_presses_become_intents(panel: Make, name: str, button: str, call: str) -> None:
    shown = panel(name)
    QTest.mouseClick(shown.button(button), Qt.MouseButton.LeftButton)
    assert shown.calls() == [(call,)]


def test_the_commands_are_copied(panel: Make) -> None:
    shown = panel("engine-absent")
    commands = shown.state.engine.help.commands
    QTest.mouseClick(shown.button("Copy the commands"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().splitlines() == list(commands)
    assert "Copied" in buttons(shown)
    shown.replay("engine-denied")
    assert "Copy the command" in buttons(shown), "another state, another word"


def test_the_page_is_opened(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    QTest.mouseClick(panel("engine-absent").button("Install Docker"), Qt.MouseButton.LeftButton)
    assert [url.toString() for url in opened] == ["https://docs.docker.com/engine/install/ubuntu/"]


def test_the_card_goes_when_the_engine_comes(panel: Make) -> None:
    shown = panel("engine-stopped")
    found = card(shown)
    shown.replay("engine-being-started")
    assert buttons(shown) == {"Cancel": "plain"}
    shown.replay("ready")
    assert not found.isVisible()


# The choice of the context


def contexts(shown: Panel) -> dict[str, QRadioButton]:
    shown.window.show_page(SETTINGS)
    found = child(shown.window.widget(SETTINGS), ContextCard)
    return {made.objectName(): made for made in found.findChildren(QRadioButton) if made.isVisibleTo(found)}


def test_the_contexts_are_listed_and_one_is_chosen(panel: Make) -> None:
    shown = panel("ready")
    found = contexts(shown)
    assert list(found) == ["", "default", "desktop-linux", "studio", "attic", "old"]
    assert found[""].text() == "As the docker command has it (default)"
    assert [name for name, made in found.items() if made.isChecked()] == ["studio"]
    assert [name for name, made in found.items() if not made.isEnabled()] == ["old"], "it is broken"
    assert "over SSH, experimental" in found["attic"].accessibleDescription()
    assert "is damaged" in found["old"].accessibleDescription()
    assert ("look_at_contexts",) in shown.intents.calls, "another program may have made some"
    QTest.mouseClick(found["desktop-linux"], Qt.MouseButton.LeftButton)
    assert shown.calls() == [("choose_context", "desktop-linux")]


def test_what_overrules_the_choice_is_said(panel: Make) -> None:
    shown = panel("ready")
    contexts(shown)
    overruled = "DOCKER_HOST is set to tcp://h:1 where Harmony was started."
    shown.change(contexts=replace(shown.state.contexts, overruled=overruled))
    found = contexts(shown)
    assert not any(made.isEnabled() for made in found.values())
    assert f"{overruled} That goes before what is chosen here." in words(shown.window)


def test_nothing_is_chosen_while_something_goes_on(panel: Make) -> None:
    shown = panel("ready")
    contexts(shown)
    shown.change(operation=Operation(OperationKind.STOP))
    assert not any(made.isEnabled() for made in contexts(shown).values())
    shown.change(operation=None)
    assert contexts(shown)["studio"].isEnabled()


def test_every_status_is_recorded() -> None:
    statuses = {state.status for state in engine_states().values()}
    assert statuses == set(EngineStatus) - {EngineStatus.READY}
