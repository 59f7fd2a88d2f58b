"""Sixty-four services that change all the time: nothing takes long, and only what changed is painted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Stage
from harmony_desktop.ui.gallery import LINK, SPEECH, TEXT, gallery
from harmony_desktop.ui.stack_page import StackPage

from .conftest import Panel

Make = Callable[..., Panel]
#: CPU seconds that one callback may take.
LONGEST = 0.05
STAGES = (Stage.READY, Stage.DEGRADED, Stage.FAILED, Stage.STARTING)


def stack(panel: Panel) -> StackPage:
    page = panel.window.widget("stack")
    assert isinstance(page, StackPage)
    return page


class Paints(QObject):
    """Counts how often widgets are painted."""

    def __init__(self, *watched: QWidget) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        for widget in watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint and isinstance(watched, QWidget):
            self.count[watched.accessibleName()] += 1
        return False


@pytest.mark.parametrize("details", [False, True])
def test_no_change_of_many_services_takes_long(panel: Make, qtbot: QtBot, details: bool) -> None:
    shown = panel("sixty-four")
    rows = stack(shown).sections.services.rows
    qtbot.waitUntil(lambda: len(rows) == 64 or len(stack(shown).sections.services.rows) == 64)
    if details:
        shown.window.show_details("service-03")
    spent = []
    for step in range(8):
        services = tuple(
            replace(service, stage=STAGES[(number + step) % 4] if number % 3 == 0 else service.stage, reason=f"{step}")
            for number, service in enumerate(shown.state.services)
        )
        before = time.thread_time()
        shown.change(services=services)
        between = time.thread_time()
        QApplication.processEvents()
        spent.append(max(between - before, time.thread_time() - between))
    # The usual case, not the one in which another test's garbage was collected.
    assert sorted(spent)[len(spent) // 2] < LONGEST


def test_only_what_has_changed_is_painted(panel: Make) -> None:
    shown = panel("ready")
    drawn = stack(shown).sections.map
    nodes = [drawn.node(name) for name in (LINK, TEXT, SPEECH)]
    QApplication.processEvents()
    paints = Paints(drawn, *(node for node in nodes if node is not None))
    shown.change(services=tuple(replace(s, reason="another reason") for s in shown.state.services))
    QApplication.processEvents()
    assert not paints.count
    shown.change(
        services=tuple(replace(s, stage=Stage.DEGRADED) if s.name == TEXT else s for s in shown.state.services)
    )
    QApplication.processEvents()
    assert set(paints.count) >= {"Text Generation", "Map of the stack"}


def test_nothing_turns_where_no_motion_is_wanted(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harmony_desktop.ui.theme.Theme.motion", property(lambda _self: False))
    shown = panel("starting")
    shown.window.turning._turn()
    assert not shown.window.turning.active
    assert shown.window.turning.angle == 0


def test_the_engine_vanishes_and_returns(panel: Make, qtbot: QtBot) -> None:
    shown = panel("sixty-four")
    ready = shown.state
    shown.window.show_details("service-60")
    for _ in range(3):
        gone = tuple(replace(service, stage=Stage.UNKNOWN, containers=()) for service in ready.services)
        shown.change(engine=gallery()["engine-unreachable"].state.engine, services=gone)
        QApplication.processEvents()
        assert shown.window.details.sheet.isVisible()
        shown.intents.store.set(ready)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: len(stack(shown).sections.services.rows) == 64)
    assert shown.window.details.service == "service-60"
