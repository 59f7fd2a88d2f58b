"""The calm line on the stack page that says that gaming mode is on, what it has freed, and how all comes back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from harmony_desktop.control.gaming_words import deeds, measured, summary
from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackState
from harmony_desktop.ui import gaming_words, icons
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.headline import can_act
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type


class GamingBanner(QFrame):
    """Tells of gaming mode while it is on, and what came of it when it has ended.

    Args:
        theme: The looks.
        intents: What presses become.
    """

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._spoken = ""
        self.setProperty("surface", "card")
        self.title = label(theme, Type.STRONG)
        self.text = label(theme, Type.SECOND, "second")
        for made in (self.title, self.text):
            made.setWordWrap(True)
            made.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.back = button(theme, gaming_words.back_title(), "small-primary")
        self.back.clicked.connect(lambda _checked=False: intents.bring_back())
        self.rest = button(theme, tr("Free the rest"), "small")
        self.rest.clicked.connect(lambda _checked=False: intents.free_for_game())
        self.leave = button(theme, tr("Leave it like this"), "small")
        self.leave.setToolTip(tr("Gaming mode ends, and everything stays as it is now."))
        self.leave.clicked.connect(lambda _checked=False: intents.forget_gaming())
        self.close_button = tool_button(theme, tr("Dismiss"))
        self.close_button.clicked.connect(lambda _checked=False: intents.dismiss_gaming())
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, Space.XS, 0, 0)
        row.setSpacing(Space.S)
        for offered in (self.back, self.rest, self.leave):
            row.addWidget(offered)
        row.addStretch(1)
        words.addWidget(self._buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.M)
        layout.addLayout(words, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._redress)
        self._redress()
        self.setVisible(False)

    def show_state(self, state: StackState) -> None:
        """Show what there is to tell, or nothing."""
        record, news = state.gaming, state.gaming_news
        going_on = state.operation is not None
        # What is being done is told by the progress; what came of it stands here afterwards.
        self.setVisible(not going_on and (record is not None or news is not None))
        if self.isHidden():
            self._spoken = ""
            return
        if record is not None:
            titles = {service.name: service.title for service in state.services}
            title = told(summary(record))
            text = "\n".join(line for line in (told(deeds(record, titles)), told(measured(record))) if line)
        else:
            title, text = (told(news.title), told(news.text)) if news is not None else ("", "")
        set_text(self.title, title)
        set_text(self.text, text)
        self.text.setVisible(bool(text))
        self._buttons.setVisible(record is not None)
        self.rest.setVisible(record is not None and not record.whole)
        for offered in (self.back, self.rest, self.leave):
            offered.setEnabled(can_act(state))
        self.close_button.setVisible(record is None)
        self.setAccessibleName(tr("Gaming mode") if record is not None else title)
        self.setAccessibleDescription(f"{title}\n{text}" if record is not None else text)
        if title != self._spoken:
            self._spoken = title
            announce(self, f"{title} {text}" if text else title)

    def _redress(self) -> None:
        self.close_button.setIcon(icons.icon(self._theme, "close"))
