"""The bar above the log lines: what is searched for, how it is meant, and how many matches there are."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from harmony_desktop.ui import icons
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.log_query import Options, Query, QueryError
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

#: Milliseconds without a change after which a count is spoken.
_SPEAKING = 600


class SearchField(QLineEdit):
    """A field with a count at its right end; Enter goes on, Shift+Enter goes back, Escape empties it."""

    onward = Signal(bool)
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.count = label(theme, Type.SECOND, "second")
        self.count.setParent(self)
        self.count.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setPlaceholderText(tr("Search"))
        self.setAccessibleName(tr("Search in the log"))

    def show_count(self, text: str) -> None:
        """Show how many matches there are."""
        set_text(self.count, text)
        self.setAccessibleDescription(text)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the count at the right."""
        super().resizeEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the matches, or leave."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.onward.emit(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        elif event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.left.emit()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        self.count.adjustSize()
        width = self.count.width() if self.count.text() else 0
        self.count.move(self.width() - width - Space.M, (self.height() - self.count.height()) // 2)
        self.setTextMargins(0, 0, width + Space.S if width else 0, 0)


class SearchBar(QWidget):
    """Turns what is typed into a query, and says in place why it cannot."""

    changed = Signal()
    """Another query, or another wish to see only the lines that match."""
    onward = Signal(bool)
    """To the next match (True) or the one before."""
    left = Signal()

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self.query: Query | None = None
        self._fault = ""
        self.field = SearchField(theme)
        self._case = self._toggle("Aa", tr("Match case"), Key.LOG_CASE)
        self._word = self._toggle("“W”", tr("Whole words"), Key.LOG_WORD)
        self._regex = self._toggle(".*", tr("Regular expression"), Key.LOG_REGEX)
        self._matching = self._toggle(tr("Only matches"), tr("Show only lines that match"), Key.LOG_MATCHING)
        self._previous = tool_button(theme, tr("Previous match"))
        self._previous.setToolTip(tr("{deed} ({keys})", deed=tr("Previous match"), keys="Shift+F3"))
        self._next = tool_button(theme, tr("Next match"))
        self._next.setToolTip(tr("{deed} ({keys})", deed=tr("Next match"), keys="F3"))
        self.note = ElidedLabel(theme, Type.SECOND, "failed")
        self.note.hide()
        self._speaking = QTimer(self)
        self._speaking.setSingleShot(True)
        self._speaking.setInterval(_SPEAKING)
        self._speaking.timeout.connect(self._speak)
        self._build()
        self.dress()
        self.field.textChanged.connect(self._look)
        self.field.onward.connect(self.onward)
        self.field.left.connect(self.left)
        self._previous.clicked.connect(partial(self._go, False))
        self._next.clicked.connect(partial(self._go, True))

    @property
    def only_matching(self) -> bool:
        """Whether only lines that match are wanted."""
        return self._matching.isChecked() and self.query is not None

    def show_matches(self, place: int, count: int, *, searching: bool, many: bool) -> None:
        """Say how many matches there are, and which one is the current one.

        Args:
            place: Of the current one, 0 for none.
            count: Of all that have been found.
            searching: Whether there may be more.
            many: Whether the search stopped because there are so many.
        """
        words = ""
        if self._fault:
            words = tr("not valid")
        elif self.query is not None:
            number = QLocale().toString(count) + ("+" if many else "…" if searching else "")
            words = tr("{place} of {count}", place=QLocale().toString(place), count=number) if place else number
            if not count and not searching:
                words = tr("nothing found")
            elif not place:
                words = tr("{count} found", count=number)
        if self.query is not None and self.query.too_slow:
            self._say(tr("This expression takes too long. Try one with fewer nested repetitions."))
        if words != self.field.count.text():
            self.field.show_count(words)
            self._speaking.start()
        self._previous.setEnabled(count > 0)
        self._next.setEnabled(count > 0)

    def focus(self) -> None:
        """Put the cursor into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def dress(self) -> None:
        """Take the theme's colours."""
        self._previous.setIcon(icons.icon(self._theme, "up", greyed=True))
        self._next.setIcon(icons.icon(self._theme, "down", greyed=True))

    def _toggle(self, text: str, name: str, key: str) -> QPushButton:
        made = button(self._theme, text, "chip")
        made.setCheckable(True)
        made.setAccessibleName(name)
        made.setToolTip(name)
        made.setChecked(flag(self._settings, key))
        made.toggled.connect(partial(self._set, key))
        return made

    def _set(self, key: str, chosen: bool) -> None:
        self._settings.set(key, chosen)
        if key == Key.LOG_MATCHING:
            self.changed.emit()
        else:
            self._look()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        layout.setSpacing(Space.XS)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.field, 1)
        for widget in (self._case, self._word, self._regex, self._previous, self._next, self._matching):
            row.addWidget(widget)
        layout.addLayout(row)
        layout.addWidget(self.note)

    def _look(self) -> None:
        text = self.field.text()
        options = Options(self._regex.isChecked(), self._case.isChecked(), self._word.isChecked())
        fault = ""
        try:
            self.query = Query(text, options) if text else None
        except QueryError as error:
            self.query, fault = None, str(error)
        self._fault = fault
        self._say(fault)
        self.changed.emit()

    def _say(self, fault: str) -> None:
        self.note.show_text(fault)
        self.note.setVisible(bool(fault))

    def _go(self, forwards: bool, _checked: bool = False) -> None:
        self.onward.emit(forwards)

    def _speak(self) -> None:
        words = self.note.text() or self.field.count.text()
        if words and self.isVisible():
            announce(self.field, words)
