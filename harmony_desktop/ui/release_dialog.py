"""A newer release of the panel: what has changed, and the way to it; nothing is fetched before somebody presses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextDocument, QTextOption
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPlainTextEdit, QTextBrowser, QVBoxLayout, QWidget

from harmony_desktop.control.app_news import AppNews, AppReleasing, Downloading, DownloadPhase
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.release_words import download_label, title, way
from harmony_desktop.ui.report_card import open_folder
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import transferred

_SIZE = QSize(600, 520)


class Changes(QTextBrowser):
    """Shows Markdown that came from afar: no pictures are fetched, no page is opened, no HTML is understood."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("surface", "text")
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("What has changed"))
        self.setFont(theme.font(Type.TEXT))
        overlay_scroll_bars(self)
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(text, features.MarkdownDialectGitHub | features.MarkdownNoHTML)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Load nothing, from nowhere."""
        del kind, name
        return None


class ReleaseDialog(QDialog):
    """Follows the desk while it is open; a download goes on when it is closed.

    Args:
        theme: The looks.
        parent: The window.
        desk: What presses become.
    """

    def __init__(self, theme: Theme, parent: QWidget, desk: AppReleasing) -> None:
        super().__init__(parent)
        self._desk = desk
        self._told = DownloadPhase.NONE
        news = desk.store.value
        self.setWindowTitle(tr("Harmony"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(label(theme, Type.TITLE, text=title(news)))
        mine = news.installed.version if news.installed is not None else ""
        layout.addWidget(label(theme, Type.TEXT, "second", tr("You have {version}. What has changed:", version=mine)))
        self.changes = Changes(theme, news.changes or tr("Its page tells what has changed."))
        layout.addWidget(self.changes, 1)
        self._words = label(theme, Type.SECOND, "second")
        self._words.setWordWrap(True)
        self._command = _command(theme)
        self.bar = ProgressBar(theme, Turning(theme))
        self.status = label(theme, Type.SECOND)
        self.status.setWordWrap(True)
        for made in (self._words, self._command, self.bar, self.status):
            layout.addWidget(made)
        layout.addSpacing(Space.S)
        layout.addLayout(self._buttons(theme))
        self.resize(theme.scaled(_SIZE.width()), theme.scaled(_SIZE.height()))
        self._unsubscribe: Callable[[], None] = desk.store.subscribe(self.show_news)
        self.finished.connect(lambda _result: self._unsubscribe())
        self.show_news(news)

    def show_news(self, news: AppNews) -> None:
        """Show the way to the release, and how far it is."""
        going = way(news)
        download = news.download
        running = download.phase is DownloadPhase.RUNNING
        set_text(self._words, going.words)
        if going.command != self._command.toPlainText():
            self._command.setPlainText(going.command)
        self._command.setVisible(bool(going.command))
        self.copy.setVisible(bool(going.command))
        self.page.setVisible(news.release is not None and bool(news.release.page))
        self.fetch.setText(download_label(news))
        self.fetch.setVisible(going.download and download.phase in {DownloadPhase.NONE, DownloadPhase.FAILED})
        self.cancel.setVisible(running)
        self.skip.setVisible(not running and download.phase is not DownloadPhase.DONE)
        self.folder.setVisible(download.phase is DownloadPhase.DONE)
        self.install.setVisible(download.phase is DownloadPhase.DONE and going.opens)
        self.bar.setVisible(running)
        self.bar.setRange(0, 1000)
        self.bar.setValue(1000 * download.done // max(download.total, 1))
        text = _download_words(download)
        set_text(self.status, text)
        mark(self.status, "tone", "failed" if download.phase is DownloadPhase.FAILED else "")
        self.status.setVisible(bool(text))
        if download.phase is not self._told:
            self._told = download.phase
            if text:
                announce(self, text)

    def _buttons(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.skip = button(theme, tr("Skip this version"), "link")
        self.skip.clicked.connect(lambda _checked=False: self._leave(self._desk.skip))
        self.page = button(theme, tr("Open its page"))
        self.page.clicked.connect(self._open_page)
        self.copy = button(theme, tr("Copy"))
        self.copy.clicked.connect(self._copy)
        self.cancel = button(theme, tr("Cancel the download"))
        self.cancel.clicked.connect(lambda _checked=False: self._desk.cancel_download())
        self.folder = button(theme, tr("Open its folder"))
        self.folder.clicked.connect(self._open_folder)
        self.later = button(theme, tr("Later"))
        self.later.clicked.connect(lambda _checked=False: self._leave(self._desk.later))
        self.fetch = button(theme, tr("Download"), "primary")
        self.fetch.clicked.connect(lambda _checked=False: self._desk.download())
        self.install = button(theme, tr("Open it"), "primary")
        self.install.clicked.connect(self._install)
        row.addWidget(self.skip)
        row.addStretch(1)
        for made in (self.page, self.copy, self.cancel, self.folder, self.later, self.fetch, self.install):
            row.addWidget(made)
        return row

    def _leave(self, then: Callable[[], None]) -> None:
        then()
        self.accept()

    def _open_page(self, _checked: bool = False) -> None:
        release = self._desk.store.value.release
        if release is not None:
            QDesktopServices.openUrl(QUrl(release.page))

    def _copy(self, _checked: bool = False) -> None:
        QGuiApplication.clipboard().setText(self._command.toPlainText())

    def _open_folder(self, _checked: bool = False) -> None:
        open_folder(str(Path(self._desk.store.value.download.file).parent))

    def _install(self, _checked: bool = False) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._desk.store.value.download.file))


def _command(theme: Theme) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setProperty("surface", "diff")
    made.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
    made.setTabChangesFocus(True)
    made.setFont(theme.mono)
    made.setAccessibleName(tr("The command"))
    made.setFixedHeight(theme.scaled(84))
    overlay_scroll_bars(made)
    return made


def show_release(theme: Theme, window: QWidget, desk: AppReleasing) -> None:
    """Open the dialog, unless it is open or there is nothing to tell."""
    if desk.store.value.release is not None and window.findChild(ReleaseDialog) is None:
        ReleaseDialog(theme, window, desk).open()


def _download_words(download: Downloading) -> str:
    if download.phase is DownloadPhase.RUNNING:
        return tr("Downloading: {amount}", amount=transferred(download.done, download.total))
    if download.phase is DownloadPhase.DONE:
        return tr("Downloaded and checked: {file}", file=download.file)
    if download.phase is DownloadPhase.FAILED:
        return "\n".join(told(text) for text in (download.title, download.cause, download.advice) if text)
    return ""
