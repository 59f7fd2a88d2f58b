"""The newest lines of all services, at the foot of the stack page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from harmony_desktop.control.logs import LogBook, LogLine
from harmony_desktop.control.state import StackState
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.log_text import clock, words_of
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type

LINES = 4
_PACE = 250  # milliseconds between two looks


class LatestLog(QFrame):
    """A card with a few lines and the way to all of them."""

    all_logs = Signal()

    def __init__(self, theme: Theme, book: LogBook) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        top.addWidget(label(theme, Type.STRONG, text=tr("Latest")))
        top.addStretch(1)
        more = button(theme, tr("All logs"), "link")
        more.clicked.connect(lambda _checked=False: self.all_logs.emit())
        top.addWidget(more)
        layout.addLayout(top)
        line = QFrame()
        line.setProperty("surface", "line")
        line.setFixedHeight(1)
        layout.addWidget(line)
        self.lines = _Lines(theme, book)
        layout.addWidget(self.lines)

    def show_state(self, state: StackState) -> None:
        """Take the services' names."""
        self.lines.show_names({s.name: s.title for s in state.services})


class _Lines(QFrame):
    def __init__(self, theme: Theme, book: LogBook) -> None:
        super().__init__()
        self._theme = theme
        self._book = book
        self._titles: dict[str, str] = {}
        self._lines: list[LogLine] = []
        self._unsubscribe: Callable[[], None] = lambda: None
        self._metrics = QFontMetricsF(theme.mono)
        self._row = round(self._metrics.height() * 1.22)
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_PACE)
        self._pace.timeout.connect(self._take)
        self.setProperty("surface", "log-foot")
        self.setAccessibleName(tr("Latest log lines"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self._row * LINES + 2 * Space.M)
        theme.changed.connect(self.update)

    def show_names(self, titles: dict[str, str]) -> None:
        if titles != self._titles:
            self._titles = titles
            self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._book.subscribe(self._wake)
        self._take()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._pace.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colours
        super().paintEvent(event)
        painter = QPainter(self)
        if not self._lines:
            painter.setFont(self._theme.font(Type.SECOND))
            painter.setPen(QColor(c.second))
            words = tr("Nothing written yet.")
            painter.drawText(self.rect().adjusted(Space.L, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
            return
        painter.setFont(self._theme.mono)
        column = self._metrics.horizontalAdvance("0")
        order = {name: i for i, name in enumerate(self._titles)}
        names = min(16, max((len(title) for title in self._titles.values()), default=8))
        for row, line in enumerate(self._lines):
            y = Space.M + row * self._row + self._metrics.ascent()
            painter.setPen(QColor(c.faint))
            painter.drawText(QPointF(Space.L, y), clock(line.time_ns)[:8])
            title = self._titles.get(line.service, line.service)
            painter.setPen(QColor(c.services[order.get(line.service, 0) % len(c.services)]))
            painter.drawText(
                QPointF(Space.L + column * 10, y), title if len(title) <= names else title[: names - 1] + "…"
            )
            left = Space.L + column * (12 + names)
            room = self.width() - left - Space.L
            painter.setPen(QColor(c.text))
            text = words_of(line)[: int(room // column) + 2]
            painter.drawText(QPointF(left, y), self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))

    def _wake(self) -> None:
        if not self._pace.isActive():
            self._pace.start()

    def _take(self) -> None:
        self._lines = self._book.newest(LINES)
        self.setAccessibleDescription("\n".join(words_of(line) for line in self._lines))
        self.update()
