"""Tells notices through the desktop's own service, to those who want them and do not look at the window anyway."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

from PySide6.QtCore import QProcess

from harmony_desktop.control.state import StackState
from harmony_desktop.ui.notices import Kind, Notice, notices
from harmony_desktop.ui.settings import Settings, flag
from harmony_desktop.ui.tray import Tray


def key(kind: Kind) -> str:
    """Return the name of the setting that switches a kind of notice."""
    return f"notices.{kind}"


class Teller:
    """Watches the state for what is worth telling.

    Args:
        state: The state at the beginning.
        settings: Which kinds are wanted; all, unless the user says otherwise.
        looked_at: Whether somebody looks at the window right now.
        tell: Shows a title and a text.
    """

    def __init__(
        self, state: StackState, settings: Settings, looked_at: Callable[[], bool], tell: Callable[[str, str], object]
    ) -> None:
        self._state = state
        self._settings = settings
        self._looked_at = looked_at
        self._tell = tell

    def follow(self, state: StackState) -> None:
        """Take the next state."""
        found = notices(self._state, state)
        self._state = state
        for notice in found:
            self.tell(notice)

    def tell(self, notice: Notice) -> None:
        """Tell, unless the user looks at the window or does not want this kind."""
        if not self._looked_at() and flag(self._settings, key(notice.kind), True):
            self._tell(notice.title, notice.text)


def tell_desktop(tray: Tray, title: str, text: str) -> None:
    """Show a notice by the tray icon (Windows, macOS, most Linux desktops), else by the desktop's program for it."""
    if tray.available:
        tray.tell(title, text)
    elif sys.platform == "linux" and (program := shutil.which("notify-send")) is not None:
        QProcess.startDetached(program, ["--app-name=Harmony", "--icon=harmony-desktop", "--", title, text])
