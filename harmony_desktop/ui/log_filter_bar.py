"""Which lines of the log are shown: the services as chips, and how grave a line must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from harmony_desktop.control.levels import Level
from harmony_desktop.ui import icons
from harmony_desktop.ui.flow import FlowLayout
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.settings import Key, Settings
from harmony_desktop.ui.style import button
from harmony_desktop.ui.theme import Space, Theme

ALL = ""
#: Services that have a chip each; of more, only the chosen ones have, and the rest is in a menu.
FEW = 8


class FilterBar(QWidget):
    """Chips of the services (none chosen: all of them) and the choice of a level."""

    changed = Signal()

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self._services: tuple[tuple[str, str], ...] = ()
        self._chips: dict[str, QPushButton] = {}
        stored = settings.get(Key.LOG_SERVICES)
        self._chosen = (
            frozenset(name for name in stored if isinstance(name, str)) if isinstance(stored, list) else frozenset()
        )
        number = settings.get(Key.LOG_LEVEL)
        known = {int(level) for level in Level}
        self.level = Level(number) if isinstance(number, int) and number in known else Level.DEBUG
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        chips = QWidget()
        self._row = FlowLayout(chips, Space.S)
        self._more = button(theme, tr("Choose services") + "  ▾", "chip")
        self._more.setAccessibleName(tr("Choose services"))
        self._choices = QMenu(self._more)
        self._more.setMenu(self._choices)
        self._level = button(theme, "", "chip")
        self._menu = QMenu(self._level)
        self._level.setMenu(self._menu)
        self._fill_menu()
        row.addWidget(chips, 1)
        row.addWidget(self._level, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def services(self) -> frozenset[str]:
        """The chosen services that there are; none for all."""
        return self._chosen & frozenset(name for name, _ in self._services)

    def show_services(self, services: Sequence[tuple[str, str]]) -> bool:
        """Offer services by name and title; return whether they are others than before."""
        if tuple(services) == self._services and self._chips:
            return False
        self._services = tuple(services)
        for chip in self._chips.values():
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._row.removeWidget(self._more)
        self._choices.clear()
        self._chips = {}
        for name, title in ((ALL, tr("All services")), *services):
            chip = button(self._theme, title, "chip")
            chip.setCheckable(True)
            chip.setAccessibleName(title)
            chip.toggled.connect(partial(self._toggled, name))
            self._row.addWidget(chip)
            self._chips[name] = chip
            if name != ALL:
                action = self._choices.addAction(title)
                action.setCheckable(True)
                action.setData(name)
                action.triggered.connect(partial(self._choose, name))
        self._row.addWidget(self._more)
        self._show_chosen()
        self.dress()
        return True

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Say how many lines there are of each service."""
        for name, title in self._services:
            chip, count = self._chips[name], counts.get(name, 0)
            text = f"{title}  {short_number(count)}" if count else title
            if chip.text() != text:
                chip.setText(text)
                chip.setAccessibleDescription(trn("{n} line", "{n} lines", count))
                chip.setToolTip(trn("{n} line", "{n} lines", count))

    def choose(self, services: frozenset[str]) -> None:
        """Show some services, or all (none)."""
        self._chosen = services
        self._settings.set(Key.LOG_SERVICES, [*sorted(services)])
        self._show_chosen()
        self.changed.emit()

    def dress(self) -> None:
        """Take the theme's colours."""
        colours = self._theme.colours.services
        for index, (name, _) in enumerate(self._services):
            self._chips[name].setIcon(icons.dot(colours[index % len(colours)], 8, 5))
            self._chips[name].setIconSize(QSize(13, 8))

    def _toggled(self, name: str, checked: bool) -> None:
        """Choose by a chip (assistive technology toggles it, and clicks nothing), unless it shows what is chosen."""
        if checked != (name in self.services if name else not self.services):
            self._choose(name)

    def _choose(self, name: str, _checked: bool = False) -> None:
        chosen = frozenset() if name == ALL else self.services ^ {name}
        self.choose(frozenset() if len(chosen) == len(self._services) else chosen)

    def _show_chosen(self) -> None:
        shown, few = self.services, len(self._services) <= FEW
        for name, chip in self._chips.items():
            chip.setChecked(name in shown if name else not shown)
            chip.setVisible(few or name in shown or name == ALL)
        for action in self._choices.actions():
            action.setChecked(action.data() in shown)
        self._more.setVisible(not few)

    def _fill_menu(self) -> None:
        group = QActionGroup(self._menu)
        for level, words in _levels().items():
            action = self._menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(level is self.level)
            action.triggered.connect(partial(self._set_level, level))
            group.addAction(action)
        self._show_level()

    def _set_level(self, level: Level, _checked: bool = False) -> None:
        self.level = level
        self._settings.set(Key.LOG_LEVEL, int(level))
        self._show_level()
        self.changed.emit()

    def _show_level(self) -> None:
        words = tr("Level: {level}", level=_short_levels()[self.level])
        self._level.setText(f"{words}  ▾")
        self._level.setAccessibleName(words)


def _levels() -> dict[Level, str]:
    return {
        Level.DEBUG: tr("All lines"),
        Level.INFO: tr("Information, warnings and errors"),
        Level.WARNING: tr("Warnings and errors"),
        Level.ERROR: tr("Errors alone"),
    }


def _short_levels() -> dict[Level, str]:
    return {
        Level.DEBUG: tr("all"),
        Level.INFO: tr("information"),
        Level.WARNING: tr("warnings"),
        Level.ERROR: tr("errors"),
    }


def short_number(count: int) -> str:
    """Return a number in at most four signs: 999, 1.2k, 45k, 1.2M."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{sign}" if count < 10 * size else f"{count // size}{sign}"
    return str(count)
