"""What macOS tells an application, played on another system: by the events and signals that Qt makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication

from harmony_desktop.ui.mac_habits import MacHabits

ACTIVE, INACTIVE = Qt.ApplicationState.ApplicationActive, Qt.ApplicationState.ApplicationInactive


@dataclass
class Window:
    shown: bool = True
    deeds: list[str] = field(default_factory=list)


@pytest.fixture
def habits(qapp: QApplication) -> Iterator[Callable[..., Window]]:
    made: list[MacHabits] = []

    def make(*, shown: bool = True, began_hidden: bool = False) -> Window:
        window = Window(shown)
        deeds = window.deeds
        made.append(
            MacHabits(
                qapp,
                lambda: deeds.append("show"),
                lambda: deeds.append("leave"),
                lambda: window.shown,
                began_hidden=began_hidden,
            )
        )
        return window

    yield make
    for each in made:
        each.end()


def test_a_click_on_the_docks_icon_shows_a_hidden_window(habits: Callable[..., Window], qapp: QApplication) -> None:
    window = habits(shown=False)
    qapp.applicationStateChanged.emit(INACTIVE)
    assert window.deeds == []
    qapp.applicationStateChanged.emit(ACTIVE)
    assert window.deeds == ["show"]
    window.shown = True
    qapp.applicationStateChanged.emit(ACTIVE)
    assert window.deeds == ["show"]


def test_a_start_into_the_tray_stays_there(habits: Callable[..., Window], qapp: QApplication) -> None:
    window = habits(shown=False, began_hidden=True)
    qapp.applicationStateChanged.emit(ACTIVE)
    assert window.deeds == []
    qapp.applicationStateChanged.emit(ACTIVE)
    assert window.deeds == ["show"]


def test_command_q_quits_the_panel_and_closes_no_window(habits: Callable[..., Window], qapp: QApplication) -> None:
    window = habits()
    QCoreApplication.sendEvent(qapp, QEvent(QEvent.Type.Quit))
    assert window.deeds == ["leave"]
