"""Restoring a backup: read and checked, compared file by file, chosen, written, and taken back if it was a mistake."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from harmony_desktop.control.backup_desk import BackupPhase, BackupState
from harmony_desktop.control.backups import Change, Restored, RestorePreview
from harmony_desktop.control.intents import Intents
from harmony_desktop.ui.backup_parts import DeskDialog
from harmony_desktop.ui.backup_words import counts, made_words, missing_words
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.i18n import join_words, told, tr, trn
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.restore_list import RestoreList
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

_WIDTH, _HEIGHT = 860, 560
#: As wide as that while there are only words to show.
_SMALL = 560


class RestoreDialog(DeskDialog):
    """Renders the desk's state; nothing is written before somebody has seen what. ``restored`` tells the folder.

    Args:
        theme: The looks.
        turning: What turns while something is done.
        parent: The window.
        intents: What presses become.
        file: The backup; "" shows what the desk shows already.
        folder: Where to; "" for the stack folder, or the one that is proposed.
    """

    restored = Signal(str)

    def __init__(
        self, theme: Theme, turning: Turning, parent: QWidget, intents: Intents, file: str, folder: str = ""
    ) -> None:
        super().__init__(theme, turning, parent, intents.backing_up, tr("Restore a backup"), _WIDTH, _HEIGHT)
        self._intents = intents
        self._file = file
        self._shown: RestorePreview | None = None
        self._restored: Restored | None = None
        self._make_body()
        self._make_buttons()
        if file:
            self.desk.read(file, folder)
        self.follow()

    def _make_body(self) -> None:
        self._notes = label(self.theme, Type.SECOND, "attention")
        self._notes.setWordWrap(True)
        place = QHBoxLayout()
        place.setSpacing(Space.S)
        self._place = ElidedLabel(self.theme, Type.TEXT)
        self.other = button(self.theme, tr("Another folder…"), "small")
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self._browse)
        place.addWidget(self._place, 1)
        place.addWidget(self.other)
        self._compared = QWidget()
        inside = QVBoxLayout(self._compared)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.S)
        inside.addLayout(place)
        inside.addWidget(self._notes)
        self.files = RestoreList(self.theme)
        self.files.selected.connect(self._select)
        self.files.ticked.connect(self._show_count)
        self.diff = DiffView(self.theme)
        self.diff.setAccessibleName(tr("What would change in the file"))
        beside = QHBoxLayout()
        beside.setSpacing(Space.M)
        beside.addWidget(self.files, 1)
        beside.addWidget(self.diff, 1)
        inside.addLayout(beside, 1)
        self.body.addWidget(self._compared, 1)
        self.body.addStretch(0)

    def _make_buttons(self) -> None:
        self._count = label(self.theme, Type.STRONG)
        self.buttons.insertWidget(0, self._count)
        self.undo = button(self.theme, tr("Take it back"))
        self.undo.clicked.connect(lambda _checked=False: self.desk.undo())
        self.restart = button(self.theme, tr("Restart what this affects"), "primary")
        self.restart.clicked.connect(self._restart)
        self.finish = button(self.theme, tr("Finish it"), "primary")
        self.finish.clicked.connect(self._read_again)
        self.restore = button(self.theme, tr("Restore"), "primary")
        self.restore.clicked.connect(lambda _checked=False: self.desk.restore(self.files.chosen))
        for made in (self.undo, self.restart, self.finish, self.restore):
            made.setAutoDefault(False)
            self.buttons.addWidget(made)

    def show_state(self, state: BackupState) -> None:
        """Render a state of the desk."""
        super().show_state(state)
        preview, restored = state.preview, state.restored
        left = state.interrupted if preview is None and restored is None else None
        if preview is not None and preview is not self._shown:
            self._fill(preview)
        self._compared.setVisible(preview is not None)
        self._compared.setEnabled(state.resting)
        self._show_difference(state)
        running = self._running(restored)
        # Opened without a backup, it asks whether to take the last restore back.
        asks = not self._file and preview is None and restored is None and state.undone is None and state.fault is None
        asks = asks and state.undoable and left is None
        self.undo.setVisible(state.resting and (restored is not None or left is not None or asks))
        self.finish.setVisible(state.resting and left is not None)
        self.restart.setVisible(bool(running))
        self.restore.setVisible(preview is not None)
        self._count.setVisible(preview is not None)
        ended = state.resting and preview is None
        self.close_button.setText(tr("Close") if ended else tr("Cancel"))
        if restored is not None and restored is not self._restored:
            self._restored = restored
            self.restored.emit(str(restored.folder))
        if restored is not None:
            self._show_restored(restored, running)
        elif state.undone is not None:
            lines = [trn("One file is as before.", "{n} files are as before.", len(state.undone.restored))]
            lines += [told(words) for words in state.undone.kept]
            self._head(tr("The restore was taken back"), "\n".join(lines))
        elif preview is not None:
            self._head(tr("Restore a backup"), f"{made_words(preview)} {counts(preview)}")
        elif left is not None and state.resting:
            words = trn("One of {total} files was written.", "{n} of {total} files were written.", left.done,
                        total=left.total)  # fmt: skip
            self._head(tr("A restore was interrupted"), f"{words} {tr('It can be finished, or taken back.')}")
        elif asks:
            words = tr(
                "Files that are still as it left them become what they were before, and what was new goes. The backup "
                "itself stays."
            )
            self._head(tr("Take the last restore back?"), words)
        else:
            self._head(tr("Restore a backup"), self._file)
        self._show_count()
        self.fit(*((_WIDTH, _HEIGHT) if preview is not None else (_SMALL, self._small_height())))

    def _small_height(self) -> int:
        """Return a height for words alone: more of them take more."""
        return 170 + 17 * (self.words.text().count("\n") + self.fault.text().count("\n")) + 50 * bool(self.fault.text())

    def _head(self, title: str, words: str) -> None:
        if title != self.heading.text():
            self.say(title)
        set_text(self.heading, title)
        set_text(self.words, words)
        self.words.setVisible(bool(words))

    def _fill(self, preview: RestorePreview) -> None:
        self._shown = preview
        self._file = str(preview.file)
        if preview.fresh:
            self._place.show_text(tr("Into the new folder {folder}", folder=str(preview.folder)))
        else:
            self._place.show_text(tr("Into {folder}", folder=str(preview.folder)))
        notes = [told(words) for words in preview.notes]
        grave = tuple(each for each in preview.missing if each.grave)
        if grave:
            notes.append(tr("The backup is incomplete:\n{files}", files=missing_words(grave)))
        if preview.emptied:
            notes.append(
                tr("It was made without secrets: what the folder has of them stays, others have to be entered again.")
            )
        if any(service.runs for service in self._intents.store.value.services) and not preview.fresh:
            notes.append(
                tr(
                    "Services run: they go on with the old files until they are started again, and may write over "
                    "what is restored."
                )
            )
        set_text(self._notes, "\n".join(notes))
        self._notes.setVisible(bool(notes))
        self.files.show_preview(preview)
        self.files.select_first()
        self.files.setFocus()

    def _select(self, path: str) -> None:
        if self.desk.store.value.resting:
            self.desk.show(path)

    def _show_difference(self, state: BackupState) -> None:
        """Show what would change within the selected file, or why nothing does."""
        text = state.difference
        found = [item for item in state.preview.items if item.path == state.shown] if state.preview else []
        if found and not text:
            text = {
                Change.ONLY_HERE: tr("It is not in the backup, and stays as it is."),
                Change.BLOCKED: tr("It is left out: {reason}.", reason=told(found[0].reason)),
            }.get(found[0].change, tr("No text to be compared."))
        self.diff.show_diff(text)

    def _show_count(self) -> None:
        state, chosen = self.desk.store.value, len(self.files.chosen)
        self.restore.setEnabled(state.resting and state.preview is not None and chosen > 0)
        if state.preview is None:
            return
        nothing = not state.preview.changes
        words = trn("One file is chosen", "{n} files are chosen", chosen)
        set_text(self._count, tr("All of it is there already") if nothing else words)

    def _running(self, restored: Restored | None) -> tuple[str, ...]:
        """Return the services that run, and go on with the old files."""
        if restored is None:
            return ()
        runs = {service.name for service in self._intents.store.value.services if service.runs}
        return tuple(name for name in restored.affected.services if name in runs)

    def _show_restored(self, restored: Restored, running: tuple[str, ...]) -> None:
        titles = {service.name: service.title for service in self._intents.store.value.services}
        lines = [trn("One file was written.", "{n} files were written.", len(restored.written))]
        if restored.kept is not None:
            lines.append(tr("What was there before is kept in {folder}", folder=str(restored.kept)))
        if restored.remembered:
            lines.append(tr("{folder} is Harmony’s stack folder now.", folder=str(restored.folder)))
        if running:
            names = join_words([titles.get(name, name) for name in running])
            lines.append(tr("Started again, these will use it: {services}", services=names))
        lines += [told(words) for words in restored.notes]
        self._head(tr("The backup is restored"), "\n".join(lines))

    def _restart(self, _checked: bool = False) -> None:
        """Make anew what has other settings now, and restart what reads the files when it starts; only what runs."""
        restored = self.desk.store.value.restored
        running = self._running(restored)
        if restored is not None:
            anew = tuple(name for name in restored.affected.anew if name in running)
            again = tuple(name for name in restored.affected.restarted if name in running)
            if anew:
                self._intents.start(anew)
            if again:
                self._intents.restart(again)
        self.accept()

    def _read_again(self, _checked: bool = False) -> None:
        left = self.desk.store.value.interrupted
        if left is not None:
            self.desk.read(str(left.file), str(left.folder))

    def _browse(self, _checked: bool = False) -> None:
        dialog = QFileDialog(self, tr("Choose the folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._other_folder)
        dialog.open()

    def _other_folder(self, folder: str) -> None:
        if self.desk.store.value.phase is BackupPhase.RESTING:
            self.desk.read(self._file, folder)
