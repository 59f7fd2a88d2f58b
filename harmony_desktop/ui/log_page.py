"""The page of logs: which service, search, times, save."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.logs import LogLine
from harmony_desktop.control.state import StackState
from harmony_desktop.ui import icons
from harmony_desktop.ui.flow import FlowLayout
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.log_text import as_file_line
from harmony_desktop.ui.log_view import LogView
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

_ALL = ""


class LogPage(QWidget):
    """Shows the log of all services or of one."""

    saved = Signal(str, str)
    """A file was written: its path and "", or the reason why not."""

    def __init__(self, theme: Theme, intents: Intents, settings: Settings) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self._chips: dict[str, QPushButton] = {}
        self._services: tuple[tuple[str, str], ...] = ()
        self.view = LogView(theme, intents.logs)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._build()
        self._redress()
        theme.changed.connect(self._redress)
        self.saved.connect(self._tell_saved)
        self._case.setChecked(flag(settings, Key.LOG_CASE))
        self._time.setChecked(flag(settings, Key.LOG_TIME, default=True))
        self.setFocusProxy(self.view)
        self.show_state(intents.store.value)

    def show_state(self, state: StackState) -> None:
        """Offer the services of a state."""
        services = tuple((s.name, s.title) for s in state.services)
        if services == self._services and self._chips:
            return
        self._services = services
        self.view.show_names(dict(services))
        chosen = self.view.lines.service
        for chip in self._chips.values():
            self._group.removeButton(chip)
            self._chip_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = {}
        for name, title in ((_ALL, tr("All services")), *services):
            chip = button(self._theme, title, "chip")
            chip.setCheckable(True)
            chip.clicked.connect(partial(self._choose, name))
            self._group.addButton(chip)
            self._chip_row.addWidget(chip)
            self._chips[name] = chip
        if chosen is not None and chosen not in dict(services):
            self.view.show_service(None)
            chosen = None
        self._chips[chosen or _ALL].setChecked(True)
        self._redress()

    def show_service(self, name: str) -> None:
        """Show one service's log ("" for all)."""
        if name in self._chips:
            self._chips[name].setChecked(True)
            self._choose(name)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def save_to(self, path: str) -> None:
        """Write the lines that are shown to a file, in a thread: a full book takes a while."""
        lines = tuple(self.view.lines)
        threading.Thread(target=self._write, args=(path, lines), name="save-log", daemon=True).start()

    def _write(self, path: str, lines: tuple[LogLine, ...]) -> None:
        target = Path(path)
        part = target.with_name(target.name + ".part")
        try:
            with part.open("w", encoding="utf-8") as file:
                file.writelines(map(as_file_line, lines))
            part.replace(target)
        except OSError as error:
            self.saved.emit(path, error.strerror or str(error))
        else:
            self.saved.emit(path, "")

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XXL - 2, Space.XL, Space.XXL - 2, Space.XL)
        layout.setSpacing(Space.M)
        top = QHBoxLayout()
        title = label(self._theme, Type.HEADLINE, text=tr("Logs"))
        self._told = label(self._theme, Type.SECOND, "second")
        self._save = button(self._theme, tr("Save…"), "small")
        self._save.setToolTip(tr("Save the lines that are shown"))
        self._save.clicked.connect(self._ask_where)
        top.addWidget(title)
        top.addStretch(1)
        top.addWidget(self._told)
        top.addSpacing(Space.S)
        top.addWidget(self._save)
        layout.addLayout(top)
        chips = QWidget()
        self._chip_row = FlowLayout(chips, Space.S)
        layout.addWidget(chips)
        frame = QFrame()
        frame.setProperty("surface", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addLayout(self._tools())
        line = QFrame()
        line.setProperty("surface", "line")
        line.setFixedHeight(1)
        inside.addWidget(line)
        inside.addWidget(self.view, 1)
        ground = QFrame()
        ground.setProperty("surface", "log-foot")
        ground.setFixedHeight(Space.S)  # keeps the view's square corners inside the card's round ones
        inside.addWidget(ground)
        layout.addWidget(frame, 1)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        row.setSpacing(Space.S)
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Search"))
        self._search.setAccessibleName(tr("Search in the log"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._look)
        self._search.returnPressed.connect(partial(self.view.go_to_hit, True))
        back = QShortcut(QKeySequence(Qt.Modifier.SHIFT | Qt.Key.Key_Return), self._search)
        back.setContext(Qt.ShortcutContext.WidgetShortcut)
        back.activated.connect(partial(self.view.go_to_hit, False))
        self._count = label(self._theme, Type.SECOND, "second")
        self._count.setMinimumWidth(self._theme.scaled(72))
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._previous = tool_button(self._theme, tr("Previous hit"))
        self._previous.clicked.connect(partial(self._go, False))
        self._next = tool_button(self._theme, tr("Next hit"))
        self._next.clicked.connect(partial(self._go, True))
        self._case = button(self._theme, "Aa", "chip")
        self._case.setCheckable(True)
        self._case.setAccessibleName(tr("Match case"))
        self._case.setToolTip(tr("Match case"))
        self._case.toggled.connect(self._set_case)
        self._time = button(self._theme, tr("Time"), "chip")
        self._time.setCheckable(True)
        self._time.setAccessibleName(tr("Show times"))
        self._time.toggled.connect(self._set_time)
        self.view.searched.connect(self._count_hits)
        row.addWidget(self._search, 1)
        row.addWidget(self._count)
        for widget in (self._previous, self._next, self._case):
            row.addWidget(widget)
        row.addWidget(self._time)
        self._count_hits()
        return row

    def _choose(self, name: str, _checked: bool = False) -> None:
        self.view.show_service(name or None)

    def _look(self) -> None:
        self.view.look_for(self._search.text(), self._case.isChecked())

    def _go(self, forwards: bool, _checked: bool = False) -> None:
        self.view.go_to_hit(forwards)

    def _set_case(self, match: bool) -> None:
        self._settings.set(Key.LOG_CASE, match)
        self._look()

    def _set_time(self, shown: bool) -> None:
        self._settings.set(Key.LOG_TIME, shown)
        self.view.show_time(shown)

    def _count_hits(self) -> None:
        place, count = self.view.hits()
        text = ""
        if self.view.search.pattern is not None:
            text = tr("{place} of {count}", place=place, count=count) if place else tr("{n} found", n=count)
        set_text(self._count, text)
        self._previous.setEnabled(count > 0)
        self._next.setEnabled(count > 0)

    def _ask_where(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"{self.view.lines.service or 'harmony'}.log"
        dialog = QFileDialog(self, tr("Save log"), str(Path(folder or str(Path.home())) / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("log")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def _tell_saved(self, path: str, fault: str) -> None:
        name = Path(path).name
        set_text(
            self._told, tr("{name} not saved: {why}", name=name, why=fault) if fault else tr("{name} saved", name=name)
        )
        self._told.setToolTip(path)

    def _redress(self) -> None:
        theme = self._theme
        self._previous.setIcon(icons.icon(theme, "up", greyed=True))
        self._next.setIcon(icons.icon(theme, "down", greyed=True))
        colours = theme.colours.services
        for index, (name, _) in enumerate(self._services):
            self._chips[name].setIcon(icons.dot(colours[index % len(colours)], 8, 5))
            self._chips[name].setIconSize(QSize(13, 8))
