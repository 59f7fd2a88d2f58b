"""Unexpected errors in the real window: all are told in one dialog, without secrets, and life goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from harmony_desktop.control.crashes import CrashNews
from harmony_desktop.ui.crash_dialog import CrashDialog
from harmony_desktop.ui.gallery_crashes import ENDED, HAPPENED, RecordedCrashes
from harmony_desktop.ui.gallery_report import FAILED, SAVING
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.report_card import ReportCard

from .conftest import Panel, child

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "systemTrayWindowChanged")
Make = Callable[..., Panel]
SECRET = "hunter2-planted"


def run(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.ui.crashing_panel", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "QT_QPA_PLATFORM": "offscreen",
            "DOCKER_HOST": f"unix://{home}/none.sock",
            "CRASHES": str(home / "crashes.json"),
            "XDG_RUNTIME_DIR": str(home),
            "TMPDIR": str(home),
            "API_TOKEN": SECRET,
            "LC_ALL": "C.UTF-8",
            **environ,
        },
    )


def log_of(home: Path) -> str:
    return (home / ".local/state/harmony-desktop/log/harmony-desktop.log").read_text()


def test_errors_from_everywhere_and_the_window_goes_on(tmp_path: Path) -> None:
    said = run(tmp_path)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads((tmp_path / "crashes.json").read_text())
    assert found["kinds"] == ["Destructor", "Paint", "Slot", "Thread", "Timer", "Work"]
    assert found["dialogs"] == 1
    assert not found["modal"]
    assert found["answers"], "what is pressed afterwards is done"
    assert found["clipboard"].startswith(found["details"][:2000])
    assert "api_key=<masked>" in found["details"]
    assert "Harmony Desktop" in found["details"]
    everything = json.dumps(found) + log_of(tmp_path) + said.stderr + said.stdout
    assert SECRET not in everything
    assert "Traceback" in log_of(tmp_path)
    assert "Traceback" not in said.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_below_python_is_told_at_the_next_start_and_only_then(tmp_path: Path) -> None:
    assert run(tmp_path, "segfault").returncode < 0
    assert run(tmp_path, "look").returncode == 0
    found: dict[str, str] = json.loads((tmp_path / "crashes.json").read_text())
    assert found["title"] == "Harmony ended unexpectedly the last time"
    assert "Segmentation fault" in found["details"]
    assert "crashing_panel.py" in found["details"]
    assert "Segmentation fault" in log_of(tmp_path)
    assert run(tmp_path, "quit").returncode == 0
    assert log_of(tmp_path).count("ended unexpectedly the last time") == 1


def test_a_qt_that_cannot_begin_is_told_in_plain_words(tmp_path: Path) -> None:
    said = run(tmp_path, QT_QPA_PLATFORM="nonsense")
    assert said.returncode == 1
    assert "\nError: Harmony cannot open its window.\n" in f"\n{said.stderr}"
    assert "DISPLAY" in said.stderr
    assert "Qt gave up" in log_of(tmp_path)


def told(panel: Panel, news: CrashNews) -> CrashDialog:
    panel.ui.prepare()
    panel.intents.crashes.store.set(news)
    return child(panel.window, CrashDialog)


def buttons(dialog: CrashDialog) -> dict[str, QPushButton]:
    return {made.text(): made for made in dialog.findChildren(QPushButton) if made.isVisible()}


def test_the_dialog_says_what_happened_and_what_can_be_done(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    shown = panel()
    dialog = told(shown, HAPPENED)
    assert dialog.title.text() == "Something unexpected happened in Harmony"
    assert set(buttons(dialog)) == {
        "Copy",
        "Save a report…",
        "Open the folder of the log",
        "Show the details",
        "Close",
    }, "where faults are reported is not known"
    buttons(dialog)["Show the details"].click()
    assert "ZeroDivisionError" in dialog.details.toPlainText()
    buttons(dialog)["Copy"].click()
    assert QGuiApplication.clipboard().text() == dialog.details.toPlainText()
    buttons(dialog)["Open the folder of the log"].click()
    assert opened[0].toLocalFile().endswith("harmony-desktop/log")
    buttons(dialog)["Close"].click()
    assert ("dismiss_crashes",) in shown.intents.calls


def test_another_error_goes_into_the_same_dialog(panel: Make) -> None:
    shown = panel()
    dialog = told(shown, ENDED)
    assert dialog.title.text() == "Harmony ended unexpectedly the last time"
    shown.intents.crashes.store.set(replace(HAPPENED, others=3))
    assert len(shown.window.findChildren(CrashDialog)) == 1
    assert "48 times · 4 other errors" in dialog._often.text()


def test_a_report_is_saved_from_it(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel()
    dialog = told(shown, HAPPENED)
    dialog.save.click()
    asked = child(dialog, QFileDialog)
    qtbot.waitUntil(asked.isVisible)
    asked.selectFile(str(tmp_path / "report.zip"))
    asked.accept()
    assert ("save_report", str(tmp_path / "report.zip")) in shown.intents.calls
    shown.intents.reporting.store.set(SAVING)
    assert not dialog.save.isEnabled()
    shown.intents.reporting.store.set(FAILED)
    assert dialog._status.text().startswith("The report cannot be saved there")


def test_a_window_in_the_tray_is_not_opened_for_it(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = panel(tray=True)
    said: list[str] = []
    monkeypatch.setattr(shown.ui, "_tell_on_desktop", lambda title, _text: said.append(title))
    shown.ui.prepare()
    shown.window.hide()
    shown.intents.crashes.store.set(HAPPENED)
    shown.intents.crashes.store.set(replace(HAPPENED, others=1))
    assert said == ["Something unexpected happened in Harmony"]
    assert shown.window.findChild(CrashDialog) is None
    shown.ui.raise_()
    assert child(shown.window, CrashDialog).isVisible()


def test_the_settings_lead_to_the_log_and_let_it_tell_more(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    shown = panel()
    shown.window.show_page(SETTINGS)
    card = child(shown.window, ReportCard)
    card.logs.click()
    assert opened[0].toLocalFile() == RecordedCrashes.log_folder
    card.detailed.click()
    assert ("log_in_detail", True) in shown.intents.calls
    assert shown.settings.get("log.detailed") is True
    again = panel(log__detailed=True)
    again.ui.prepare()
    assert ("log_in_detail", True) in again.intents.calls
