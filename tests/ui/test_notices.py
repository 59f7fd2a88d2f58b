"""Notices: what is told to a person who does not look, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QCheckBox

from harmony_desktop.control.state import Problem, StackState, Stage
from harmony_desktop.ui.gallery import SPEECH, gallery
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.notices import Kind, notices
from harmony_desktop.ui.settings import MemorySettings
from harmony_desktop.ui.teller import Teller, key

from .conftest import Panel

Make = Callable[..., Panel]


def recorded(name: str) -> StackState:
    return gallery()[name].state


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("starting", "ready", [(Kind.READY, "Harmony is ready")]),
        ("stopped", "ready", [(Kind.READY, "Harmony is ready")]),
        ("ready", "ready-nvidia", []),
        ("loading", "ready", []),
        ("engine-searching", "ready", []),
        ("ready", "out-of-memory", [(Kind.FAILED, "Speech Engine failed")]),
        ("out-of-memory", "out-of-memory", []),
        ("ready", "all-failed", [(Kind.FAILED, "Services failed")]),
        ("ready", "stopping", []),
        ("ready", "stopped", []),
        ("ready", "engine-stopped", [(Kind.FAILED, "Docker has stopped")]),
        ("engine-stopped", "ready", []),
        ("stopped", "engine-stopped", []),
        ("first-run", "stopped", []),
    ],
)
def test_what_a_change_is_worth(before: str, after: str, told: list[tuple[Kind, str]]) -> None:
    found = notices(recorded(before), recorded(after))
    assert [(notice.kind, notice.title) for notice in found] == told


def test_an_operation_that_failed_is_told_once() -> None:
    during = recorded("pulling")
    after = replace(during, operation=None, problem=Problem("Cannot fetch the image", "The registry is away.\nMore."))
    [notice] = notices(during, after)
    assert notice == (Kind.FAILED, "Cannot fetch the image", "The registry is away.")
    assert notices(after, replace(after, warnings=("one",))) == []


def test_a_failure_names_its_reason() -> None:
    services = tuple(
        replace(s, stage=Stage.FAILED, reason="out of memory") if s.name == SPEECH else s
        for s in recorded("ready").services
    )
    [notice] = notices(recorded("ready"), replace(recorded("ready"), services=services))
    assert notice.text == "Out of memory"


def test_nothing_is_told_to_those_who_look_or_do_not_want_it() -> None:
    said: list[str] = []
    looking = [True]
    settings = MemorySettings()
    teller = Teller(recorded("starting"), settings, lambda: looking[0], lambda title, _text: said.append(title))
    teller.follow(recorded("ready"))
    assert said == []
    looking[0] = False
    teller.follow(recorded("out-of-memory"))
    assert said == ["Speech Engine failed"]
    settings.set(key(Kind.READY), False)
    teller.follow(recorded("ready"))
    assert said == ["Speech Engine failed"]


def test_each_kind_has_its_switch(panel: Make) -> None:
    made = panel("ready")
    made.window.show_page(SETTINGS)
    boxes = {box.text(): box for box in made.window.widget(SETTINGS).findChildren(QCheckBox)}
    boxes["There is an update"].click()
    assert made.settings.get(key(Kind.UPDATE)) is False
    assert boxes["Harmony is ready"].isChecked()
