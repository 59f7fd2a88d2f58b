"""The first page: what Harmony is, and in which language it speaks."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton

from harmony_desktop.control.state import Light, StackState
from harmony_desktop.control.wizard import WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui import languages
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.settings import Key, Settings
from harmony_desktop.ui.theme import Theme, Type
from harmony_desktop.ui.wizard_parts import Line, WizardPage, rows_card, section


class WelcomePage(WizardPage):
    """Three sentences and the language."""

    language_chosen = Signal()

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, settings: Settings) -> None:
        super().__init__(
            theme,
            turning,
            wizard,
            tr("Welcome to Harmony"),
            tr("Characters that listen, think and speak, on your own computer."),
        )
        self._settings = settings
        frame, rows = rows_card()
        for index, (title, text) in enumerate(
            (
                (
                    tr("Everything stays with you"),
                    tr("Voices and language models run on this computer, and what you say is not sent anywhere."),
                ),
                (
                    tr("Four services, one button"),
                    tr("Harmony starts, watches and updates them in Docker, and says in plain words what is wrong."),
                ),
                (
                    tr("Ready in a few steps"),
                    tr("Each can be left for later, and all of it can be changed at any time."),
                ),
            )
        ):
            line = Line(theme, turning, first=index == 0)
            line.say(Light.READY, title, text)
            rows.addWidget(line)
        self.content.addWidget(frame)
        self.content.addWidget(self._languages())
        self.content.addStretch(1)

    def _languages(self) -> QFrame:
        frame, inside = section(self.theme, tr("Language"))
        group = QButtonGroup(self)
        chosen = str(self._settings.get(Key.LANGUAGE, languages.SYSTEM))
        options = [(languages.SYSTEM, tr("As the desktop")), *languages.LANGUAGES]
        known = chosen if chosen in dict(options) else languages.SYSTEM
        for code, name in options:
            made = QRadioButton(name)
            made.setFont(self.theme.font(Type.TEXT))
            made.setChecked(code == known)
            group.addButton(made)
            made.clicked.connect(partial(self._choose, code))
            inside.addWidget(made)
        return frame

    def _choose(self, code: str, _checked: bool = False) -> None:
        if code != self._settings.get(Key.LANGUAGE, languages.SYSTEM):
            self._settings.set(Key.LANGUAGE, code)
            self.language_chosen.emit()

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """There is nothing that changes."""
