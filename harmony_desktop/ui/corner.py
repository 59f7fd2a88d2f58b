"""The corner of the desktop: the tray icon, and what is told beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harmony_desktop.ui.teller import Outlet, Teller
from harmony_desktop.ui.tray import Tray

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from harmony_desktop.control.intents import Intents
    from harmony_desktop.ui.settings import Settings


class Corner:
    """Tray icon, outlet of notices, and who decides what is worth one.

    Args:
        parent: Whom they belong to.
        intents: What can be asked of the core, and what there is to show.
        settings: Which notices are wanted.
        tray_available: Whether the desktop has a tray; None for Qt's answer.
        looked_at: Whether somebody looks at the window right now.
    """

    def __init__(
        self,
        parent: QObject,
        intents: Intents,
        settings: Settings,
        tray_available: Callable[[], bool] | None,
        looked_at: Callable[[], bool],
    ) -> None:
        self.tray = Tray(parent, intents, tray_available)
        self.outlet = Outlet(self.tray)
        self.teller = Teller(intents.store.value, settings, looked_at, self.outlet.tell)

    def end(self) -> None:
        """Take all of it away."""
        self.outlet.close()
        self.tray.end()
        self.tray.deleteLater()
