"""The files of a backup to choose from: by part, each with what a restore means for it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from harmony_desktop.control.backups import MADE, Change, Item, Part, RestorePreview
from harmony_desktop.ui.backup_words import change_word, part_title
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.theme import Theme, Type

_PATH = Qt.ItemDataRole.UserRole
_SHOWN = Qt.ItemDataRole.UserRole + 2
_PART = Qt.ItemDataRole.UserRole + 1
_CHECKABLE = Qt.ItemFlag.ItemIsUserCheckable
#: What stands at the top of each part; what stays as it is comes last, and what is the same is only counted.
_ORDER = (Change.DIFFERS, Change.NEW, Change.BLOCKED, Change.ONLY_HERE)


class RestoreList(QListWidget):
    """A box for each part and for each file in it; Space ticks, the arrows choose what is shown beside it."""

    selected = Signal(str)
    ticked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._settling = False
        self.setProperty("surface", "menu")
        self.setFont(theme.font(Type.SECOND))
        self.setAccessibleName(tr("Files of the backup"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.setUniformItemSizes(True)
        overlay_scroll_bars(self)
        self.itemChanged.connect(self._changed)
        self.currentItemChanged.connect(self._moved)

    def show_preview(self, preview: RestorePreview) -> None:
        """Show the files; all that a restore would write is ticked."""
        self._settling = True
        self.clear()
        for part in Part:
            items = [item for item in preview.items if item.part is part and item.change is not Change.SAME]
            if not items:
                continue
            items.sort(key=lambda item: (_ORDER.index(item.change), item.path))
            self._add_part(part, items)
            for item in items:
                self._add_file(item)
        self._settling = False
        self.ticked.emit()

    @property
    def chosen(self) -> frozenset[str]:
        """The paths that are ticked."""
        items = (self.item(row) for row in range(self.count()))
        return frozenset(
            item.data(_PATH) for item in items if item.data(_PATH) and item.checkState() is Qt.CheckState.Checked
        )

    def select_first(self) -> None:
        """Select the first file."""
        for row in range(self.count()):
            if self.item(row).data(_PATH):
                self.setCurrentRow(row)
                return

    def _add_part(self, part: Part, items: list[Item]) -> None:
        made = QListWidgetItem(part_title(part))
        made.setData(_PART, part.value)
        made.setFont(self._theme.font(Type.STRONG))
        if any(item.change in MADE for item in items):
            made.setFlags(made.flags() | _CHECKABLE)
            made.setCheckState(Qt.CheckState.Checked)
        else:
            made.setFlags(made.flags() & ~_CHECKABLE)
        self.addItem(made)

    def _add_file(self, item: Item) -> None:
        made = QListWidgetItem(f"{item.path}  ·  {change_word(item)}")
        made.setToolTip("\n".join(part for part in (item.path, change_word(item), told(item.reason)) if part))
        made.setData(_PART, item.part.value)
        made.setData(_SHOWN, item.path)
        if item.change in MADE:
            made.setData(_PATH, item.path)
            made.setFlags(made.flags() | _CHECKABLE)
            made.setCheckState(Qt.CheckState.Checked)
        else:
            made.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            made.setForeground(QColor(self._theme.colours.second))
        self.addItem(made)

    def _changed(self, item: QListWidgetItem) -> None:
        """Let a part tick its files, and tell of the part how its files are."""
        if self._settling:
            return
        self._settling = True
        group = [each for each in map(self.item, range(self.count())) if each.data(_PART) == item.data(_PART)]
        files = [each for each in group if each.data(_PATH)]
        if not item.data(_PATH):
            for each in files:
                each.setCheckState(item.checkState())
        states = {each.checkState() for each in files}
        group[0].setCheckState(states.pop() if len(states) == 1 else Qt.CheckState.PartiallyChecked)
        self._settling = False
        self.ticked.emit()

    def _moved(self, item: QListWidgetItem | None, _before: QListWidgetItem | None = None) -> None:
        if item is not None and not self._settling:
            self.selected.emit(item.data(_SHOWN) or "")
