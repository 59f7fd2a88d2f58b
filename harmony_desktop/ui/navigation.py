"""The navigation on the left: the mark, the pages, and at its foot the engine, the profile and the card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui import icons
from harmony_desktop.ui.engine_card import engine_words
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.style import label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import card_name, size


class Navigation(QFrame):
    """Chooses the page."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, pages: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("surface", "navigation")
        self.setFixedWidth(theme.scaled(Space.NAVIGATION_WIDTH))
        self.setAccessibleName(tr("Pages"))
        self._mark = QLabel()
        self._mark.setAccessibleName(tr("Harmony"))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QPushButton] = {}
        self._badges: dict[str, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.L + 2, Space.M, Space.L)
        layout.setSpacing(1)
        brand = QHBoxLayout()
        brand.setContentsMargins(Space.S + 2, 0, 0, 0)
        brand.setSpacing(Space.M - 1)
        brand.addWidget(self._mark)
        brand.addWidget(label(theme, Type.BRAND, text=tr("Harmony")))
        brand.addStretch(1)
        layout.addLayout(brand)
        layout.addSpacing(Space.M + 2)
        for number, (name, title) in enumerate(pages, start=1):
            made = QPushButton(title)
            made.setProperty("kind", "navigation")
            made.setFont(theme.font(Type.MEDIUM))
            made.setCheckable(True)
            made.setAutoExclusive(True)  # told to assistive technology as one choice of several
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setIconSize(QSize(26, 18))
            made.setMinimumHeight(theme.scaled(37))
            made.setToolTip(tr("Ctrl+{number}", number=number))
            made.toggled.connect(partial(self._choose, name))
            self._group.addButton(made)
            self.buttons[name] = made
            layout.addWidget(made)
        layout.addStretch(1)
        line = QFrame()
        line.setProperty("surface", "line")
        line.setFixedHeight(1)
        layout.addWidget(line)
        layout.addSpacing(Space.S + 2)
        self._foot = [
            ElidedLabel(theme, Type.SECOND_STRONG),
            ElidedLabel(theme, Type.SECOND, "second"),
            ElidedLabel(theme, Type.SECOND, "second"),
        ]
        for part in self._foot:
            row = QHBoxLayout()
            row.setContentsMargins(Space.S + 2, 0, 0, 0)
            row.addWidget(part)
            layout.addLayout(row)
        theme.changed.connect(self._redress)

    @property
    def titles(self) -> tuple[tuple[str, str], ...]:
        """Name and title of each page."""
        return tuple((name, made.text()) for name, made in self.buttons.items())

    def has_focus(self) -> bool:
        """Whether one of the pages' buttons has the focus."""
        return any(made.hasFocus() for made in self.buttons.values())

    def focus(self) -> None:
        """Put the focus on the page that is shown."""
        chosen = self._group.checkedButton()
        if chosen is not None:
            chosen.setFocus(Qt.FocusReason.TabFocusReason)

    def show_state(self, state: StackState) -> None:
        """Show engine, profile and card."""
        hardware = state.hardware
        profile = {"nvidia": tr("NVIDIA profile"), "cpu": tr("Processor profile")}.get(hardware.profile, "")
        machine = ""
        if hardware.gpus:
            first = hardware.gpus[0]
            machine = f"{card_name(first.name)}, {size(first.memory)}"
            if len(hardware.gpus) > 1:
                machine = tr("{count} cards", count=len(hardware.gpus))
        elif hardware.cores:
            machine = tr("{cores} cores, {memory}", cores=hardware.cores, memory=size(hardware.memory))
        for part, text in zip(self._foot, (engine_words(state.engine), profile, machine), strict=True):
            part.show_text(text)
            part.setVisible(bool(text))

    def select(self, name: str) -> None:
        """Mark a page as the one that is shown."""
        if name in self.buttons:
            self.buttons[name].setChecked(True)
        self._redress()

    def show_count(self, name: str, count: int, words: str) -> None:
        """Show a number on a page's button; 0 shows none.

        Args:
            name: The page.
            count: The number.
            words: What it means, for the tooltip and for assistive technology.
        """
        made = self.buttons[name]
        badge = self._badges.get(name)
        if badge is None:
            if not count:
                return
            badge = self._badges[name] = self._make_badge(made)
        set_text(badge, str(count) if count < 100 else "99+")
        badge.setVisible(bool(count))
        title = made.text()
        made.setAccessibleName(tr("{page}, {words}", page=title, words=words) if count else title)
        made.setAccessibleDescription(words)

    def _make_badge(self, made: QPushButton) -> QLabel:
        """Return a number at the right end of a button; a press on it is one on the button."""
        badge = label(self._theme, Type.SECOND_STRONG, "badge")
        badge.setFixedHeight(self._theme.scaled(20))
        badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        badge.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QHBoxLayout(made)
        inside.setContentsMargins(0, 0, Space.S + 2, 0)
        inside.addStretch(1)
        inside.addWidget(badge, 0, Qt.AlignmentFlag.AlignVCenter)
        return badge

    def _choose(self, name: str, checked: bool) -> None:
        if checked:
            self.chosen.emit(name)

    def _redress(self) -> None:
        c = self._theme.colours
        for name, made in self.buttons.items():
            made.setIcon(icons.icon(self._theme, name, c.text if made.isChecked() else c.second, 18, 8))
        ratio = self.devicePixelRatioF()
        self._mark.setPixmap(icons.pixmap("mark", c.accent, self._theme.scaled(22), ratio))
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
