"""Recorded states of the start-up settings: off, on, another copy's, and one that could not be written."""

from __future__ import annotations

from harmony_desktop.control.autostart import AutostartState, Entry
from harmony_desktop.control.store import Store
from harmony_desktop.stack.errors import HarmonyError

STARTUP_STATES = {
    "startup": AutostartState(
        looked=True,
        entry=Entry(
            True,
            note="It starts another copy: /home/you/Downloads/Harmony-0.9.AppImage. Switch it off and on to start "
            "this one.",
        ),
    ),
    "startup-failed": AutostartState(
        looked=True,
        fault=HarmonyError(
            "It could not be switched on",
            cause="/home/you/.config/autostart/harmony-desktop.desktop: Read-only file system",
        ),
    ),
}


class RecordedStartup:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        state: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], state: AutostartState | None) -> None:
        self._calls = calls
        self._store = Store(state or AutostartState(looked=True))

    @property
    def store(self) -> Store[AutostartState]:
        """The recorded state."""
        return self._store

    def look(self) -> None:
        """Nothing is there but the recording."""

    def switch(self, on: bool) -> None:
        """Write it down."""
        self._calls.append(("switch_autostart", on))
