"""The command palette (Ctrl+K): type a few letters of what you want, press Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.commands import Command, matching
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import label
from harmony_desktop.ui.theme import Space, Theme, Type

_WIDTH, _ROWS = 560, 9
_SECOND = Qt.ItemDataRole.UserRole
Index: TypeAlias = QModelIndex | QPersistentModelIndex
_TO_LIST = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp})


class _WithKeys(QStyledItemDelegate):
    """Paints a command's keys, or its group, at the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setFont(self._theme.font(Type.SECOND))
        painter.setPen(QColor(self._theme.colours.second))
        room = option.rect.adjusted(0, 0, -Space.L, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(index.data(_SECOND)))
        painter.restore()


class Palette(QDialog):
    """A line to type in above what fits; Enter does it, Escape goes back.

    Args:
        theme: The looks.
        parent: The window.
        collect: Returns what can be done now.
        subscribe: Subscribes to what changes it; returns what ends that.
    """

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        collect: Callable[[], Sequence[Command]],
        subscribe: Callable[[Callable[[object], None]], Callable[[], None]],
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self._over = parent
        self._collect = collect
        self._found = tuple(collect())
        self._shown: list[Command] = []
        self.setWindowTitle(tr("Commands"))
        self.setAccessibleName(tr("Commands"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        ground = QFrame()
        ground.setProperty("surface", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ground)
        layout = QVBoxLayout(ground)
        layout.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        self.line = QLineEdit()
        self.line.setFont(theme.font(Type.TITLE))
        self.line.setPlaceholderText(tr("What would you like to do?"))
        self.line.setAccessibleName(tr("What would you like to do?"))
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setProperty("surface", "menu")
        self.list.setItemDelegate(_WithKeys(theme, self.list))
        self.list.setAccessibleName(tr("Commands"))
        self.list.setFont(theme.font(Type.TEXT))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemActivated.connect(self._activate)
        self.list.itemClicked.connect(self._activate)
        overlay_scroll_bars(self.list)
        self._nothing = label(theme, Type.TEXT, "second", tr("Nothing fits these words."))
        layout.addWidget(self.line)
        layout.addWidget(self._nothing)
        layout.addWidget(self.list)
        layout.addStretch(1)
        self._layout = outer
        self.setFixedWidth(min(theme.scaled(_WIDTH), parent.width() - 2 * Space.XL))
        self._search("")
        self._place(parent)
        self.line.setFocus()
        unsubscribe = subscribe(self._refresh)
        self.finished.connect(lambda _result: unsubscribe())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that move in a list move in the list, though the line has the focus."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in _TO_LIST:
                self._move(event)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                item = self.list.currentItem()
                if item is not None:
                    self._activate(item)
                return True
        return super().eventFilter(watched, event)

    def _move(self, event: QKeyEvent) -> None:
        count = self.list.count()
        if not count:
            return
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS, Qt.Key.Key_PageUp: -_ROWS}
        row = self.list.currentRow() + step[Qt.Key(event.key())]
        # One step beyond an end comes out at the other; a page stops there.
        single = event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}
        self.list.setCurrentRow(row % count if single else max(0, min(count - 1, row)))
        announce(self.list, self.list.currentItem().text())

    def _refresh(self, _news: object) -> None:
        """Offer what can be done now; the place in the list stays where it was."""
        found = tuple(self._collect())
        if [command[:2] for command in found] == [command[:2] for command in self._found]:
            self._found = found
            self._shown = matching(found, self.line.text())
            return
        self._found = found
        row = self.list.currentRow()
        before = self.list.item(row).text() if row >= 0 else ""
        self._search(self.line.text())
        titles = [command.title for command in self._shown]
        if before in titles:
            self.list.setCurrentRow(titles.index(before))

    def _search(self, words: str) -> None:
        self._shown = matching(self._found, words)
        self.list.clear()
        for command in self._shown:
            item = QListWidgetItem(command.title)
            item.setData(_SECOND, command.keys or command.group)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, command.keys or command.group)
            self.list.addItem(item)
        self.list.setVisible(bool(self._shown))
        self._nothing.setVisible(not self._shown)
        if self._shown:
            self.list.setCurrentRow(0)
            height = self.list.sizeHintForRow(0)
            self.list.setFixedHeight(height * min(_ROWS, len(self._shown)) + Space.XS)
        if words:
            announce(self.line, trn("{n} command", "{n} commands", len(self._shown)))
        # The layouts are told at once: a size that follows in the next turn would leave a gap below what is found.
        self._layout.activate()
        self.resize(self.width(), self._layout.totalSizeHint().height())

    def _activate(self, item: QListWidgetItem) -> None:
        command = self._shown[self.list.row(item)]
        self.accept()
        # What a command opens must not open below a dialog that is about to go.
        QTimer.singleShot(0, self._over, command.run)

    def _place(self, parent: QWidget) -> None:
        middle = parent.mapToGlobal(QPoint((parent.width() - self.width()) // 2, self._theme.scaled(70)))
        self.move(middle)
