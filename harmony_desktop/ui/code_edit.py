"""A text editor for configuration files: line numbers, the current line, marks under mistakes, search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QToolTip, QWidget

from harmony_desktop.control.config_files import Syntax
from harmony_desktop.control.findings import Correction, Finding, Severity
from harmony_desktop.ui.highlight import Highlighter
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.theme import Space, Theme, mixed

_PARAGRAPH = "\u2029"
_MANY = 300
_INDENT = "  "


class CodeEdit(QPlainTextEdit):
    """Edits one text at a time; ``edited`` tells of every change by the user."""

    edited = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._waves: list[tuple[QTextEdit.ExtraSelection, Finding]] = []
        self._quiet = False
        self._found: list[tuple[int, int]] = []
        self.setProperty("surface", "code")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(tr("Text of the file"))
        self.setAccessibleDescription(tr("Tab indents; Shift+Tab and F6 leave the text."))
        overlay_scroll_bars(self, horizontal=True)
        self._numbers = _Numbers(self, theme)
        self._highlighter = Highlighter(self.document(), theme)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._numbers.follow)
        self.cursorPositionChanged.connect(self._mark)
        self.document().contentsChanged.connect(self._tell)
        self._dress()
        theme.changed.connect(self._dress)

    # The text

    def text(self) -> str:
        """Return the text as it is: ``toPlainText`` would make spaces of no-break spaces."""
        return self.document().toRawText().replace(_PARAGRAPH, "\n")

    def load(self, text: str, syntax: Syntax) -> None:
        """Show another text; it has no history."""
        self._quiet = True
        self._waves, self._found = [], []
        self._highlighter.set_syntax(syntax)
        self.setPlainText(text)
        self._quiet = False
        self._mark()

    def take(self, text: str) -> None:
        """Change the text to another one, as one step that can be undone; the rest, and the cursor, stay."""
        before = self.text()
        if before == text:
            return
        start, end, new_end = _difference(before, text)
        self._replace([(start, end, text[start:new_end])], before)

    def correct(self, correction: Correction, checked: str) -> bool:
        """Apply a correction of a text that was checked; return whether it still fits."""
        if self.text() != checked:
            return False
        changes = [(one.start, one.end, one.text) for one in correction.replacements]
        self._replace(changes, checked)
        return True

    def show_findings(self, findings: Sequence[Finding], checked: str) -> None:
        """Mark what is wrong, unless the text has changed since."""
        if self.text() == checked:
            # The marks are cursors of Qt: they move with the text until it has been checked again.
            self._waves = [(self._wave(one, checked), one) for one in findings[:_MANY]]
            self._mark()

    def go_to(self, offset: int) -> None:
        """Put the cursor before a character."""
        cursor = self.textCursor()
        cursor.setPosition(min(_units(self.text(), offset), self.document().characterCount() - 1))
        self.setTextCursor(cursor)
        self.centerCursor()

    def _replace(self, changes: list[tuple[int, int, str]], text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for start, end, new in sorted(changes, reverse=True):
            cursor.setPosition(_units(text, start))
            cursor.setPosition(_units(text, end), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(new)
        cursor.endEditBlock()

    def _tell(self) -> None:
        if not self._quiet:
            self.edited.emit()

    # Search

    def search(self, words: str) -> int:
        """Mark every place of some words, whatever their case; return how many there are."""
        self._found = []
        text = self.text().casefold()
        wanted = words.casefold()
        # Some letters become two when their case is folded; then only the exact ones are found.
        if len(text) != len(self.text()):
            text, wanted = self.text(), words
        at = text.find(wanted) if wanted else -1
        while at >= 0:
            self._found.append((at, at + len(wanted)))
            at = text.find(wanted, at + max(len(wanted), 1))
        self._mark()
        return len(self._found)

    def go_to_match(self, *, onward: bool) -> int:
        """Select the next place that was found, or the one before; return its number from 1, 0 without any."""
        if not self._found:
            return 0
        whole = self.text()
        cursor = self.textCursor()
        starts = [_units(whole, start) for start, _ in self._found]
        if onward:
            place = cursor.selectionEnd()
            index = next((i for i, start in enumerate(starts) if start >= place), 0)
        else:
            place = cursor.selectionStart()
            index = next((i for i in reversed(range(len(starts))) if starts[i] < place), len(starts) - 1)
        start, end = self._found[index]
        cursor.setPosition(_units(whole, start))
        cursor.setPosition(_units(whole, end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()
        return index + 1

    # The looks

    def number_width(self) -> int:
        """Return the width of the column of line numbers, in pixels."""
        digits = max(3, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9") * digits + 2 * Space.M

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the numbers at the left."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._numbers.setGeometry(QRect(area.left(), area.top(), self.number_width(), area.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Indent with spaces: YAML knows no tabs. A new line begins where the one before did."""
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        if self.isReadOnly() or not plain or self.textCursor().hasSelection():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Tab:
            self.insertPlainText(_INDENT)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            line = self.textCursor().block().text()
            self.insertPlainText("\n" + line[: len(line) - len(line.lstrip(" "))])
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell what is wrong where the pointer rests."""
        if event.type() is QEvent.Type.ToolTip:
            place = cast("QHelpEvent", event)
            position = self.cursorForPosition(place.pos()).position()
            words = [
                told(one.message)
                for wave, one in self._waves
                if wave.cursor.selectionStart() <= position <= wave.cursor.selectionEnd()
            ]
            QToolTip.showText(place.globalPos(), "\n".join(words), self)
            return True
        return super().viewportEvent(event)

    def _make_room(self) -> None:
        self.setViewportMargins(self.number_width(), 0, 0, 0)

    def _mark(self) -> None:
        """Show the current line, what was found, and what is wrong."""
        c = self._theme.colours
        marks = [self._current_line()]
        whole = self.text() if self._found else ""
        for start, end in self._found[:_MANY]:
            made = QTextCharFormat()
            made.setBackground(QColor(c.mark))
            marks.append(self._selection(_units(whole, start), _units(whole, end), made))
        marks += [wave for wave, _ in self._waves]
        self.setExtraSelections(marks)
        self._numbers.update()

    def _wave(self, one: Finding, checked: str) -> QTextEdit.ExtraSelection:
        c = self._theme.colours
        made = QTextCharFormat()
        made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        made.setUnderlineColor(QColor(c.failed if one.severity is Severity.ERROR else c.attention))
        start, end = one.start, max(one.end, one.start + 1)
        if one.end <= one.start and checked[start : start + 1] in {"", "\n"}:
            start, end = max(start - 1, 0), start  # nothing can be seen at the end of a line
        return self._selection(_units(checked, start), _units(checked, end), made)

    def _current_line(self) -> QTextEdit.ExtraSelection:
        made = QTextCharFormat()
        made.setBackground(QColor(self._theme.colours.hover))
        made.setProperty(QTextFormat.Property.FullWidthSelection, True)
        selection = QTextEdit.ExtraSelection()
        cursor = self.textCursor()
        cursor.clearSelection()
        _fill(selection, cursor, made)
        return selection

    def _selection(self, start: int, end: int, made: QTextCharFormat) -> QTextEdit.ExtraSelection:
        last = self.document().characterCount() - 1
        cursor = QTextCursor(self.document())
        # A mistake at the very end is marked at the last sign.
        cursor.setPosition(min(start, max(last - 1, 0)))
        cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        selection = QTextEdit.ExtraSelection()
        _fill(selection, cursor, made)
        return selection

    def _dress(self) -> None:
        self.setFont(self._theme.mono)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.colours.text))
        self.setPalette(palette)
        self._quiet = True
        self._highlighter.redress()
        self._quiet = False
        self._make_room()
        self._mark()


class _Numbers(QWidget):
    """The column of line numbers."""

    def __init__(self, edit: CodeEdit, theme: Theme) -> None:
        super().__init__(edit)
        self._edit = edit
        self._theme = theme

    def sizeHint(self) -> QSize:
        return QSize(self._edit.number_width(), 0)

    def follow(self, area: QRect, moved: int) -> None:
        """Follow the text when it scrolls."""
        if moved:
            self.scroll(0, moved)
        else:
            self.update(0, area.y(), self.width(), area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colours
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(mixed(c.line, c.sunken, 0.25)))
        painter.setFont(self._edit.font())
        edit = self._edit
        current = edit.textCursor().blockNumber()
        block = edit.firstVisibleBlock()
        offset = edit.contentOffset()
        while block.isValid():
            area = edit.blockBoundingGeometry(block).translated(offset)
            if area.top() > event.rect().bottom():
                break
            painter.setPen(QColor(c.text if block.blockNumber() == current else c.second))
            place = QRect(0, round(area.top()), self.width() - Space.S, round(area.height()))
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, str(block.blockNumber() + 1))
            block = block.next()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the line."""
        place = QPoint(0, event.position().toPoint().y())
        self._edit.setTextCursor(self._edit.cursorForPosition(place))
        self._edit.setFocus(Qt.FocusReason.MouseFocusReason)


def _fill(selection: QTextEdit.ExtraSelection, cursor: QTextCursor, made: QTextCharFormat) -> None:
    selection.cursor = cursor
    selection.format = made


def _difference(before: str, after: str) -> tuple[int, int, int]:
    """Return where two texts begin to differ, and where that ends in each."""
    start = 0
    shortest = min(len(before), len(after))
    while start < shortest and before[start] == after[start]:
        start += 1
    end, new_end = len(before), len(after)
    while end > start and new_end > start and before[end - 1] == after[new_end - 1]:
        end -= 1
        new_end -= 1
    return start, end, new_end


def _units(text: str, offset: int) -> int:
    """Return a character's place as Qt counts it: in UTF-16."""
    head = text[:offset]
    return len(head) if head.isascii() or max(head) <= "\uffff" else len(head.encode("utf-16-le", "surrogatepass")) // 2
