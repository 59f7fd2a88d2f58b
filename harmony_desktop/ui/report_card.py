"""Saves a report for whoever helps: what is in it, where to, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.report_desk import Reporting, ReportNews, ReportPhase
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size


class ReportCard(QFrame):
    """One button, and what became of it.

    Args:
        theme: The looks.
        reporting: Saves reports.
    """

    def __init__(self, theme: Theme, reporting: Reporting) -> None:
        super().__init__()
        self._reporting = reporting
        self._unsubscribe: Callable[[], None] = lambda: None
        self._dialog: QFileDialog | None = None
        self._told = ReportPhase.NONE
        self.setProperty("surface", "card")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("When something is wrong")))
        for text in (
            tr(
                "A report is a zip file for whoever helps you: versions, hardware, the stack’s files, the state of the "
                "services and their last log lines. It stays on this computer until you hand it on."
            ),
            tr("Tokens, keys and passwords are masked, and so are your name and your home folder."),
        ):
            words = label(theme, Type.SECOND, "second", text)
            words.setWordWrap(True)
            inside.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.save = button(theme, tr("Save a report…"), "small")
        self.save.clicked.connect(self._ask)
        self.open = button(theme, tr("Open its folder"), "small")
        self.open.clicked.connect(self._open_folder)
        row.addWidget(self.save)
        row.addWidget(self.open)
        row.addStretch(1)
        inside.addSpacing(Space.XS)
        inside.addLayout(row)
        inside.addSpacing(Space.XS)
        self.status = label(theme, Type.SECOND)
        self._more = label(theme, Type.SECOND, "second")
        for made in (self.status, self._more):
            made.setWordWrap(True)
            made.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            inside.addWidget(made)
        self.show_news(reporting.store.value)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the news while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._reporting.store.subscribe(self.show_news)
        self.show_news(self._reporting.store.value)

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def show_news(self, news: ReportNews) -> None:
        """Show how far it is, or what came of it."""
        text, more = _words(news)
        set_text(self.status, text)
        set_text(self._more, more)
        self.status.setVisible(bool(text))
        self._more.setVisible(bool(more))
        self.save.setEnabled(news.phase is not ReportPhase.SAVING)
        self.open.setVisible(news.phase is ReportPhase.SAVED)
        if news.phase is not self._told:
            self._told = news.phase
            if text:
                announce(self, text)

    def _ask(self, _checked: bool = False) -> None:
        """Ask where to; the window goes on meanwhile."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = QFileDialog(self.window(), tr("Save a report"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Zip files (*.zip)"))
        dialog.setDefaultSuffix("zip")
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        if folder and Path(folder).is_dir():
            dialog.setDirectory(folder)
        dialog.selectFile(f"harmony-report-{datetime.now().astimezone():%Y-%m-%d-%H%M}.zip")
        dialog.fileSelected.connect(self._reporting.save)
        dialog.finished.connect(self._asked)
        self._dialog = dialog
        dialog.open()

    def _asked(self, _result: int = 0) -> None:
        self._dialog = None

    def _open_folder(self, _checked: bool = False) -> None:
        saved = self._reporting.store.value.saved
        if saved is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(saved.file).parent)))


def _words(news: ReportNews) -> tuple[str, str]:
    """Return what is said first, and below it."""
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
