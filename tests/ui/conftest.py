"""Widgets on Qt's offscreen platform, unless a display is asked for by QT_QPA_PLATFORM."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The words and numbers that tests look for are English, whatever the desktop of whoever runs them speaks.
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("LANGUAGE", None)
os.environ["HARMONY_LANGUAGE"] = "en"

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from harmony_desktop.control.state import StackState
from harmony_desktop.ui import style
from harmony_desktop.ui.app import DesktopUi
from harmony_desktop.ui.gallery import RecordedIntents, gallery
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.main_window import MainWindow
from harmony_desktop.ui.settings import MemorySettings
from harmony_desktop.ui.theme import Scheme, Theme

#: What the window asks for without a gesture.
_BY_ITSELF = frozenset(
    {
        "look_at_contexts",
        "watch_usage",
        "watch_machine",
        "look_at_disk",
        "look_at_service",
        "set_visible",
        "watch_updates",
        "watch_releases",
        "check_up",
    }
)


@dataclass
class Panel:
    """The whole user interface on a recording, and what it asked for."""

    ui: DesktopUi
    intents: RecordedIntents
    settings: MemorySettings
    quits: list[bool]
    tray: list[bool]

    @property
    def window(self) -> MainWindow:
        return self.ui.window

    @property
    def state(self) -> StackState:
        return self.intents.store.value

    def change(self, **fields: Any) -> None:
        """Let the core report something new."""
        self.intents.store.set(replace(self.state, **fields))

    def replay(self, name: str) -> None:
        """Let the core report another recorded state."""
        self.intents.store.set(gallery()[name].state)

    def calls(self) -> list[tuple[object, ...]]:
        """What a user asked for (not what the window asks for by itself)."""
        return [call for call in self.intents.calls if call[0] not in _BY_ITSELF]

    def button(self, name: str, parent: QWidget | None = None) -> QPushButton:
        """Find a button that is seen, as assistive technology does: by its name."""
        found = [
            made
            for made in (parent or self.window).findChildren(QPushButton)
            if (made.accessibleName() or made.text()) == name and made.isVisible()
        ]
        assert len(found) == 1, f"{len(found)} buttons are named {name}"
        return found[0]

    def buttons(self) -> set[str]:
        return {
            made.accessibleName() or made.text()
            for made in self.window.findChildren(QPushButton)
            if made.isVisible() and made.isEnabled()
        }


Child = TypeVar("Child", bound=QWidget)


def child(parent: QWidget, kind: type[Child], name: str = "") -> Child:
    """Return the one child of a kind (and of an object name, if given)."""
    found = parent.findChild(kind, name) if name else parent.findChild(kind)
    assert found is not None
    return found


def flush_deletions() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def _no_session_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show no notices on the desktop of whoever runs the tests."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Panel]]:
    """Make a panel from a recording; it is shown unless told otherwise."""
    made: list[Panel] = []

    def make(
        name: str = "ready", *, tray: bool = False, show: bool = True, minimized: bool = False, **settings: Any
    ) -> Panel:
        intents = RecordedIntents(gallery()[name])
        kept = MemorySettings({key.replace("__", "."): value for key, value in settings.items()})
        quits: list[bool] = []
        trays = [tray]
        ui = DesktopUi(
            intents,
            settings=kept,
            quit=lambda: quits.append(True),
            start_minimized=minimized,
            tray_available=lambda: trays[0],
        )
        panel = Panel(ui, intents, kept, quits, trays)
        made.append(panel)
        if show:
            ui.show()
            qtbot.waitUntil(ui.window.isVisible)
            qapp.processEvents()
        return panel

    yield make
    for panel in made:
        if isValid(panel.ui.window):
            panel.ui.destroy()
        panel.ui.theme.deleteLater()
        panel.ui.deleteLater()
    qapp.processEvents()
    flush_deletions()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, Scheme.LIGHT)
    style.apply(qapp, made)
    yield made
    made.deleteLater()
    flush_deletions()


@pytest.fixture
def turning(theme: Theme) -> Turning:
    return Turning(theme)
