"""Backups on the page of settings: save one, restore one, and what became of a restore that was interrupted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from harmony_desktop.control.backup_desk import BackupState
from harmony_desktop.control.intents import Intents
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

if TYPE_CHECKING:
    from harmony_desktop.ui.restore_dialog import RestoreDialog


class BackupCard(QFrame):
    """Two buttons, and what an interrupted restore needs.

    Args:
        theme: The looks.
        turning: What turns while something is done.
        intents: What presses become.
    """

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__()
        self._theme, self._turning, self._intents = theme, turning, intents
        self._unsubscribe: Callable[[], None] = lambda: None
        self.setProperty("surface", "card")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Backup")))
        words = label(
            theme,
            Type.SECOND,
            "second",
            tr(
                "One file with the configuration, and with characters, voices and more if you want. A restore shows "
                "each file before it writes, and can be taken back."
            ),
        )
        words.setWordWrap(True)
        inside.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.save = button(theme, tr("Save a backup…"), "small")
        self.save.clicked.connect(lambda _checked=False: save_backup(theme, turning, self.window(), intents))
        self.restore = button(theme, tr("Restore…"), "small")
        self.restore.clicked.connect(lambda _checked=False: restore_backup(theme, turning, self.window(), intents))
        self.undo = button(theme, tr("Take the last restore back"), "quiet")
        self.undo.clicked.connect(lambda _checked=False: self._open(""))
        for made in (self.save, self.restore, self.undo):
            row.addWidget(made)
        row.addStretch(1)
        inside.addSpacing(Space.XS)
        inside.addLayout(row)
        self._left = QWidget()
        left = QHBoxLayout(self._left)
        left.setContentsMargins(0, Space.S, 0, 0)
        left.setSpacing(Space.S)
        self.status = label(theme, Type.SECOND, "attention")
        self.status.setWordWrap(True)
        self.go_on = button(theme, tr("Finish or take back…"), "small")
        self.go_on.clicked.connect(lambda _checked=False: self._open(""))
        left.addWidget(self.status, 1)
        left.addWidget(self.go_on)
        inside.addWidget(self._left)
        self.show_backups(intents.backing_up.store.value)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the desk while seen; ask whether a restore was interrupted."""
        super().showEvent(event)
        desk = self._intents.backing_up
        self._unsubscribe()
        self._unsubscribe = desk.store.subscribe(self.show_backups)
        self.show_backups(desk.store.value)
        desk.look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def show_backups(self, state: BackupState) -> None:
        """Show what can be done."""
        left = state.interrupted
        self._left.setVisible(left is not None and state.resting)
        if left is not None:
            words = trn("A restore was interrupted: one of {total} files was written.",
                        "A restore was interrupted: {n} of {total} files were written.", left.done,
                        total=left.total)  # fmt: skip
            set_text(self.status, words)
        self.undo.setVisible(state.undoable and left is None)
        for made in (self.save, self.restore, self.undo):
            made.setEnabled(state.resting)

    def _open(self, file: str) -> None:
        open_restore(self._theme, self._turning, self.window(), self._intents, file)


def save_backup(theme: Theme, turning: Turning, window: QWidget, intents: Intents) -> None:
    """Open the dialog that saves a backup, once."""
    from harmony_desktop.ui.backup_dialog import SaveBackupDialog  # noqa: PLC0415 - few open it

    found = window.findChild(SaveBackupDialog)
    if found is not None:
        found.raise_()
        return
    SaveBackupDialog(theme, turning, window, intents.backing_up).open()


def restore_backup(
    theme: Theme,
    turning: Turning,
    window: QWidget,
    intents: Intents,
    folder: str = "",
    then: Callable[[str], object] | None = None,
) -> None:
    """Ask for a backup, then show what restoring it would do.

    Args:
        theme: The looks.
        turning: What turns while something is done.
        window: The window.
        intents: What presses become.
        folder: Where to; "" for the stack folder, or the one that is proposed.
        then: Is called with the folder once it is restored.
    """

    def chosen(file: str) -> None:
        opened = open_restore(theme, turning, window, intents, file, folder)
        if then is not None:
            opened.restored.connect(then)

    dialog = QFileDialog(window, tr("Restore a backup"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(tr("Zip files (*.zip)"))
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    if documents and Path(documents).is_dir():
        dialog.setDirectory(documents)
    dialog.fileSelected.connect(chosen)
    dialog.open()


def open_restore(
    theme: Theme, turning: Turning, window: QWidget, intents: Intents, file: str, folder: str = ""
) -> RestoreDialog:
    """Open the dialog that restores a backup; without a file it shows what there is to finish or to take back."""
    from harmony_desktop.ui.restore_dialog import RestoreDialog  # noqa: PLC0415 - few open it

    dialog = RestoreDialog(theme, turning, window, intents, file, folder)
    dialog.open()
    return dialog
