"""The page of logs: which lines, search, looks, copies on disk."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackState
from harmony_desktop.ui import log_accessible
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.log_export import Extract, LogSaver, shown_of
from harmony_desktop.ui.log_filter_bar import FilterBar
from harmony_desktop.ui.log_lines import MANY
from harmony_desktop.ui.log_parts import Filter
from harmony_desktop.ui.log_search_bar import SearchBar
from harmony_desktop.ui.log_view import LogView
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import button, label, mark
from harmony_desktop.ui.theme import Space, Theme, Type


class LogPage(QWidget):
    """Shows the log of all services or of some."""

    def __init__(self, theme: Theme, intents: Intents, settings: Settings) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self._book = intents.logs
        self._cleared = 0
        self.view = LogView(theme, intents.logs)
        log_accessible.install(self.view)
        self.search = SearchBar(theme, settings)
        self.filters = FilterBar(theme, settings)
        self.saver = LogSaver(self)
        self._build()
        theme.changed.connect(self._redress)
        self.filters.changed.connect(self._filter)
        self.search.changed.connect(self._look)
        self.search.onward.connect(self.view.go_to_match)
        self.search.left.connect(self.view.setFocus)
        self.view.searched.connect(self._count_matches)
        self.view.taken.connect(self._count_lines)
        self.saver.progressed.connect(self._tell_progress)
        self.saver.saved.connect(self._tell_saved)
        self.setFocusProxy(self.view)
        self._shortcuts()
        self.show_state(intents.store.value)
        self._filter()
        self._count_matches()

    def show_state(self, state: StackState) -> None:
        """Offer the services of a state."""
        services = tuple((s.name, s.title) for s in state.services)
        if self.filters.show_services(services):
            self.view.show_names(dict(services))
            self._filter()
            self._count_lines()

    def show_service(self, name: str) -> None:
        """Show one service's log ("" for all)."""
        self.filters.choose(frozenset({name}) if name else frozenset())

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.focus()

    def save_to(self, path: str, *, everything: bool = False) -> None:
        """Write lines to a file, in a thread: a full book takes a while.

        Args:
            path: The file.
            everything: All there is, not only what is shown.
        """
        self._say(tr("Saving {name}…", name=Path(path).name))
        self.saver.save(path, Extract(self._book) if everything else shown_of(self.view.lines, self._book))

    def clear(self) -> None:
        """Hide the lines that are there now; nothing is lost."""
        self._cleared = self._book.next_seq
        self._filter()
        announce(self, tr("Lines hidden"))

    def show_again(self) -> None:
        """Show what was hidden by ``clear``."""
        self._cleared = 0
        self._filter()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XXL - 2, Space.XL, Space.XXL - 2, Space.XL)
        layout.setSpacing(Space.M)
        layout.addLayout(self._top())
        layout.addWidget(self.filters)
        frame = QFrame()
        frame.setProperty("surface", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addWidget(self.search)
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

    def _top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        self._told = ElidedLabel(self._theme, Type.SECOND, "second")
        self._told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._again = button(self._theme, tr("Show all again"), "link")
        self._again.clicked.connect(lambda _checked=False: self.show_again())
        self._again.hide()
        self._time = self._toggle(tr("Times"), tr("Show times"), Key.LOG_TIME, default=True)
        self._time.toggled.connect(self.view.show_time)
        self.view.show_time(self._time.isChecked())
        self._wrap = self._toggle(tr("Wrap"), tr("Wrap long lines"), Key.LOG_WRAP, default=False)
        self._wrap.toggled.connect(self.view.set_wrapped)
        self.view.set_wrapped(self._wrap.isChecked())
        clear = button(self._theme, tr("Clear"), "small")
        clear.setToolTip(tr("{deed} ({keys})", deed=tr("Hide the lines that are there now"), keys="Ctrl+L"))
        clear.clicked.connect(lambda _checked=False: self.clear())
        save = button(self._theme, f"{tr('Save')}  ▾", "small")
        save.setAccessibleName(tr("Save"))
        menu = QMenu(save)
        menu.addAction(tr("What is shown…")).triggered.connect(partial(self._ask_where, False))
        menu.addAction(tr("Everything…")).triggered.connect(partial(self._ask_where, True))
        save.setMenu(menu)
        top.addWidget(label(self._theme, Type.HEADLINE, text=tr("Logs")))
        top.addWidget(self._told, 1)
        for widget in (self._again, self._time, self._wrap, clear, save):
            top.addWidget(widget)
        return top

    def _toggle(self, text: str, name: str, key: str, *, default: bool) -> QPushButton:
        made = button(self._theme, text, "chip")
        made.setCheckable(True)
        made.setAccessibleName(name)
        made.setToolTip(name)
        made.setChecked(flag(self._settings, key, default=default))
        made.toggled.connect(partial(self._settings.set, key))
        return made

    def _shortcuts(self) -> None:
        for keys, call in (
            ("F3", partial(self.view.go_to_match, True)),
            ("Shift+F3", partial(self.view.go_to_match, False)),
            ("Ctrl+L", self.clear),
            ("Ctrl+S", partial(self._ask_where, False)),
            ("Ctrl+End", self.view.jump_to_newest),
            ("Alt+Z", self._wrap.toggle),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)

    def _filter(self) -> None:
        self._again.setVisible(self._cleared > 0)
        matching = self.search.only_matching
        self.view.show_lines(Filter(self.filters.services, self.filters.level, matching, self._cleared))

    def _look(self) -> None:
        if self.view.lines.query is not self.search.query:
            self.view.look_for(self.search.query)
        self._filter()
        self._count_matches()

    def _count_matches(self) -> None:
        place, count = self.view.matches()
        searching = self.view.lines.is_searching
        self.search.show_matches(place, min(count, MANY), searching=searching, many=count >= MANY)

    def _count_lines(self) -> None:
        self.filters.show_counts({name: self._book.held(name) for name in self._book.services})

    def _ask_where(self, everything: bool, _checked: bool = False) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        services = self.filters.services
        name = f"{next(iter(services)) if len(services) == 1 and not everything else 'harmony'}.log"
        title = tr("Save the whole log") if everything else tr("Save the lines that are shown")
        dialog = QFileDialog(self, title, str(Path(folder or str(Path.home())) / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("log")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save_to(path, everything=everything))
        dialog.open()

    def _tell_progress(self, path: str, percent: int) -> None:
        self._say(tr("Saving {name}: {percent} %", name=Path(path).name, percent=percent))

    def _tell_saved(self, path: str, fault: str) -> None:
        name = Path(path).name
        words = tr("{name} not saved: {why}", name=name, why=fault) if fault else tr("{name} saved", name=name)
        self._say(words, failed=bool(fault))
        announce(self, words)

    def _say(self, words: str, *, failed: bool = False) -> None:
        mark(self._told, "tone", "failed" if failed else "second")
        self._told.show_text(words)

    def _redress(self) -> None:
        self.search.dress()
        self.filters.dress()
