"""What the plain pages share: a scrolling ground with a headline and cards below it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import label
from harmony_desktop.ui.theme import Space, Theme, Type


class Page(QScrollArea):
    """A page whose content scrolls when the window is small."""

    def __init__(self, theme: Theme, title: str, text: str = "") -> None:
        super().__init__()
        self.theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        overlay_scroll_bars(self)
        inner = QWidget()
        inner.setObjectName("page")
        self.content = QVBoxLayout(inner)
        self.content.setContentsMargins(Space.XXL - 2, Space.XL, Space.XXL - 2, Space.XL)
        self.content.setSpacing(Space.L)
        self.top = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title_label = label(theme, Type.HEADLINE, text=title)
        self.title_label.setWordWrap(True)
        self.text_label = label(theme, Type.TEXT, "second", text)
        self.text_label.setWordWrap(True)
        words.addWidget(self.title_label)
        words.addWidget(self.text_label)
        self.top.addLayout(words, 1)
        self.content.addLayout(self.top)
        self.setWidget(inner)
        # Not before it lies in something: what is shown on its own is a window, and flashes up as one.
        self.text_label.setVisible(bool(text))
