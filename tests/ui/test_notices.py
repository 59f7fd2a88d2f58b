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
from harmony_desktop.ui.settings import Key, MemorySettings
from harmony_desktop.ui.teller import Teller, key

from .conftest import Panel

Make = Callable[..., Panel]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "systemTrayWindowChanged", extend=True)


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


def told(shown: Panel) -> list[str]:
    """What the panel tells from now on, looked at or not."""
    said: list[str] = []
    shown.ui.corner.teller._tell = lambda title, _text: said.append(title)
    return said


def test_updates_are_told_once_for_each_set_of_them(panel: Make) -> None:
    shown = panel("ready", show=False)
    said = told(shown)
    news = gallery()["updates"].news
    shown.intents.news.set(news)
    assert said == ["Two updates are available"]
    shown.intents.news.set(replace(news, asked_at=None))
    assert len(said) == 1
    again = panel("ready", show=False, **{Key.UPDATES_TOLD.replace(".", "__"): shown.settings.get(Key.UPDATES_TOLD)})
    said_later = told(again)
    again.intents.news.set(news)
    assert said_later == [], "not even after another start"
    first, *rest = news.items
    again.intents.news.set(replace(news, items=(replace(first, available="sha256:77"), *rest)))
    assert said_later == ["Two updates are available"]


def test_updates_are_not_told_to_those_who_do_not_want_it(panel: Make) -> None:
    shown = panel("ready", show=False, notices__update=False)
    said = told(shown)
    shown.intents.news.set(gallery()["updates"].news)
    assert said == []


def test_a_click_on_a_notice_raises_the_window(panel: Make) -> None:
    shown = panel("ready", tray=True, told__tray=True)
    shown.window.close()
    assert not shown.window.isVisible()
    shown.ui.corner.outlet.clicked.emit()
    assert shown.window.isVisible()
