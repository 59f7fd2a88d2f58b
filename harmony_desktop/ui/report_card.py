"""Saves a report for whoever helps: what is in it, where to, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.crashes import Crashing
from harmony_desktop.control.report_desk import Reporting, ReportNews, ReportPhase
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.report_saving import ask_where_to_save, report_words
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class ReportCard(QFrame):
    """What helps to find a fault: a report, and what became of it, and the panel's own log.

    Args:
        theme: The looks.
        reporting: Saves reports.
        crashes: Knows the log.
        settings: Where the choice is kept.
    """

    def __init__(self, theme: Theme, reporting: Reporting, crashes: Crashing, settings: Settings) -> None:
        super().__init__()
        self._reporting = reporting
        self._crashes = crashes
        self._settings = settings
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
        self.logs = button(theme, tr("Open the folder of the log"), "small")
        self.logs.setToolTip(crashes.log_folder)
        self.logs.clicked.connect(lambda _checked=False: open_folder(crashes.log_folder))
        row.addWidget(self.save)
        row.addWidget(self.open)
        row.addWidget(self.logs)
        row.addStretch(1)
        inside.addSpacing(Space.XS)
        inside.addLayout(row)
        self.logs.setVisible(bool(crashes.log_folder))
        self.detailed = QCheckBox(tr("Write down more in Harmony’s own log"))
        self.detailed.setToolTip(tr("Helps to find a fault. Harmony’s log is masked and stays small all the same."))
        self.detailed.setChecked(flag(settings, Key.LOG_DETAILED))
        self.detailed.toggled.connect(self._log_in_detail)
        inside.addWidget(self.detailed)
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
        text, more = report_words(news)
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
        self._dialog = ask_where_to_save(self.window(), self._reporting)
        self._dialog.finished.connect(self._asked)

    def _log_in_detail(self, detailed: bool) -> None:
        self._settings.set(Key.LOG_DETAILED, detailed)
        self._crashes.log_in_detail(detailed)

    def _asked(self, _result: int = 0) -> None:
        self._dialog = None

    def _open_folder(self, _checked: bool = False) -> None:
        saved = self._reporting.store.value.saved
        if saved is not None:
            open_folder(str(Path(saved.file).parent))


def open_folder(folder: str) -> None:
    """Show a folder in the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
