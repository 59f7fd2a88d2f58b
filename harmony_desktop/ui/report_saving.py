"""Asking where to save a report, and the words for what became of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from harmony_desktop.control.report_desk import Reporting, ReportNews, ReportPhase
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.wording import size


def ask_where_to_save(parent: QWidget, reporting: Reporting) -> QFileDialog:
    """Return the dialog that asks, open; what is chosen is saved, and the window goes on meanwhile.

    Args:
        parent: The window that asks.
        reporting: Saves reports.
    """
    dialog = QFileDialog(parent, tr("Save a report"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(tr("Zip files (*.zip)"))
    dialog.setDefaultSuffix("zip")
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    if folder and Path(folder).is_dir():
        dialog.setDirectory(folder)
    dialog.selectFile(f"harmony-report-{datetime.now().astimezone():%Y-%m-%d-%H%M}.zip")
    dialog.fileSelected.connect(reporting.save)
    dialog.open()
    return dialog


def report_words(news: ReportNews) -> tuple[str, str]:
    """Return what is said first of a report, and below it."""
    if news.phase is ReportPhase.SAVING:
        if not news.total:
            return tr("Looking at files and engine…"), ""
        return tr("Gathered {done} of {total} parts…", done=news.done, total=news.total), ""
    if news.phase is ReportPhase.FAILED:
        return told(news.title), "\n".join(told(text) for text in (news.cause, news.advice) if text)
    if news.phase is ReportPhase.SAVED and news.saved is not None:
        amount = size(news.saved.size)
        missing = "\n".join(tr("Not in it: {what}", what=told(what)) for what in news.saved.missing)
        return tr("Saved as {file} ({size}).", file=news.saved.file, size=amount), missing
    return "", ""
