"""The editor of one configuration file: text, problems, search, differences, saving."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from harmony_desktop.control.config_desk import ConfigState, Configuring, Draft
from harmony_desktop.control.findings import Correction, Finding, Severity, unified
from harmony_desktop.ui import icons
from harmony_desktop.ui.code_edit import CodeEdit
from harmony_desktop.ui.config_problems import ProblemStrip
from harmony_desktop.ui.config_questions import ask_about_mistakes, ask_about_revert
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.log_search_bar import SearchField
from harmony_desktop.ui.shortcuts import keys
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

#: Milliseconds without a key after which a text is checked.
_PAUSE = 250
_TEXT, _DIFF = 0, 1
SAVED, SHIPPED, NEWER, DISK = "saved", "shipped", "newer", "disk"


class ConfigEditor(QWidget):
    """Shows one draft of the desk; what is typed goes to the desk.

    Args:
        theme: The looks.
        desk: What holds the drafts.
    """

    located = Signal(Path)
    merge_wanted = Signal(str)

    def __init__(self, theme: Theme, desk: Configuring) -> None:
        super().__init__()
        self._theme = theme
        self._desk = desk
        self._path: Path | None = None
        self._turn = -1
        self._diff_base = ""
        self._mergeable: tuple[str, ...] = ()
        self.text = CodeEdit(theme)
        self.problems = ProblemStrip(theme)
        self.diff = DiffView(theme)
        self.diff.setAccessibleName(tr("Difference"))
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self.flush)
        self._build()
        self.text.edited.connect(self._pause.start)
        self.problems.chosen.connect(self._go_to)
        self.problems.correct.connect(self._correct)
        self._shortcuts()
        self.setFocusProxy(self.text)

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._path

    def open(self, path: Path) -> None:
        """Show a file."""
        if path != self._path:
            self.flush()
            self._path, self._turn = path, -1
            self._show_text()
            self._close_search()
            self.setEnabled(False)
        self._desk.open(path)
        self.show_state(self._desk.store.value)

    def flush(self) -> None:
        """Give what was typed to the desk."""
        self._pause.stop()
        if self._path is not None and self._turn >= 0 and self._draft() is not None and not self.text.isReadOnly():
            self._desk.write(self._path, self.text.text())

    def show_state(self, state: ConfigState) -> None:
        """Render the draft that is shown."""
        draft = state.drafts.get(self._path) if self._path is not None else None
        if draft is None:
            return
        self.setEnabled(True)
        opened = draft.opened
        if self._turn < 0:
            self._turn = draft.turn
            self.text.load(draft.text, opened.syntax)
            self.text.setReadOnly(bool(opened.locked))
        elif draft.turn != self._turn:
            self._turn = draft.turn
            self._pause.stop()
            self.text.take(draft.text)
        if draft.checked is not None:
            self.text.show_findings(draft.findings, draft.checked)
        self.problems.show_draft(draft)
        self._name.show_text(opened.name)
        saved = tr("Saved") if not draft.dirty else tr("Not saved")
        set_text(self._saved, tr("Read only") if opened.locked else saved)
        self.save.setEnabled(draft.dirty and not opened.locked)
        self._show_banner(draft)
        if self._pages.currentIndex() == _DIFF:
            self._show_diff(self._diff_base)

    def show_mergeable(self, names: tuple[str, ...]) -> None:
        """Offer to merge these files with their newer versions, by name."""
        self._mergeable = names
        draft = self._draft()
        if draft is not None:
            self._show_banner(draft)

    def focus_search(self) -> None:
        """Open the search."""
        self._show_text()
        self._search.setVisible(True)
        chosen = self.text.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self.field.setText(chosen)
        self.field.setFocus()
        self.field.selectAll()
        self._look()

    def save_file(self) -> None:
        """Save; with mistakes only after a question."""
        self.flush()
        draft = self._draft()
        if draft is None or not draft.dirty or draft.opened.locked:
            return
        path = draft.opened.path
        if any(one.severity is Severity.ERROR for one in draft.findings):
            question = ask_about_mistakes(self._theme, self.window(), draft.opened.name)
            question.answered.connect(lambda _answer: self._desk.save(path))
            question.open()
        else:
            self._desk.save(path)

    def compare(self, base: str) -> None:
        """Show the difference between the text and something else."""
        self.flush()
        self._diff_base = base
        self._pages.setCurrentIndex(_DIFF)
        self._back.setVisible(True)
        self._show_diff(base)
        self.diff.setFocus()

    # What it is made of

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addLayout(self._head())
        layout.addWidget(self._make_banner())
        layout.addWidget(self._make_search())
        self._pages = QStackedWidget()
        self._pages.addWidget(self.text)
        self._pages.addWidget(self.diff)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.problems)
        self.problems.setVisible(False)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._name = ElidedLabel(self._theme, Type.STRONG)
        self._saved = label(self._theme, Type.SECOND, "second")
        self._back = button(self._theme, tr("Back to the text"), "small")
        self._back.clicked.connect(lambda _checked=False: self._show_text())
        self._back.setVisible(False)
        find = tool_button(self._theme, tr("Search (Ctrl+F)"))
        find.clicked.connect(lambda _checked=False: self.focus_search())
        self.more = tool_button(self._theme, tr("More"))
        self.more.clicked.connect(lambda _checked=False: self._show_menu())
        self.save = button(self._theme, tr("Save"), "small-primary")
        self.save.setToolTip(tr("Ctrl+S"))
        self.save.clicked.connect(lambda _checked=False: self.save_file())
        row.addWidget(self._name, 1)
        for part in (self._saved, self._back, find, self.more, self.save):
            row.addWidget(part)

        def dress() -> None:
            find.setIcon(icons.icon(self._theme, "search"))
            self.more.setIcon(icons.icon(self._theme, "more"))

        dress()
        self._theme.changed.connect(dress)
        return row

    def _make_banner(self) -> QFrame:
        self.banner = QFrame()
        self.banner.setProperty("surface", "attention")
        inside = QVBoxLayout(self.banner)
        inside.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        inside.setSpacing(Space.XS)
        self._told = label(self._theme, Type.SECOND)
        self._told.setWordWrap(True)
        inside.addWidget(self._told)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._conflict_buttons: list[QPushButton] = []
        for words, call in (
            (tr("Show the difference"), partial(self.compare, DISK)),
            (tr("Take theirs"), self._take_theirs),
            (tr("Keep mine"), self._keep_mine),
        ):
            row.addWidget(self._small(words, call))
        self.merge = button(self._theme, tr("Merge…"), "small")
        self.merge.clicked.connect(lambda _checked=False: self._merge())
        row.addWidget(self.merge)
        row.addStretch(1)
        inside.addLayout(row)
        self.banner.setVisible(False)
        return self.banner

    def _small(self, words: str, call: Callable[[], None]) -> QPushButton:
        made = button(self._theme, words, "small")
        made.clicked.connect(lambda _checked=False: call())
        self._conflict_buttons.append(made)
        return made

    def _make_search(self) -> QWidget:
        self._search = QWidget()
        row = QHBoxLayout(self._search)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        self.field = SearchField(self._theme)
        self.field.setAccessibleName(tr("Search in the file"))
        self.field.textChanged.connect(self._look)
        self.field.onward.connect(self._go_on)
        self.field.left.connect(self._close_search)
        row.addWidget(self.field, 1)
        for words, onward in ((tr("Previous"), False), (tr("Next"), True)):
            made = button(self._theme, words, "small")
            made.clicked.connect(lambda _checked=False, way=onward: self._go_on(way))
            row.addWidget(made)
        close = button(self._theme, tr("Close"), "quiet")
        close.clicked.connect(lambda _checked=False: self._close_search())
        row.addWidget(close)
        self._search.setVisible(False)
        return self._search

    def _shortcuts(self) -> None:
        calls: tuple[tuple[str, Callable[[], None]], ...] = (
            ("save-file", self.save_file),
            ("next-found", partial(self._go_on, True)),
            ("previous-found", partial(self._go_on, False)),
            ("next-problem", self._go_to_next_problem),
        )
        for deed, call in calls:
            for key in keys(deed):
                made = QShortcut(QKeySequence(key), self)
                made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                made.activated.connect(call)

    # What it does

    def _draft(self) -> Draft | None:
        return self._desk.store.value.drafts.get(self._path) if self._path is not None else None

    def _show_text(self) -> None:
        self._pages.setCurrentIndex(_TEXT)
        self._back.setVisible(False)

    def _show_diff(self, base: str) -> None:
        draft = self._draft()
        if draft is None:
            return
        opened = draft.opened
        disk = draft.conflict.text if draft.conflict is not None else ""
        other = {SAVED: opened.text, SHIPPED: opened.shipped or "", NEWER: opened.newer or "", DISK: disk}[base]
        self.diff.show_diff(unified(other, draft.text, opened.name) or tr("There is no difference."))

    def _show_banner(self, draft: Draft) -> None:
        words = ""
        if draft.has_conflict:
            words = tr("Another program has written this file since it was opened here. Nothing was saved.")
            if draft.conflict is None:
                words = tr("This file has been removed since it was opened here. Nothing was saved.")
        elif draft.opened.locked:
            words = told(draft.opened.locked)
        elif draft.opened.newer is not None:
            words = tr("A newer version of this file lies beside it: see More, “Difference to the newer version”.")
        mergeable = draft.opened.name in self._mergeable and not draft.has_conflict and not draft.opened.locked
        if mergeable:
            words = tr("A newer version of this file ships. Both can be made one.")
            if draft.dirty:
                words = tr("A newer version of this file ships. Save your changes, then both can be made one.")
        self.merge.setVisible(mergeable)
        self.merge.setEnabled(not draft.dirty)
        set_text(self._told, words)
        self.banner.setVisible(bool(words))
        for made in self._conflict_buttons:
            made.setVisible(draft.has_conflict)
        self._conflict_buttons[1].setEnabled(draft.conflict is not None)

    def _merge(self) -> None:
        draft = self._draft()
        if draft is not None:
            self.merge_wanted.emit(draft.opened.name)

    def _show_menu(self) -> None:
        self.flush()
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def menu(self) -> QMenu:
        """Return the menu of what can be done with the file."""
        menu = QMenu(self)
        draft = self._draft()
        if draft is None:
            return menu
        opened = draft.opened
        editable = not opened.locked
        document = self.text.document()
        for words, call, able in (
            (tr("Undo"), self.text.undo, editable and document.isUndoAvailable()),
            (tr("Redo"), self.text.redo, editable and document.isRedoAvailable()),
            (tr("Difference to what is saved"), partial(self.compare, SAVED), draft.dirty),
            (tr("Difference to what ships"), partial(self.compare, SHIPPED), opened.shipped is not None),
            (tr("Difference to the newer version"), partial(self.compare, NEWER), opened.newer is not None),
            (tr("Back to what is saved…"), partial(self._revert, False), editable and draft.dirty),
            (
                tr("Back to what ships…"),
                partial(self._revert, True),
                editable and opened.shipped not in {None, draft.text},
            ),
            (tr("Open its folder"), self._show_folder, True),
        ):
            action = menu.addAction(words)
            action.setEnabled(able)
            action.triggered.connect(lambda _checked=False, do=call: do())
        return menu

    def _revert(self, shipped: bool) -> None:
        draft = self._draft()
        if draft is None:
            return
        opened = draft.opened
        text = opened.shipped if shipped else opened.text
        question = ask_about_revert(self._theme, self.window(), opened.name, shipped=shipped)
        question.answered.connect(lambda _answer: self._desk.replace_text(opened.path, text or ""))
        question.open()

    def _show_folder(self) -> None:
        if self._path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.parent)))

    def _take_theirs(self) -> None:
        if self._path is not None:
            self._desk.reload(self._path)

    def _keep_mine(self) -> None:
        self.flush()
        if self._path is not None:
            self._desk.save(self._path, force=True)

    def _correct(self, correction: Correction, checked: str) -> None:
        self._show_text()
        if self.text.correct(correction, checked):
            self.flush()

    def _go_to(self, one: Finding) -> None:
        self._show_text()
        self.text.go_to(one.start)
        self.text.setFocus()

    def _go_to_next_problem(self) -> None:
        count = self.problems.list.count()
        if self.problems.isVisible() and count:
            self.problems.list.setCurrentRow((self.problems.list.currentRow() + 1) % count)
            self.problems.list.itemActivated.emit(self.problems.list.currentItem())

    def _look(self) -> None:
        count = self.text.search(self.field.text())
        self.field.show_count("" if not self.field.text() else tr("{n} found", n=count) if count else tr("Not found"))

    def _go_on(self, onward: bool) -> None:
        if not self._search.isVisible():
            self.focus_search()
            return
        self._look()
        number = self.text.go_to_match(onward=onward)
        if number:
            count = self.text.search(self.field.text())
            self.field.show_count(tr("{number} of {count}", number=number, count=count))

    def _close_search(self) -> None:
        if self._search.isVisible():
            self._search.setVisible(False)
            self.text.search("")
            self.text.setFocus()
