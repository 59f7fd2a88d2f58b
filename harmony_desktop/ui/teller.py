"""Tells notices through the desktop's own service, to those who want them and do not look at the window anyway."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui.notices import Kind, Notice, notices
from harmony_desktop.ui.settings import Settings, flag
from harmony_desktop.ui.tray import Tray

if TYPE_CHECKING:
    from harmony_desktop.ui.notification_service import NotificationService


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


class Outlet(QObject):
    """Shows notices: on Linux by the desktop's notification service (no tray needed), elsewhere by the tray icon."""

    clicked = Signal()
    """Somebody has clicked a notice."""

    def __init__(self, tray: Tray) -> None:
        super().__init__(tray)
        self._tray = tray
        self._service: NotificationService | None = None

    def tell(self, title: str, text: str) -> None:
        """Show a title and a text."""
        if sys.platform != "linux":
            self._tray.tell(title, text)
            return
        if self._service is None:
            from harmony_desktop.ui.notification_service import NotificationService  # noqa: PLC0415 - for the first one

            self._service = NotificationService(self)
            self._service.clicked.connect(self.clicked)
            self._service.refused.connect(self._tray.tell)
        self._service.tell(title, text)

    def close(self) -> None:
        """Hear of no more clicks."""
        if self._service is not None:
            self._service.close()
