"""The choice of what Harmony computes on, as cards to press."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from harmony_desktop.control.state import HardwareState
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.profiles import AUTO, CPU, NVIDIA, chosen, profiles
from harmony_desktop.ui.style import label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class ProfileChoice(QWidget):
    """Automatic, NVIDIA or processor only."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._showing = False
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        texts = {
            NVIDIA: tr("Text and speech run on the card, several times faster."),
            CPU: tr("Works everywhere, slower."),
        }
        self.cards = {name: _Choice(theme, title, texts.get(name, "")) for name, title in profiles()}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.M)
        for column, (name, choice) in enumerate(self.cards.items()):
            layout.addWidget(choice, 0, column)
            layout.setColumnStretch(column, 1)
            self._group.addButton(choice)
            choice.setChecked(name == AUTO)
            # Not “clicked”: assistive technology toggles.
            choice.toggled.connect(partial(self._choose, name))

    @property
    def choice(self) -> str:
        """What is chosen."""
        return next((name for name, card in self.cards.items() if card.isChecked()), AUTO)

    def show_hardware(self, hardware: HardwareState, follow: bool) -> None:
        """Tell what the automatic choice would be; with ``follow`` also mark what is in force."""
        picked = {
            NVIDIA: tr("Recommended. Uses your NVIDIA card."),
            CPU: tr("Recommended. Uses the processor."),
        }.get(hardware.profile if hardware.automatic else "", tr("Recommended. Harmony looks and picks."))
        self.cards[AUTO].show_text(picked)
        if follow and hardware.profile:
            self._showing = True
            self.cards[chosen(hardware)].setChecked(True)
            self._showing = False

    def _choose(self, name: str, checked: bool) -> None:
        if checked and not self._showing:
            self.chosen.emit(name)


class _Choice(QPushButton):
    def __init__(self, theme: Theme, title: str, text: str) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.setCheckable(True)
        self.setAutoExclusive(True)  # told to assistive technology as one choice of several
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(title)
        self._title = label(theme, Type.STRONG, text=title)
        self._text = label(theme, Type.SECOND, "second")
        self._text.setWordWrap(True)
        for part in (self._title, self._text):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._inside = layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M + 2, Space.L, Space.M + 2)
        layout.setSpacing(Space.XS)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addStretch(1)
        self._smallest = QSize(theme.scaled(130), theme.scaled(84))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        set_text(self._text, text)
        self.setAccessibleDescription(text)

    def sizeHint(self) -> QSize:
        return QSize(self._smallest.width(), self.heightForWidth(self._smallest.width()))

    def minimumSizeHint(self) -> QSize:
        return self._smallest

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(self._smallest.height(), self._inside.totalHeightForWidth(width))
