"""The page of voices and models: speech models against the memory there is, and where a text model comes from."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from harmony_desktop.control.memory_desk import judged
from harmony_desktop.control.state import StackState
from harmony_desktop.control.wizard import Page, SpeechOption, WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.memory_view import MemoryView
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wizard_parts import WizardPage, buttons_row, pressed, section, wrapping
from harmony_desktop.ui.wording import size


class ModelsPage(WizardPage):
    """Checkboxes with their sum, and a word on the text model."""

    models_wanted = Signal()

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp) -> None:
        super().__init__(
            theme,
            turning,
            wizard,
            tr("Voices and models"),
            tr("Each is fetched when it is first used, and takes memory from then on."),
        )
        self.options: dict[str, _Option] = {}
        self._frame, self._inside = section(theme, tr("Speech"))
        self._looking = wrapping(theme, Type.SECOND, "second")
        self._inside.addWidget(self._looking)
        self.content.addWidget(self._frame)
        self._memory_frame, room = section(theme, tr("Memory"))
        self.memory = MemoryView(theme, acting=False)
        self._unknown = wrapping(theme, Type.SECOND, "second")
        set_text(self._unknown, tr("How much memory there is, is not known yet."))
        room.addWidget(self._unknown)
        room.addWidget(self.memory)
        self.content.addWidget(self._memory_frame)
        text, inside = section(
            theme,
            tr("A model to talk with"),
            tr(
                "Text Generation comes without a model. The page “Models” has a short list of small, well-known ones, "
                "takes over a GGUF file that you have, and writes the service’s flags."
            ),
        )
        self.models = pressed(button(theme, tr("Open the page “Models”")), self.models_wanted.emit)
        self._later = wrapping(theme, Type.SECOND, "second")
        inside.addWidget(self._later)
        inside.addLayout(buttons_row(self.models))
        self.content.addWidget(text)
        self.content.addStretch(1)

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show the choice and what it takes."""
        looking = Page.MODELS in wizard.looking and not wizard.speech
        words = tr("Looking at what there is…") if looking else tr("This stack has no speech models to choose here.")
        set_text(self._looking, words)
        self._looking.setVisible(not wizard.speech)
        self._show_options(wizard)
        known = wizard.there.known
        self._memory_frame.setVisible(bool(wizard.speech))
        self._unknown.setVisible(not known)
        self.memory.setVisible(known)
        if known:
            self.memory.show_memory(judged(wizard.wanted_models, wizard.there))
        self.models.setVisible(wizard.progress.prepared)
        set_text(
            self._later,
            tr("The folder for it is there.")
            if wizard.progress.prepared
            else tr("It has its turn once the folder is made: the last page leads there."),
        )

    def _show_options(self, wizard: WizardState) -> None:
        known = {option.id for option in wizard.speech}
        for name in [name for name in self.options if name not in known]:
            gone = self.options.pop(name)
            self._inside.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for option in wizard.speech:
            if option.id not in self.options:
                made = self.options[option.id] = _Option(self.theme, option)
                made.box.clicked.connect(partial(self._choose, option.id))
                self._inside.addWidget(made)
            self.options[option.id].show_option(option, on=wizard.wants_speech(option))

    def _choose(self, name: str, _checked: bool = False) -> None:
        self.wizard.choose_speech(name, self.options[name].box.isChecked())


class _Option(QWidget):
    def __init__(self, theme: Theme, option: SpeechOption) -> None:
        super().__init__()
        self.box = QCheckBox(told(option.title))
        self.box.setFont(theme.font(Type.MEDIUM))
        self._text = wrapping(theme, Type.SECOND, "second")
        self._need: QLabel = label(theme, Type.SECOND, "second")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.M)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.box)
        below = QHBoxLayout()
        below.setContentsMargins(theme.scaled(27), 0, 0, 0)
        below.addWidget(self._text)
        words.addLayout(below)
        layout.addLayout(words, 1)
        layout.addWidget(self._need)

    def show_option(self, option: SpeechOption, *, on: bool) -> None:
        parts = [told(option.text), *([told(option.used_by)] if option.used_by else [])]
        text = " · ".join(part for part in parts if part)
        set_text(self._text, text)
        need = tr("about {need}", need=size(option.need))
        set_text(self._need, need)
        self.box.setAccessibleDescription(f"{text} · {need}")
        if self.box.isChecked() != on:
            self.box.setChecked(on)
