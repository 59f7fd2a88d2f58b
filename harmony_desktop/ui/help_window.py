"""The handbook in a window of its own (F1): contents and search at the left, the page at the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QLocale, QObject, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.assets import docs_dir
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui import icons
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.handbook import INDEX, Handbook
from harmony_desktop.ui.help_page import HelpPage
from harmony_desktop.ui.help_places import place
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.shortcuts import keys
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

_SIZE = QSize(1040, 700)
_CONTENTS = 250
_FILE = Qt.ItemDataRole.UserRole
_ANCHOR = Qt.ItemDataRole.UserRole + 1
#: Who sees the window in English; a system without a language speaks it, too.
_ENGLISH = frozenset({QLocale.Language.English, QLocale.Language.C})
_TO_LIST = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp})


class _Visit(NamedTuple):
    """Where somebody was, and how far down."""

    file: str
    height: int


class HelpWindow(QDialog):
    """Stays open beside the window; Escape closes it.

    Args:
        theme: The looks.
        parent: The window that it tells of.

    Attributes:
        page: What is read.
        contents: All pages, or what a search found.
        line: What is searched for.
    """

    keys_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._theme = theme
        self._book = Handbook(docs_dir())
        self._past: list[_Visit] = []
        self._future: list[_Visit] = []
        self.setWindowTitle(tr("Help"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page = HelpPage(theme, self._book)
        self.page.followed.connect(self._follow)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._left())
        layout.addWidget(self.page, 1)
        self._show_contents()
        self._bind()
        self._redress()
        theme.changed.connect(self._redress)
        room = self.screen().availableGeometry().size()
        self.resize(QSize(theme.scaled(_SIZE.width()), theme.scaled(_SIZE.height())).boundedTo(room))

    def open_at(self, file: str, anchor: str = "") -> None:
        """Show a page of the handbook; the index where it has no such page."""
        self._visit(file if self._book.has(file) else INDEX, anchor)
        self.show()
        self.raise_()
        self.activateWindow()
        self.page.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_back(self) -> None:
        """Return to where one was before."""
        self._travel(self._past, self._future)

    def go_forward(self) -> None:
        """Go where one was before going back."""
        self._travel(self._future, self._past)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that move in a list move in the list, though the line has the focus; Enter goes on to the page."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in _TO_LIST:
                self._step(down=event.key() in {Qt.Key.Key_Down, Qt.Key.Key_PageDown})
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                item = self.contents.currentItem()
                if item is not None:
                    self._choose(item)
                    self.page.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.line.text():
                self.line.clear()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter to what has the focus: no button here is the one that it always presses."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def _left(self) -> QFrame:
        theme = self._theme
        frame = QFrame()
        frame.setProperty("surface", "navigation")
        frame.setFixedWidth(theme.scaled(_CONTENTS))
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        row = QHBoxLayout()
        row.setSpacing(Space.XS)
        self.back = tool_button(theme, tr("Back"))
        self.back.clicked.connect(lambda _checked=False: self.go_back())
        self.forward = tool_button(theme, tr("Forward"))
        self.forward.clicked.connect(lambda _checked=False: self.go_forward())
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Search the help"))
        self.line.setAccessibleName(tr("Search the help"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        row.addWidget(self.back)
        row.addWidget(self.forward)
        row.addWidget(self.line, 1)
        layout.addLayout(row)
        self._found = label(theme, Type.SECOND, "second")
        self._found.setWordWrap(True)
        self._found.hide()
        layout.addWidget(self._found)
        self.contents = QListWidget()
        self.contents.setFrameShape(QFrame.Shape.NoFrame)
        self.contents.setProperty("surface", "menu")
        self.contents.setWordWrap(True)
        self.contents.setFont(theme.font(Type.TEXT))
        self.contents.setAccessibleName(tr("Contents"))
        self.contents.currentItemChanged.connect(lambda item, _before: self._choose(item))
        self.contents.itemClicked.connect(self._choose)
        overlay_scroll_bars(self.contents)
        layout.addWidget(self.contents, 1)
        if QLocale().language() not in _ENGLISH:
            words = label(theme, Type.SMALL, "faint", tr("The help is written in English."))
            words.setWordWrap(True)
            layout.addWidget(words)
        self.keys = button(theme, tr("Show the keys"), "small")
        self.keys.clicked.connect(lambda _checked=False: self.keys_wanted.emit())
        layout.addWidget(self.keys)
        return frame

    def _bind(self) -> None:
        for deed, call in (
            ("help-back", self.go_back),
            ("help-forward", self.go_forward),
            ("help", lambda: self._visit(INDEX)),
            ("search", self._to_search),
            ("other-part", self._to_other_part),
            ("keys", self.keys_wanted.emit),
            ("close", self.close),
        ):
            for each in keys(deed):
                QShortcut(QKeySequence(each), self).activated.connect(call)

    def _to_search(self) -> None:
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def _to_other_part(self) -> None:
        """Go from the page, with all its links, to the contents, or back."""
        (self.contents if self.page.hasFocus() else self.page).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_contents(self) -> None:
        """List all pages, and choose the one that is shown."""
        self.contents.blockSignals(True)
        self.contents.clear()
        overview = QListWidgetItem(tr("Overview"))
        overview.setData(_FILE, INDEX)
        self.contents.addItem(overview)
        for chapter in self._book.chapters:
            heading = QListWidgetItem(chapter.title)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            heading.setFont(self._theme.font(Type.SECOND_STRONG))
            self.contents.addItem(heading)
            for entry in chapter.entries:
                item = QListWidgetItem(entry.title)
                item.setData(_FILE, entry.file)
                self.contents.addItem(item)
        self.contents.blockSignals(False)
        self._select()

    def _select(self) -> None:
        """Choose in the contents what is shown; what a search found stays as it is."""
        if self.line.text().strip():
            return
        rows = [row for row in range(self.contents.count()) if self._file_of(row) == self.page.file]
        self.contents.blockSignals(True)
        self.contents.setCurrentRow(rows[0] if rows else -1)
        self.contents.blockSignals(False)

    def _file_of(self, row: int) -> str:
        return str(self.contents.item(row).data(_FILE) or "")

    def _search(self, words: str) -> None:
        wanted = words.strip()
        self._found.setVisible(bool(wanted))
        if not wanted:
            self._show_contents()
            return
        hits = self._book.search(wanted)
        self.contents.blockSignals(True)
        self.contents.clear()
        for hit in hits:
            whole = hit.heading if hit.heading == hit.page else f"{hit.heading}\n{hit.page}"
            item = QListWidgetItem(whole)
            item.setData(_FILE, hit.file)
            item.setData(_ANCHOR, hit.anchor)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, whole.replace("\n", ", "))
            self.contents.addItem(item)
        self.contents.setCurrentRow(0 if hits else -1)
        self.contents.blockSignals(False)
        found = trn("{n} place", "{n} places", len(hits)) if hits else tr("Nothing fits these words.")
        set_text(self._found, found)
        announce(self.line, found)

    def _step(self, *, down: bool) -> None:
        """Go to the next entry that can be chosen."""
        count, row = self.contents.count(), self.contents.currentRow()
        while 0 <= (row := row + (1 if down else -1)) < count:
            if self.contents.item(row).flags() & Qt.ItemFlag.ItemIsSelectable:
                self.contents.setCurrentRow(row)
                return

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(_FILE):
            words = tuple(self.line.text().split())
            self._visit(str(item.data(_FILE)), str(item.data(_ANCHOR) or ""), words)

    def _follow(self, link: str) -> None:
        target = self._book.target(self.page.file, link)
        if target.address:
            QDesktopServices.openUrl(QUrl(target.address))
        elif target.file:
            self._visit(target.file, target.anchor)

    def _visit(self, file: str, anchor: str = "", words: tuple[str, ...] = ()) -> None:
        if self.page.file and (file != self.page.file or anchor):
            self._past.append(self._here())
            self._future.clear()
        self.page.show_page(file, anchor, words)
        self._arrived()

    def _travel(self, source: list[_Visit], other: list[_Visit]) -> None:
        if source:
            other.append(self._here())
            visit = source.pop()
            self.page.show_page(visit.file)
            self.page.verticalScrollBar().setValue(visit.height)
            self._arrived()

    def _here(self) -> _Visit:
        return _Visit(self.page.file, self.page.verticalScrollBar().value())

    def _arrived(self) -> None:
        self.back.setEnabled(bool(self._past))
        self.forward.setEnabled(bool(self._future))
        self._select()

    def _redress(self) -> None:
        for made, name in ((self.back, "chevron-left"), (self.forward, "chevron-right")):
            made.setIcon(icons.icon(self._theme, name, greyed=True))


def show_help(theme: Theme, window: QWidget, page: str, state: StackState, show_keys: Callable[[], None]) -> None:
    """Open the help at what a window shows; one that is open already comes to the front."""
    made = window.findChild(HelpWindow)
    if made is None:
        made = HelpWindow(theme, window)
        made.keys_wanted.connect(show_keys)
    made.open_at(place(page, state))
