"""The line on the stack page that tells of updates: what would change, or what has changed, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackState
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.ui import icons
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.update_words import Notice, notice


class UpdateBanner(QFrame):
    """Tells of updates; can be put away until there is something new to tell.

    Args:
        theme: The looks.
        intents: What presses become.
    """

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._intents = intents
        self._notice: Notice | None = None
        self._read: Notice | None = None
        self.setProperty("surface", "card")
        self._title = label(theme, Type.STRONG)
        self._title.setWordWrap(True)
        self._lines = label(theme, Type.SECOND, "second")
        self._lines.setWordWrap(True)
        self._lines.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._lines.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.back = button(theme, tr("Return to the earlier version"), "small")
        self.back.clicked.connect(lambda _checked=False: intents.roll_back())
        self.update_button = button(theme, tr("Update"), "small")
        self.update_button.clicked.connect(self._update)
        self.close_button = tool_button(theme, tr("Dismiss"))
        self.close_button.clicked.connect(self._put_away)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._lines)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        layout.addLayout(words, 1)
        for made in (self.back, self.update_button, self.close_button):
            layout.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._redress)
        self._redress()
        self.setVisible(False)

    def show_news(self, state: StackState, news: UpdateNews) -> None:
        """Show what there is to tell, or nothing."""
        now = notice(state, news)
        self._notice = now
        self.setVisible(now is not None and now != self._read)
        if now is None:
            return
        set_text(self._title, now.title)
        set_text(self._lines, "\n".join(now.lines))
        self._lines.setVisible(bool(now.lines))
        self.setAccessibleName(now.title)
        self.setAccessibleDescription("\n".join(now.lines))
        self.update_button.setVisible(bool(now.services))
        self.back.setVisible(now.can_return)

    def _update(self, _checked: bool = False) -> None:
        if self._notice is not None:
            self._intents.update(self._notice.services)

    def _put_away(self, _checked: bool = False) -> None:
        if self._notice is None:
            return
        if self._notice.done:
            self._intents.dismiss_news()
        else:
            self._read = self._notice
        self.setVisible(False)

    def _redress(self) -> None:
        self.close_button.setIcon(icons.icon(self._theme, "close"))
