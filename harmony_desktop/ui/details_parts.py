"""The parts of a service's details: a titled list of facts, and the newest lines of its log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from harmony_desktop.control.logs import LogBook
from harmony_desktop.ui import icons
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.style import label, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

_TAIL_LINES = 6
_PACE = 250  # milliseconds between two looks at the log


class Line(NamedTuple):
    """One fact.

    Attributes:
        what: What it is ("Digest").
        text: The fact.
        copy: What its button copies, or "".
        folder: The folder that its button opens, or "".
    """

    what: str
    text: str
    copy: str = ""
    folder: str = ""


class FactList(QWidget):
    """A title and facts below it; nothing at all where there are none."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self._title = title
        self._lines: tuple[Line, ...] | None = None
        self._buttons: list[tuple[QToolButton, str]] = []
        self.setAccessibleName(title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addWidget(label(theme, Type.STRONG, text=title))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        layout.addLayout(self._rows)
        self._body: QWidget | None = None
        theme.changed.connect(self._redress)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these facts and no others; the same facts cost nothing."""
        wanted = tuple(lines)
        if wanted == self._lines:
            return
        self._lines = wanted
        self._buttons = []
        if self._body is not None:
            self._rows.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self._theme.scaled(84))
        for row, line in enumerate(wanted):
            self._add(grid, row, line)
        self._rows.addWidget(self._body)
        self._redress()
        self.setVisible(bool(wanted))

    def _add(self, grid: QGridLayout, row: int, line: Line) -> None:
        what = label(self._theme, Type.SECOND, "second", line.what)
        what.setWordWrap(True)
        grid.addWidget(what, row, 0, Qt.AlignmentFlag.AlignTop)
        text = _value(self._theme, line.text)
        text.setAccessibleName(f"{line.what} {line.text}".strip())
        grid.addWidget(text, row, 1, Qt.AlignmentFlag.AlignTop)
        if line.folder:
            self._button(grid, row, "folder", tr("Open {folder}", folder=line.folder), partial(_open, line.folder))
        elif line.copy:
            self._button(grid, row, "copy", tr("Copy {text}", text=line.copy), partial(_copy, line.copy))

    def _button(self, grid: QGridLayout, row: int, icon: str, name: str, call: Callable[[], None]) -> None:
        made = tool_button(self._theme, name)
        made.setFixedSize(self._theme.scaled(26), self._theme.scaled(26))
        made.clicked.connect(lambda _checked=False: call())
        grid.addWidget(made, row, 2, Qt.AlignmentFlag.AlignTop)
        self._buttons.append((made, icon))

    def _redress(self) -> None:
        for made, name in self._buttons:
            made.setIcon(icons.icon(self._theme, name))


class LogTail(QFrame):
    """The newest lines of one service, cut where the place ends."""

    def __init__(self, theme: Theme, book: LogBook) -> None:
        super().__init__()
        self._theme = theme
        self._book = book
        self._service = ""
        self._lines: tuple[str, ...] = ()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._font = QFont(theme.mono)
        self._font.setPointSizeF(theme.points(11.5))
        self._metrics = QFontMetricsF(self._font)
        self._row = round(self._metrics.height() * 1.2)
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_PACE)
        self._pace.timeout.connect(self._take)
        self.setProperty("surface", "log-part")
        self.setAccessibleName(tr("Latest log lines"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self._fit()

    def show_service(self, service: str) -> None:
        """Show the lines of a service."""
        if service != self._service:
            self._service = service
            self._take()

    def showEvent(self, event: QShowEvent) -> None:
        """Follow while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._book.subscribe(self._wake)
        self._take()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._pace.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines."""
        super().paintEvent(event)
        c = self._theme.colours
        painter = QPainter(self)
        if not self._lines:
            painter.setFont(self._theme.font(Type.SECOND))
            painter.setPen(QColor(c.second))
            painter.drawText(
                self.rect().adjusted(Space.M, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, tr("Nothing written yet.")
            )
            return
        painter.setFont(self._font)
        painter.setPen(QColor(c.text))
        room = self.width() - 2 * Space.M
        for row, line in enumerate(self._lines):
            y = Space.S + row * self._row + self._metrics.ascent()
            painter.drawText(QPointF(Space.M, y), self._metrics.elidedText(line, Qt.TextElideMode.ElideRight, room))

    def _wake(self) -> None:
        if not self._pace.isActive():
            self._pace.start()

    def _take(self) -> None:
        # Longer than any place is wide: measuring a line of 100,000 characters takes long.
        lines = tuple(line[:400] for line in self._book.tail(self._service, _TAIL_LINES)) if self._service else ()
        if lines != self._lines:
            self._lines = lines
            self.setAccessibleDescription("\n".join(lines))
            self._fit()
            self.update()

    def _fit(self) -> None:
        self.setFixedHeight(self._row * max(2, len(self._lines)) + 2 * Space.S)


def _value(theme: Theme, text: str) -> QLabel:
    made = label(theme, Type.SECOND, text=_breakable(text))
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made


def _breakable(text: str) -> str:
    """Return a text that may be broken behind the signs that paths and references are made of."""
    for sign in "/:@-_":
        text = text.replace(sign, f"{sign}\u200b")
    return text


def _open(folder: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
