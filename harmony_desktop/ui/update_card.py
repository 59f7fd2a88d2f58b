"""The settings of updates: whether to look for them, what there is, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.ui.i18n import join_words, tr
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.update_words import asked, badge, can_update, held_items, line, new_items


class UpdateCard(QFrame):
    """Says what there is, and does what one asks for.

    Args:
        theme: The looks.
        intents: What presses become.
        settings: Where the choice is kept.
    """

    def __init__(self, theme: Theme, intents: Intents, settings: Settings) -> None:
        super().__init__()
        self._intents = intents
        self._settings = settings
        self._unsubscribe: Callable[[], None] = lambda: None
        self.setProperty("surface", "card")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Updates")))
        text = tr("Newer images are fetched only when you say so, and you can return to the ones that ran before.")
        words = label(theme, Type.SECOND, "second", text)
        words.setWordWrap(True)
        inside.addWidget(words)
        self.daily = QCheckBox(tr("Look for updates once a day"))
        self.daily.setChecked(flag(settings, Key.UPDATES, True))
        self.daily.toggled.connect(self._choose)
        inside.addWidget(self.daily)
        self._status = label(theme, Type.SECOND, "second")
        self._items = label(theme, Type.SECOND)
        self._way_back = label(theme, Type.SECOND, "second")
        for made in (self._status, self._items, self._way_back):
            made.setWordWrap(True)
            made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            inside.addWidget(made)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.look = button(theme, tr("Look now"), "small")
        self.look.clicked.connect(lambda _checked=False: intents.ask_for_updates())
        self.update_button = button(theme, tr("Update"), "small")
        self.update_button.clicked.connect(lambda _checked=False: intents.update())
        self.back = button(theme, tr("Return to the earlier version"), "small")
        self.back.clicked.connect(lambda _checked=False: intents.roll_back())
        for one in (self.look, self.update_button, self.back):
            row.addWidget(one)
        row.addStretch(1)
        inside.addSpacing(Space.XS)
        inside.addLayout(row)
        self.show_news(intents.news.value)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the news while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._intents.news.subscribe(self.show_news)
        self.show_news(self._intents.news.value)

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def show_news(self, news: UpdateNews) -> None:
        """Show what there is."""
        state = self._intents.store.value
        allowed = can_update(state)
        set_text(self._status, asked(news, datetime.now().astimezone()))
        lines = [line(item) for item in new_items(news)]
        lines += [f"{item.title}: {badge(item)[1]}" for item in held_items(news)]
        set_text(self._items, "\n".join(lines))
        self._items.setVisible(bool(lines))
        back = ""
        if news.earlier:
            back = tr("An earlier version is kept of {services}.", services=join_words(list(news.earlier)))
        set_text(self._way_back, back)
        self._way_back.setVisible(bool(back))
        self.look.setEnabled(allowed and not news.asking)
        self.update_button.setEnabled(allowed)
        self.back.setVisible(bool(news.earlier))
        self.back.setEnabled(allowed)

    def _choose(self, daily: bool) -> None:
        self._settings.set(Key.UPDATES, daily)
        self._intents.watch_updates(daily)
