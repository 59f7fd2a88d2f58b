"""Saving a report from the window: the dialog blocks nothing, and what came of it is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from harmony_desktop.control.report_desk import ReportNews
from harmony_desktop.ui.gallery_report import FAILED, SAVED, SAVING
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.report_card import ReportCard

from .conftest import Panel, child

Make = Callable[..., Panel]

#: The offscreen platform has no window manager to tell.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def card_of(panel: Panel) -> ReportCard:
    panel.window.show_page(SETTINGS)
    return child(panel.window, ReportCard)


def test_the_dialog_asks_where_to_and_blocks_nothing(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel()
    card = card_of(shown)
    card.save.click()
    dialog = child(card.window(), QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    card.save.click()
    assert len(card.window().findChildren(QFileDialog)) == 1
    assert dialog.selectedFiles()[0].endswith(".zip")
    dialog.selectFile(str(tmp_path / "report.zip"))
    dialog.accept()
    assert ("save_report", str(tmp_path / "report.zip")) in shown.intents.calls


def test_nothing_is_saved_when_nothing_is_chosen(panel: Make, qtbot: QtBot) -> None:
    shown = panel()
    card = card_of(shown)
    card.save.click()
    dialog = child(card.window(), QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    dialog.reject()
    assert not [call for call in shown.intents.calls if call[0] == "save_report"]


def test_how_far_it_is_and_what_came_of_it(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    shown = panel()
    card = card_of(shown)
    store = shown.intents.reporting.store
    assert not card.status.isVisible()
    store.set(SAVING)
    assert card.status.text() == "Gathered 5 of 14 parts…"
    assert not card.save.isEnabled()
    store.set(SAVED)
    assert "harmony-report-2026-01-31-1204.zip (178 KB)" in card.status.text()
    assert card.save.isEnabled()
    card.open.click()
    assert [url.toLocalFile() for url in opened] == ["/home/you/Documents"]
    store.set(FAILED)
    assert card.status.text() == "The report cannot be saved there"
    assert not card.open.isVisible()
    store.set(ReportNews())
    assert not card.status.isVisible()
