"""Tells of unexpected errors: what it means for the user, the details to read, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from harmony_desktop.control.crashes import Crashing, CrashNews
from harmony_desktop.control.report_desk import Reporting, ReportNews, ReportPhase
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.report_card import open_folder
from harmony_desktop.ui.report_saving import ask_where_to_save, report_words
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import day

_WIDTH, _DETAILS = 560, 240


class CrashDialog(QDialog):
    """One dialog for all errors that have come; it stands in nobody's way, and follows what comes on top.

    Args:
        theme: The looks.
        parent: The window.
        crashes: What there is to tell.
        reporting: Saves reports.
        issues: The address where faults are reported, or "".
    """

    def __init__(self, theme: Theme, parent: QWidget, crashes: Crashing, reporting: Reporting, issues: str) -> None:
        super().__init__(parent)
        self._crashes = crashes
        self._reporting = reporting
        self._file_dialog: QFileDialog | None = None
        self.setWindowTitle(tr("Harmony"))
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        self.title = label(theme, Type.TITLE)
        self._meaning = label(theme, Type.TEXT, "second")
        self._summary = label(theme, Type.SECOND_STRONG)
        self._often = label(theme, Type.SECOND, "second")
        for made in (self.title, self._meaning, self._summary, self._often):
            made.setWordWrap(True)
            layout.addWidget(made)
        self._meaning.setMinimumWidth(theme.scaled(_WIDTH - 2 * Space.XL))
        self._summary.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._summary.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.details = _details(theme)
        self.details.setVisible(False)
        layout.addWidget(self.details, 1)
        self._status = label(theme, Type.SECOND)
        self._status.setWordWrap(True)
        self._status.setVisible(False)
        layout.addWidget(self._status)
        layout.addSpacing(Space.S)
        layout.addLayout(self._small_buttons(theme, issues))
        layout.addSpacing(Space.XS)
        layout.addLayout(self._buttons(theme))
        self.finished.connect(self._end)
        self._unsubscribe: tuple[Callable[[], None], ...] = (
            crashes.store.subscribe(self.show_news),
            reporting.store.subscribe(self._show_report),
        )
        self.show_news(crashes.store.value)

    def show_news(self, news: CrashNews) -> None:
        """Show what there is to tell; the last error is the one that is named."""
        if not news.crashes:
            return
        last = news.crashes[-1]
        if last.ended:
            title = tr("Harmony ended unexpectedly the last time")
            meaning = tr(
                "It was on {day} at {time}. Your services were not affected: they run in Docker, and go on without "
                "the panel.",
                day=day(last.at),
                time=f"{last.at:%H:%M}",
            )
        else:
            title = tr("Something unexpected happened in Harmony")
            meaning = tr(
                "Harmony goes on, and your services are not affected. If something in its window does not answer any "
                "more, quit Harmony and open it again."
            )
        set_text(self.title, title)
        set_text(self._meaning, meaning)
        set_text(self._summary, last.title)
        set_text(self._often, _often(news))
        self._often.setVisible(bool(self._often.text()))
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{meaning}\n{last.title}")
        if self.details.isVisible():
            self.details.setPlainText(self._crashes.words())

    def _small_buttons(self, theme: Theme, issues: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.copy = button(theme, tr("Copy"), "small")
        self.copy.setToolTip(tr("Copies the details, without secrets, to paste them where help is asked for."))
        self.copy.clicked.connect(self._copy)
        self.save = button(theme, tr("Save a report…"), "small")
        self.save.clicked.connect(self._ask_where)
        self.folder = button(theme, tr("Open the folder of the log"), "small")
        self.folder.setToolTip(self._crashes.log_folder)
        self.folder.clicked.connect(lambda _checked=False: open_folder(self._crashes.log_folder))
        self.folder.setVisible(bool(self._crashes.log_folder))
        self.report = button(theme, tr("Report it…"), "small")
        self.report.setToolTip(issues)
        self.report.clicked.connect(lambda _checked=False: QDesktopServices.openUrl(QUrl(issues)))
        self.report.setVisible(bool(issues))
        for made in (self.copy, self.save, self.folder, self.report):
            row.addWidget(made)
        row.addStretch(1)
        return row

    def _buttons(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.expand = button(theme, tr("Show the details"), "link")
        self.expand.clicked.connect(self._toggle_details)
        row.addWidget(self.expand)
        row.addStretch(1)
        close = button(theme, tr("Close"), "primary")
        close.setDefault(True)
        close.clicked.connect(lambda _checked=False: self.accept())
        row.addWidget(close)
        close.setFocus()
        return row

    def _toggle_details(self, _checked: bool = False) -> None:
        shown = not self.details.isVisible()
        if shown:
            self.details.setPlainText(self._crashes.words())
        self.details.setVisible(shown)
        self.expand.setText(tr("Hide the details") if shown else tr("Show the details"))
        self.adjustSize()

    def _copy(self, _checked: bool = False) -> None:
        QGuiApplication.clipboard().setText(self._crashes.words())
        self._say(tr("Copied."))

    def _ask_where(self, _checked: bool = False) -> None:
        if self._file_dialog is not None:
            self._file_dialog.raise_()
            return
        self._file_dialog = ask_where_to_save(self, self._reporting)
        self._file_dialog.finished.connect(self._asked)

    def _asked(self, _result: int = 0) -> None:
        self._file_dialog = None

    def _show_report(self, news: ReportNews) -> None:
        text, more = report_words(news)
        self._say("\n".join(filter(None, (text, more if news.phase is ReportPhase.FAILED else ""))))
        self.save.setEnabled(news.phase is not ReportPhase.SAVING)

    def _say(self, text: str) -> None:
        set_text(self._status, text)
        self._status.setVisible(bool(text))
        if text:
            announce(self, text)

    def _end(self, _result: int = 0) -> None:
        for end in self._unsubscribe:
            end()
        self._crashes.dismiss()


def _details(theme: Theme) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setProperty("surface", "diff")
    made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    made.setTabChangesFocus(True)
    made.setFont(theme.mono)
    made.setAccessibleName(tr("The details"))
    made.setMinimumHeight(theme.scaled(_DETAILS))
    overlay_scroll_bars(made, horizontal=True)
    return made


def _often(news: CrashNews) -> str:
    """Return how often it has happened, where and what else."""
    last, others = news.crashes[-1], len(news.crashes) - 1 + news.others
    parts = [told(last.where)] if last.where else []
    if last.count > 1:
        parts.append(trn("{n} time", "{n} times", last.count))
    if others:
        parts.append(trn("{n} other error", "{n} other errors", others))
    return " · ".join(parts)
