"""The settings of the panel's own releases: whether to look for them, and what there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop import __version__
from harmony_desktop.control.app_news import AppNews, AppReleasing
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.release_dialog import show_release
from harmony_desktop.ui.release_words import standing
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class ReleaseCard(QFrame):
    """Says what there is, and looks when it is told to.

    Args:
        theme: The looks.
        desk: Knows of releases.
        settings: Where the choice is kept.
    """

    def __init__(self, theme: Theme, desk: AppReleasing, settings: Settings) -> None:
        super().__init__()
        self._desk = desk
        self._settings = settings
        self._unsubscribe: Callable[[], None] = lambda: None
        self.setProperty("surface", "card")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("New versions of Harmony Desktop")))
        text = tr("You have version {version}. Nothing is downloaded or installed by itself.", version=__version__)
        words = label(theme, Type.SECOND, "second", text)
        words.setWordWrap(True)
        inside.addWidget(words)
        self.daily = QCheckBox(tr("Look for new versions once a day"))
        self.daily.setChecked(flag(settings, Key.RELEASES, True))
        self.daily.toggled.connect(self._choose)
        inside.addWidget(self.daily)
        self._status = label(theme, Type.SECOND, "second")
        self._status.setWordWrap(True)
        inside.addWidget(self._status)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.look = button(theme, tr("Look for new versions now"), "small")
        self.look.clicked.connect(lambda _checked=False: desk.ask())
        self.see = button(theme, tr("See what is new"), "small")
        self.see.clicked.connect(lambda _checked=False: show_release(theme, self.window(), desk))
        row.addWidget(self.look)
        row.addWidget(self.see)
        row.addStretch(1)
        inside.addSpacing(Space.XS)
        inside.addLayout(row)
        self.show_news(desk.store.value)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the news while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._desk.store.subscribe(self.show_news)
        self.show_news(self._desk.store.value)

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def show_news(self, news: AppNews) -> None:
        """Show what there is."""
        set_text(self._status, standing(news, datetime.now().astimezone()))
        self.look.setEnabled(news.known and not news.asking)
        self.daily.setEnabled(news.known)
        self.see.setVisible(news.release is not None)

    def _choose(self, daily: bool) -> None:
        self._settings.set(Key.RELEASES, daily)
        self._desk.watch(daily)
