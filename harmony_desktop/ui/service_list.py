"""The card with one row for each service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from harmony_desktop.control.ports import Usage
from harmony_desktop.control.state import StackState
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.ui.headline import can_act
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.service_row import ServiceRow
from harmony_desktop.ui.style import mark
from harmony_desktop.ui.theme import Theme
from harmony_desktop.ui.usage_history import UsageHistory

_NARROW = 840
_TINY = 600
_BATCH = 6  # rows that are made in one turn of the loop: each takes some milliseconds

#: What a row asks for, passed on under the same names.
_SIGNALS = (
    *("start", "stop", "restart", "show_log", "open_page", "copy_address"),
    *("update_wanted", "adjust_wanted", "details_wanted"),
)


class ServiceList(QFrame):
    """All services, one below the other, in columns that stand."""

    start = Signal(str)
    stop = Signal(str)
    restart = Signal(str)
    show_log = Signal(str)
    open_page = Signal(str)
    copy_address = Signal(str)
    update_wanted = Signal(str)
    adjust_wanted = Signal(str)
    details_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self.rows: dict[str, ServiceRow] = {}
        self._state: StackState | None = None
        self._names: tuple[str, ...] = ()
        self._news = UpdateNews()
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.setInterval(0)
        self._more.timeout.connect(self._make_more)
        self.history = UsageHistory()
        self._gpu: Mapping[str, int] = {}
        self._folded: int | None = None
        self._selected = ""
        self.setProperty("surface", "card")
        self.setAccessibleName(tr("Services"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(1, 1, 1, 1)
        self._layout.setSpacing(0)

    def show_state(self, state: StackState, now: datetime) -> None:
        """Show the services of a state; rows are kept as long as the same services are there."""
        self._state = state
        names = tuple(s.name for s in state.services)
        if self._names != names:
            self._rebuild(names)
        self._show(now)

    def _show(self, now: datetime) -> None:
        """Show each service whose row is there already."""
        state = self._state
        if state is None:
            return
        allowed = can_act(state)
        for service in state.services:
            if service.name in self.rows:
                self.rows[service.name].show_service(service, now, allowed)
        width = max((row.pages_width() for row in self.rows.values()), default=0)
        for row in self.rows.values():
            row.set_pages_width(width)

    def show_news(self, news: UpdateNews) -> None:
        """Mark the services that have an update."""
        self._news = news
        items = {item.service: item for item in news.items}
        for name, row in self.rows.items():
            row.show_update(items.get(name))

    def show_usage(self, usage: Mapping[str, Usage]) -> None:
        """Take one sample and draw it."""
        self.history.add(usage)
        for name, row in self.rows.items():
            row.show_usage(usage.get(name), self.history.cpu.get(name), self.history.memory.get(name))

    def show_gpu(self, used: Mapping[str, int]) -> None:
        """Show how much of the graphics cards' memory each service has."""
        self._gpu = used
        for name, row in self.rows.items():
            row.show_gpu(used.get(name, 0))

    def select(self, name: str) -> ServiceRow | None:
        """Mark the service whose details are open ("" for none) and return its row."""
        self._selected = name
        for other, row in self.rows.items():
            row.select(other == name)
        return self.rows.get(name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the charts away where they would crowd out the words."""
        super().resizeEvent(event)
        self._fold()

    def _rebuild(self, names: tuple[str, ...]) -> None:
        for row in self.rows.values():
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        self._folded = None
        self._names = names
        self._make()

    def _make_more(self) -> None:
        self._make()
        self._show(datetime.now().astimezone())
        self.show_news(self._news)

    def _make(self) -> None:
        """Make some of the rows that are missing; the rest follow in turns of their own."""
        missing = [name for name in self._names if name not in self.rows]
        for service in missing[:_BATCH]:
            row = ServiceRow(self._theme, self._turning, first=not self.rows)
            for name in _SIGNALS:
                source, target = getattr(row, name), getattr(self, name)
                emit: Callable[[str], None] = target.emit
                source.connect(emit)
            self.rows[service] = row
            row.select(service == self._selected)
            row.show_gpu(self._gpu.get(service, 0))
            self._layout.addWidget(row)
            if self._folded is not None:
                row.set_folded(self._folded)
        for name, row in self.rows.items():
            mark(row, "last", "yes" if name == self._names[-1] else "no")
        if len(missing) > _BATCH:
            self._more.start()
        self._fold()

    def _fold(self) -> None:
        folded = (self.width() < self._theme.scaled(_NARROW)) + (self.width() < self._theme.scaled(_TINY))
        if folded != self._folded:
            self._folded = folded
            for row in self.rows.values():
                row.set_folded(folded)
