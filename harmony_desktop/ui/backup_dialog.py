"""Saving a backup: what shall be in it, how large that is, where to, and what came of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from harmony_desktop.control.backup_desk import BackingUp, BackupPhase, BackupState
from harmony_desktop.control.backups import USUAL, Part, SavedBackup, Survey
from harmony_desktop.ui.backup_parts import DeskDialog
from harmony_desktop.ui.backup_words import amount, missing_words, part_text, part_title
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_WIDTH, _HEIGHT = 560, 540
#: As high as that once it is saved.
_SMALL = 190
#: Pixels by which words under a box are moved in.
_UNDER_BOX = 27


class SaveBackupDialog(DeskDialog):
    """Renders the desk's state; the folder is looked at when it opens."""

    def __init__(self, theme: Theme, turning: Turning, parent: QWidget, desk: BackingUp) -> None:
        super().__init__(theme, turning, parent, desk, tr("Save a backup"), _WIDTH, _HEIGHT)
        self.boxes: dict[Part, QCheckBox] = {}
        self._survey: Survey | None = None
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, Space.M, 0)
        self._rows.setSpacing(Space.XS)
        self._area = self.scrolling(self._list)
        self.body.addWidget(self._area, 1)
        self.without_secrets = QCheckBox(tr("Leave out tokens, keys and passwords"))
        self.incomplete = QCheckBox(tr("Save it without them"))
        self._secrets = label(theme, Type.SECOND, "second")
        self._missing = label(theme, Type.SECOND, "attention")
        for made in (self._secrets, self._missing):
            made.setWordWrap(True)
        # The command that helps is there to be copied.
        self._missing.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        for box in (self.without_secrets, self.incomplete):
            box.setFont(theme.font(Type.TEXT))
            box.toggled.connect(lambda _checked: self._show_sum())
        self.body.addWidget(self._missing)
        self.body.addWidget(self.incomplete)
        self.body.addStretch(0)
        self._sum = label(theme, Type.STRONG)
        self.buttons.insertWidget(0, self._sum)
        self.open_folder = button(theme, tr("Open its folder"))
        self.open_folder.setAutoDefault(False)
        self.open_folder.clicked.connect(self._open_folder)
        self.save = button(theme, tr("Save…"), "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._ask)
        self.buttons.addWidget(self.open_folder)
        self.buttons.addWidget(self.save)
        desk.survey()
        self.follow()

    def show_state(self, state: BackupState) -> None:
        """Render a state of the desk."""
        super().show_state(state)
        if state.survey is not None and state.survey is not self._survey:
            self._fill(state.survey)
        saved = state.saved
        self._area.setVisible(saved is None)
        self._list.setEnabled(state.resting)
        self._sum.setVisible(saved is None and state.resting and self._survey is not None)
        self.open_folder.setVisible(saved is not None)
        self.save.setVisible(saved is None)
        self.close_button.setText(tr("Close") if saved is not None else tr("Cancel"))
        if saved is not None:
            self._show_saved(saved)
        else:
            set_text(self.heading, tr("Save a backup"))
            set_text(
                self.words,
                tr("One file, read back and checked. Images are never in it: they can be downloaded again."),
            )
        self._show_sum()
        self.fit(_WIDTH, _HEIGHT if saved is None else _SMALL)

    @property
    def parts(self) -> frozenset[Part]:
        """What is ticked."""
        return frozenset(part for part, box in self.boxes.items() if box.isChecked()) | {Part.CONFIGURATION}

    def _fill(self, survey: Survey) -> None:
        """Show what there is; it is filled once for each look at the folder."""
        self._survey = survey
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in {self.without_secrets, self._secrets}:
                widget.deleteLater()
        self.boxes = {}
        for part in survey.parts:
            box = QCheckBox(f"{part_title(part.part)}  ({amount(part)})")
            box.setFont(self.theme.font(Type.TEXT))
            box.setChecked(part.part in USUAL)
            box.setEnabled(part.part is not Part.CONFIGURATION)
            box.toggled.connect(lambda _checked: self._show_sum())
            self.boxes[part.part] = box
            self._rows.addWidget(box)
            text = part_text(part.part)
            box.setAccessibleDescription(text)
            if text:
                self._rows.addWidget(self._under(text))
        if survey.elsewhere:
            self._rows.addSpacing(Space.S)
            for words in survey.elsewhere:
                self._rows.addWidget(self._under(told(words), inset=0))
        self._rows.addSpacing(Space.M)
        self._rows.addWidget(self.without_secrets)
        self._rows.addWidget(self._secrets)
        self._rows.addStretch(1)
        self.without_secrets.setVisible(survey.secrets)
        self._secrets.setIndent(self.theme.scaled(_UNDER_BOX))

    def _under(self, text: str, inset: int = _UNDER_BOX) -> QWidget:
        made = label(self.theme, Type.SECOND, "second", text)
        made.setWordWrap(True)
        made.setContentsMargins(self.theme.scaled(inset), 0, 0, 0)
        return made

    def _show_sum(self) -> None:
        survey = self._survey
        if survey is None:
            self.save.setEnabled(False)
            return
        set_text(self._sum, tr("About {size}", size=size(survey.size_of(self.parts))))
        words = tr("It will hold the stack’s tokens, keys and passwords: keep it where only you can read it.")
        if self.without_secrets.isChecked():
            words = tr("They have to be entered again after a restore. What the services keep may hold others.")
        set_text(self._secrets, words if survey.secrets else "")
        self._secrets.setVisible(survey.secrets)
        missing = survey.missing_of(self.parts) if self.desk.store.value.saved is None else ()
        text = ""
        if missing:
            title = trn("One file cannot be in it", "{n} files cannot be in it", len(missing))
            text = f"{title}:\n{missing_words(missing)}"
        set_text(self._missing, text)
        self._missing.setVisible(bool(missing))
        self.incomplete.setVisible(bool(missing))
        state = self.desk.store.value
        self.save.setEnabled(state.resting and (not missing or self.incomplete.isChecked()))

    def _show_saved(self, saved: SavedBackup) -> None:
        title = tr("The backup is saved") if saved.complete else tr("The backup is saved, and incomplete")
        amount_of = trn("One file is in it", "{n} files are in it", saved.files)
        lines = [
            tr("{file} ({size}).", file=str(saved.file), size=size(saved.size)),
            tr("{amount}. All of them were read back, and are as they were.", amount=amount_of),
        ]
        if saved.missing:
            lines.append(tr("Not in it:\n{files}", files=missing_words(saved.missing)))
        if saved.emptied:
            lines.append(tr("Without their secrets: {files}", files=", ".join(saved.emptied)))
        set_text(self.heading, title)
        set_text(self.words, "\n".join(lines))
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.say(title)

    def _ask(self, _checked: bool = False) -> None:
        """Ask where to; the window goes on meanwhile."""
        dialog = QFileDialog(self, tr("Save a backup"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Zip files (*.zip)"))
        dialog.setDefaultSuffix("zip")
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        if folder and Path(folder).is_dir():
            dialog.setDirectory(folder)
        dialog.selectFile(f"harmony-backup-{datetime.now().astimezone():%Y-%m-%d-%H%M}.zip")
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _save(self, file: str) -> None:
        if self.desk.store.value.phase is BackupPhase.RESTING:
            self.desk.save(
                file,
                self.parts,
                secrets=not self.without_secrets.isChecked(),
                incomplete=self.incomplete.isChecked(),
            )

    def _open_folder(self, _checked: bool = False) -> None:
        saved = self.desk.store.value.saved
        if saved is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(saved.file.parent)))
