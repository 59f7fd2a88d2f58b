"""The page of configuration: the form of what most people change, and every file with an editor."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from harmony_desktop.control.config_desk import ConfigState
from harmony_desktop.control.config_files import ConfigFile, FileState
from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackState
from harmony_desktop.control.upgrade_desk import UpgradeState
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.config_editor import ConfigEditor
from harmony_desktop.ui.config_forms import ConfigForm
from harmony_desktop.ui.i18n import join_words, told, tr, trn
from harmony_desktop.ui.merge_view import MergeView
from harmony_desktop.ui.newer_banner import NewerBanner
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

_LIST_WIDTH = 212
_PATH = Qt.ItemDataRole.UserRole


class ConfigPage(QWidget):
    """Files at the left, the form or an editor at the right, and above them what saving is about.

    Args:
        theme: The looks.
        intents: What presses become.
    """

    models_wanted = Signal()
    unsaved_changed = Signal(bool)

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._intents = intents
        self._desk = intents.configuring
        self._runs: dict[str, bool] = {}
        self._titles: dict[str, str] = {}
        self.files = QListWidget()
        self.form = ConfigForm(theme, self._desk)
        self.editor = ConfigEditor(theme, self._desk)
        self._upgrades = intents.upgrading
        self.newer = NewerBanner(theme, self._upgrades)
        self.newer.wanted.connect(self.merge_newer)
        self.editor.merge_wanted.connect(self._upgrades.open)
        self.merge: MergeView | None = None
        self.form.models_wanted.connect(self.models_wanted)
        self.form.file_wanted.connect(self.show_file)
        self._build()
        self.files.currentItemChanged.connect(self._choose)
        self._unsubscribe = self._desk.store.subscribe(self._show)
        self.destroyed.connect(self._unsubscribe)
        self.destroyed.connect(self._upgrades.store.subscribe(self._show_newer))
        self.destroyed.connect(intents.planning.store.subscribe(self.form.show_memory))
        self.setFocusProxy(self.files)
        self._show(self._desk.store.value)
        self._show_newer(self._upgrades.store.value)
        self.form.show_memory(intents.planning.store.value)
        self.show_state(intents.store.value)

    def show_state(self, state: StackState) -> None:
        """Take in which services run, and what the machine has."""
        self._runs = {service.name: service.runs for service in state.services}
        self._titles = {service.name: service.title for service in state.services}
        self.form.show_hardware(state.hardware)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the files: others may have written them."""
        super().showEvent(event)
        self._intents.planning.look()
        self._desk.look()
        self._upgrades.look()
        if self.editor.path is not None:
            self._desk.open(self.editor.path)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what was typed."""
        super().hideEvent(event)
        self.editor.flush()
        if self.merge is not None:
            self.merge.flush()

    def show_form(self) -> None:
        """Show the form of what most people change."""
        self.files.setCurrentRow(0)

    def show_file(self, path: Path) -> None:
        """Show a file in the editor."""
        for row in range(self.files.count()):
            if self.files.item(row).data(_PATH) == str(path):
                self.files.setCurrentRow(row)

    def merge_newer(self) -> None:
        """Merge the first file that has a newer version, unless one is being merged."""
        state = self._upgrades.store.value
        if state.merging is None and state.names:
            self._upgrades.open(state.names[0])

    def focus_search(self) -> bool:
        """Open the search of the file that is shown; return whether there is one."""
        shown = self._pages.currentWidget() is self.editor and not self._body.isHidden()
        if shown:
            self.editor.focus_search()
        return shown

    def unsaved(self) -> tuple[str, ...]:
        """Return the names of the files with changes that are not saved."""
        self.editor.flush()
        drafts = self._desk.store.value.drafts
        return tuple(drafts[path].opened.name for path in self._desk.store.value.dirty)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(label(self._theme, Type.HEADLINE, text=tr("Configuration")))
        layout.addWidget(self._make_banner())
        layout.addWidget(self.newer)
        self._body = QWidget()
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.L)
        self.files.setProperty("surface", "menu")
        self.files.setAccessibleName(tr("Files of the stack"))
        self.files.setFixedWidth(self._theme.scaled(_LIST_WIDTH))
        self.files.setFont(self._theme.font(Type.SECOND))
        self.files.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.files.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        overlay_scroll_bars(self.files)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.form)
        self._pages.addWidget(self.editor)
        row.addWidget(self.files)
        row.addWidget(self._pages, 1)
        layout.addWidget(self._body, 1)
        common = QListWidgetItem(tr("Common settings"))
        common.setData(_PATH, "")
        common.setSizeHint(QSize(0, self._theme.scaled(38)))
        self.files.addItem(common)
        self.files.setCurrentRow(0)

    def _make_banner(self) -> QFrame:
        self.banner = QFrame()
        self.banner.setProperty("surface", "attention")
        inside = QHBoxLayout(self.banner)
        inside.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        inside.setSpacing(Space.M)
        self._told = label(self._theme, Type.TEXT)
        self._told.setWordWrap(True)
        self.restart = button(self._theme, tr("Restart what this affects"), "small-primary")
        self.restart.clicked.connect(lambda _checked=False: self._restart())
        self.later = button(self._theme, tr("Close"), "small")
        self.later.clicked.connect(lambda _checked=False: self._desk.settle())
        inside.addWidget(self._told, 1)
        inside.addWidget(self.restart)
        inside.addWidget(self.later)
        self.banner.setVisible(False)
        return self.banner

    def _choose(self, item: QListWidgetItem | None, _before: QListWidgetItem | None = None) -> None:
        path = item.data(_PATH) if item is not None else ""
        if not path:
            self.editor.flush()
            self._pages.setCurrentWidget(self.form)
        else:
            self._pages.setCurrentWidget(self.editor)
            self.editor.open(Path(path))

    def _show(self, state: ConfigState) -> None:
        self._show_files(state)
        self.form.show_state(state)
        self.editor.show_state(state)
        self._show_banner(state)
        self.unsaved_changed.emit(bool(state.dirty))

    def _show_newer(self, state: UpgradeState) -> None:
        """Tell of newer files, and show the merge in the place of all else while there is one."""
        self.editor.show_mergeable(state.names)
        merging = state.merging is not None
        if merging and self.merge is None:
            self.merge = MergeView(self._theme, self._upgrades)
            layout = self.layout()
            if layout is not None:
                layout.addWidget(self.merge)
        if self.merge is not None:
            was_shown = not self.merge.isHidden() and self._body.isHidden()
            self.merge.show_state(state)
            self.merge.setVisible(merging)
            self._body.setVisible(not merging)
            if merging and not was_shown:
                self.editor.flush()
                self.merge.setFocus()
            elif was_shown and not merging:
                self.files.setFocus()

    def _show_files(self, state: ConfigState) -> None:
        """Show the files without moving the choice."""
        shown = [self.files.item(row).data(_PATH) for row in range(1, self.files.count())]
        if shown != [str(file.path) for file in state.files]:
            current = self.files.currentRow()
            chosen = self.files.item(current).data(_PATH) if current >= 0 else ""
            self.files.blockSignals(True)
            while self.files.count() > 1:
                self.files.takeItem(1)
            for file in state.files:
                made = QListWidgetItem()
                made.setData(_PATH, str(file.path))
                made.setToolTip(file.name)
                made.setSizeHint(QSize(0, self._theme.scaled(50)))
                self.files.addItem(made)
                if str(file.path) == chosen:
                    self.files.setCurrentItem(made)
            self.files.blockSignals(False)
        for row, file in enumerate(state.files, start=1):
            draft = state.drafts.get(file.path)
            dirty = draft is not None and draft.dirty
            mark = "● " if dirty else ""
            words = f"{mark}{file.path.name}\n{file_words(file, dirty=dirty)}"
            item = self.files.item(row)
            if item.text() != words:
                item.setText(words)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{file.name}, {file_words(file, dirty=dirty)}")

    def _show_banner(self, state: ConfigState) -> None:
        words, restart = "", False
        if state.fault is not None:
            parts = (state.fault.title, state.fault.cause, state.fault.advice)
            words = " ".join(told(part) for part in parts if part)
        elif state.affected.services:
            running = [name for name in state.affected.services if self._runs.get(name)]
            names = join_words([self._titles.get(name, name) for name in running])
            restart = bool(running)
            words = tr("Saved. It takes effect when the services are started next.")
            if running:
                words = tr("Saved. It takes effect when {services} is started again.", services=names)
            if len(running) > 1:
                words = tr("Saved. It takes effect when {services} are started again.", services=names)
        if words and words != self._told.text():
            announce(self.banner, words)
        set_text(self._told, words)
        self.restart.setVisible(restart)
        self.banner.setVisible(bool(words))

    def _restart(self) -> None:
        """Make anew what has other settings now, and restart what reads the file when it starts; only what runs."""
        affected = self._desk.store.value.affected
        anew = tuple(name for name in affected.anew if self._runs.get(name))
        again = tuple(name for name in affected.restarted if self._runs.get(name))
        self._desk.settle()
        if anew:
            self._intents.start(anew)
        if again:
            self._intents.restart(again)


def file_words(file: ConfigFile, *, dirty: bool) -> str:
    """Return how a file is, as the second line of its entry."""
    parts = [", ".join(file.services)] if file.services else []
    if dirty:
        parts.append(tr("not saved"))
    elif file.state is FileState.BROKEN:
        parts.append(tr("not well-formed"))
    elif file.findings:
        parts.append(trn("{n} problem", "{n} problems", file.findings))
    elif file.state is FileState.EDITED:
        parts.append(tr("edited"))
    elif file.state is FileState.SHIPPED:
        parts.append(tr("as shipped"))
    else:
        parts.append(tr("your own"))
    if file.beside:
        parts.append(tr("update beside it"))
    return " · ".join(parts)
