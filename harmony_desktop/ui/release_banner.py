"""The line on the stack page that tells of a newer release of the panel itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from harmony_desktop.control.app_news import AppNews, AppReleasing
from harmony_desktop.ui import icons
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.release_words import title
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type


class ReleaseBanner(QFrame):
    """Tells of a release; can be put away until the next start.

    Args:
        theme: The looks.
        desk: Knows of releases.
    """

    def __init__(self, theme: Theme, desk: AppReleasing) -> None:
        super().__init__()
        self._theme = theme
        self._desk = desk
        self.setProperty("surface", "card")
        self._title = label(theme, Type.STRONG)
        self._title.setWordWrap(True)
        self.show_button = button(theme, tr("See what is new"), "small")
        self.show_button.clicked.connect(self._show)
        self.close_button = tool_button(theme, tr("Later"))
        self.close_button.clicked.connect(lambda _checked=False: desk.later())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        layout.addWidget(self._title, 1)
        for made in (self.show_button, self.close_button):
            layout.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._redress)
        self._redress()
        self._unsubscribe = desk.store.subscribe(self.show_news)
        self.destroyed.connect(self._unsubscribe)
        self.show_news(desk.store.value)

    def show_news(self, news: AppNews) -> None:
        """Show what there is to tell, or nothing."""
        text = title(news)
        set_text(self._title, text)
        self.setAccessibleName(text)
        # One that stands nowhere yet would flash up as a window of its own.
        self.setVisible(bool(text) and not news.quiet and self.parentWidget() is not None)

    def changeEvent(self, event: QEvent) -> None:
        """Show itself when it has found its place."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ParentChange:
            self.show_news(self._desk.store.value)

    def _show(self, _checked: bool = False) -> None:
        from harmony_desktop.ui.release_dialog import show_release  # noqa: PLC0415 - for those who ask for it

        show_release(self._theme, self.window(), self._desk)

    def _redress(self) -> None:
        self.close_button.setIcon(icons.icon(self._theme, "close"))
