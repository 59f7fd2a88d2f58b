"""Backups in the window: what the dialogs say, and what their buttons ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from harmony_desktop.control.backup_desk import BackupPhase, BackupState
from harmony_desktop.control.backups import Change, Part
from harmony_desktop.control.repairs import Undone
from harmony_desktop.ui.backup_card import BackupCard, open_restore
from harmony_desktop.ui.backup_dialog import SaveBackupDialog
from harmony_desktop.ui.gallery_backup import RecordedBackups, backup_states
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.restore_dialog import RestoreDialog
from harmony_desktop.ui.window_commands import WindowCommands

from .conftest import Panel, child

Make = Callable[..., Panel]

#: The offscreen platform has no window manager to tell.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

STATES = backup_states()


def desk_of(panel: Panel, state: str = "") -> RecordedBackups:
    desk = panel.intents.backing_up
    if state:
        desk.store.set(STATES[state])
    return desk


def card_of(panel: Panel) -> BackupCard:
    panel.window.show_page(SETTINGS)
    return child(panel.window, BackupCard)


def saving(panel: Panel, state: str = "backup") -> SaveBackupDialog:
    card_of(panel).save.click()
    desk_of(panel, state)
    return child(panel.window, SaveBackupDialog)


def restoring(panel: Panel, state: str = "restore") -> RestoreDialog:
    desk_of(panel, state)
    window = panel.window
    dialog = open_restore(panel.ui.theme, window.turning, window, panel.intents, "")
    assert isinstance(dialog, RestoreDialog)
    return dialog


def asked(panel: Panel, name: str) -> list[tuple[object, ...]]:
    return [call for call in panel.intents.calls if call[0] == name]


def test_what_there_is_is_shown_with_its_size_before_it_is_saved(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel()
    dialog = saving(shown)
    assert asked(shown, "survey_backup") == [("survey_backup",)]
    assert dialog.boxes[Part.MODELS].text() == "Models  (6 files, 9.2 GB)"
    assert {part for part, box in dialog.boxes.items() if box.isChecked()} == {
        *(Part.CONFIGURATION, Part.CHARACTERS, Part.VOICES, Part.PROMPTS)
    }
    assert not dialog.boxes[Part.CONFIGURATION].isEnabled(), "it is always in it"
    dialog.boxes[Part.MODELS].click()
    dialog.without_secrets.click()
    dialog.save.click()
    files = child(dialog, QFileDialog)
    qtbot.waitUntil(files.isVisible)
    assert files.selectedFiles()[0].endswith(".zip")
    files.selectFile(str(tmp_path / "b.zip"))
    files.accept()
    (call,) = asked(shown, "save_backup")
    assert call[1] == str(tmp_path / "b.zip")
    assert Part.MODELS in cast("frozenset[Part]", call[2])
    assert call[3:] == (False, False)


def test_what_cannot_be_read_is_told_and_has_to_be_allowed(panel: Make) -> None:
    dialog = saving(panel(), "backup-missing")
    assert not dialog.save.isEnabled()
    assert "Kaiden.png" in dialog._missing.text()
    assert "sudo setfacl" in dialog._missing.text()
    dialog.incomplete.click()
    assert dialog.save.isEnabled()
    dialog.incomplete.click()
    dialog.boxes[Part.CHARACTERS].click()
    assert dialog.save.isEnabled(), "it belongs to nothing that is wanted"


def test_the_dialog_follows_the_work_and_cancels_it(panel: Make) -> None:
    shown = panel()
    dialog = saving(shown, "backup-saving")
    assert dialog.bar.isVisible()
    assert dialog.status.text() == "Saving… 39 of 87 MB"
    dialog.close_button.click()
    assert asked(shown, "cancel_backup")
    assert dialog.isVisible(), "until it has ended"
    desk_of(shown, "backup-saved")
    assert dialog.heading.text() == "The backup is saved"
    assert "harmony-backup-2026-01-31-1204.zip (84 MB)" in dialog.words.text()
    assert not dialog.bar.isVisible()
    dialog.close_button.click()
    assert not dialog.isVisible()
    assert desk_of(shown).store.value.saved is None


def test_a_restore_is_shown_file_by_file(panel: Make) -> None:
    shown = panel()
    dialog = restoring(shown)
    lines = [dialog.files.item(row).text() for row in range(dialog.files.count())]
    assert ".env  ·  differs" in lines
    assert "harmony-speech-engine/cache/old  ·  left out" in lines
    assert not any("configuration-1" in line for line in lines), "what is the same is only counted"
    assert "9 are the same already" in dialog.words.text()
    assert "+COMPOSE_FILE=docker-compose.yml:docker-compose.harmony.yml" in dialog.diff.toPlainText()
    assert "Services run" in dialog._notes.text()
    dialog.restore.click()
    (call,) = asked(shown, "restore_backup")
    preview = STATES["restore"].preview
    assert preview is not None
    assert call[1] == {item.path for item in preview.items if item.change in {Change.NEW, Change.DIFFERS}}


def test_files_and_parts_can_be_left_out_with_the_keyboard(panel: Make) -> None:
    shown = panel()
    dialog = restoring(shown)
    files = dialog.files
    rows = {files.item(row).text(): row for row in range(files.count())}
    files.setFocus()
    files.setCurrentRow(rows["Characters"])
    QTest.keyClick(files, Qt.Key.Key_Space)
    files.setCurrentRow(rows[".env  ·  differs"])
    QTest.keyClick(files, Qt.Key.Key_Space)
    assert files.item(rows["Configuration"]).checkState() is Qt.CheckState.PartiallyChecked
    assert not any("characters" in path for path in files.chosen)
    assert ".env" not in files.chosen
    assert dialog._count.text() == "3 files are chosen"
    for name in ("Configuration", "Configuration", "Voices"):
        files.setCurrentRow(rows[name])
        QTest.keyClick(files, Qt.Key.Key_Space)
    assert files.chosen == frozenset()
    assert not dialog.restore.isEnabled()
    assert [call[1] for call in asked(shown, "show_backup")].count(".env") >= 1


def test_why_a_file_is_left_out_is_told(panel: Make) -> None:
    dialog = restoring(panel())
    last = dialog.files.count() - 1
    dialog.files.setCurrentRow(last)
    assert "a link leads out of the folder there" in dialog.diff.toPlainText()
    assert not dialog.files.item(last).flags() & Qt.ItemFlag.ItemIsUserCheckable


def test_after_a_restore_what_runs_is_started_again(panel: Make) -> None:
    shown = panel()
    dialog = restoring(shown, "restore-done")
    assert dialog.heading.text() == "The backup is restored"
    assert "before-restore-20260131-120911" in dialog.words.text()
    dialog.restart.click()
    assert asked(shown, "start") == [("start", ("harmonyspeech-engine",))]
    assert asked(shown, "restart") == [("restart", ("harmony-link",))]
    assert not dialog.isVisible()


def test_a_restore_can_be_taken_back_at_once(panel: Make) -> None:
    shown = panel()
    dialog = restoring(shown, "restore-done")
    dialog.undo.click()
    assert asked(shown, "undo_restore")


def test_an_interrupted_restore_is_finished_or_taken_back(panel: Make) -> None:
    shown = panel()
    desk_of(shown, "restore-interrupted")
    card = card_of(shown)
    assert card.status.text() == "A restore was interrupted: 3 of 6 files were written."
    card.go_on.click()
    dialog = child(shown.window, RestoreDialog)
    assert dialog.heading.text() == "A restore was interrupted"
    dialog.finish.click()
    assert asked(shown, "read_backup") == [
        ("read_backup", "/home/you/Documents/harmony-backup-2026-01-31-1204.zip", "/home/you/Harmony")
    ]


def test_what_was_refused_is_told(panel: Make) -> None:
    dialog = restoring(panel(), "restore-refused")
    assert "This backup is not safe to restore" in dialog.fault.text()
    assert not dialog.restore.isVisible()
    assert dialog.close_button.text() == "Close"


def test_another_folder_is_compared_anew(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel()
    dialog = restoring(shown)
    dialog.other.click()
    files = child(dialog, QFileDialog)
    qtbot.waitUntil(files.isVisible)
    files.setDirectory(str(tmp_path))
    files.selectFile(str(tmp_path))
    files.accept()
    (call,) = asked(shown, "read_backup")
    assert call[2] == str(tmp_path)


def test_the_file_is_asked_for_first(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel()
    (tmp_path / "b.zip").write_bytes(b"")
    card_of(shown).restore.click()
    files = child(shown.window, QFileDialog)
    qtbot.waitUntil(files.isVisible)
    files.setDirectory(str(tmp_path))
    files.selectFile("b.zip")
    files.accept()
    assert asked(shown, "read_backup") == [("read_backup", str(tmp_path / "b.zip"), "")]


def test_commands_of_the_palette(panel: Make, qtbot: QtBot) -> None:
    shown = panel()
    collected = WindowCommands(shown.window, shown.ui.theme, shown.intents).collect()
    found = {command.title: command.run for command in collected}
    found["Save a backup…"]()
    assert child(shown.window, SaveBackupDialog).isVisible()
    child(shown.window, SaveBackupDialog).reject()
    found["Restore a backup…"]()
    qtbot.waitUntil(child(shown.window, QFileDialog).isVisible)


def test_nothing_is_offered_while_something_is_done(panel: Make) -> None:
    shown = panel()
    card = card_of(shown)
    desk_of(shown).store.set(BackupState(BackupPhase.READING))
    assert not card.save.isEnabled()
    assert not card.restore.isEnabled()
    desk_of(shown).store.set(replace(BackupState(), undoable=True))
    assert card.undo.isVisible()


def test_the_set_up_restores_to_the_folder_that_is_chosen(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel("set-up-folder")
    (tmp_path / "b.zip").write_bytes(b"")
    shown.button("Restore a backup…").click()
    files = child(shown.window, QFileDialog)
    qtbot.waitUntil(files.isVisible)
    files.setDirectory(str(tmp_path))
    files.selectFile("b.zip")
    files.accept()
    assert asked(shown, "read_backup") == [("read_backup", str(tmp_path / "b.zip"), "/home/you/Harmony")]
    shown.intents.wizard.choose_folder("/elsewhere")
    desk_of(shown, "restore-done")
    assert shown.intents.wizard.store.value.choices.folder == "/home/you/Harmony"


def test_the_last_restore_is_taken_back_only_when_that_is_confirmed(panel: Make) -> None:
    shown = panel()
    card = card_of(shown)
    desk_of(shown).store.set(BackupState(undoable=True))
    card.undo.click()
    dialog = child(shown.window, RestoreDialog)
    assert dialog.heading.text() == "Take the last restore back?"
    assert not asked(shown, "undo_restore")
    dialog.undo.click()
    assert asked(shown, "undo_restore")
    desk_of(shown).store.set(BackupState(undone=Undone((".env", "services.yml"), ("x was changed since, and stays.",))))
    assert dialog.words.text() == "2 files are as before.\nx was changed since, and stays."
    assert not dialog.undo.isVisible()


def test_leaving_while_a_backup_is_read_ends_that_and_closes(panel: Make) -> None:
    shown = panel()
    dialog = restoring(shown, "restore-reading")
    dialog.close_button.click()
    assert asked(shown, "cancel_backup")
    assert dialog.isVisible(), "until it has ended"
    desk_of(shown).store.set(BackupState())
    assert not dialog.isVisible()
