"""Which Docker engine to use: a card of the settings page with the Docker contexts to choose from."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import ContextChoice, ContextOption
from harmony_desktop.control.state import StackState
from harmony_desktop.ui.i18n import bare, tr
from harmony_desktop.ui.style import card, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

#: The choice of none: the context that the docker command uses.
_AS_DOCKER = ""


class ContextCard(QWidget):
    """The contexts as radio buttons, each with its address; a choice takes effect at once."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._intents = intents
        self._shown: ContextChoice | None = None
        self._group = QButtonGroup(self)
        self._rows: list[QWidget] = []
        frame = card()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(frame)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Docker engine")))
        words = label(
            theme, Type.SECOND, "second", tr("The Docker contexts of this computer. A choice takes effect at once.")
        )
        words.setWordWrap(True)
        inside.addWidget(words)
        self._overruled = label(theme, Type.SECOND, "attention")
        self._overruled.setWordWrap(True)
        inside.addWidget(self._overruled)
        self._options = QVBoxLayout()
        self._options.setSpacing(Space.S)
        inside.addLayout(self._options)

    def show_state(self, state: StackState) -> None:
        """Show what there is to choose from, and what is chosen."""
        choice = state.contexts
        if choice != self._shown:
            self._shown = choice
            self._rebuild(choice)
        note = ""
        if choice.overruled:
            note = tr("{what} That goes before what is chosen here.", what=choice.overruled)
        elif state.operation is not None:
            note = tr("Another engine can be chosen when what goes on has finished.")
        set_text(self._overruled, note)
        self._overruled.setVisible(bool(note))
        faults = {option.name: option.fault for option in choice.options}
        for made in self._group.buttons():
            broken = bool(faults.get(made.objectName()))
            made.setEnabled(not choice.overruled and state.operation is None and not broken)

    def _rebuild(self, choice: ContextChoice) -> None:
        for made in self._group.buttons():
            self._group.removeButton(made)
        for old in self._rows:
            self._options.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows = []
        current = next((option.name for option in choice.options if option.current), "")
        usual = tr("As the docker command has it ({context})", context=current) if current else ""
        self._add(_AS_DOCKER, usual or tr("As the docker command has it"), "", choice.chosen == _AS_DOCKER)
        for option in choice.options:
            self._add(option.name, option.name, _about(option), choice.chosen == option.name)

    def _add(self, name: str, title: str, about: str, checked: bool) -> None:
        made = QRadioButton(title.replace("&", "&&"))
        made.setObjectName(name)
        made.setChecked(checked)
        made.setAccessibleDescription(about)
        made.toggled.connect(partial(self._choose, name))  # assistive technology toggles, and clicks nothing
        self._group.addButton(made)
        row = QWidget()
        lines = QVBoxLayout(row)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(made)
        if about:
            words = label(self._theme, Type.SECOND, "second", about)
            words.setWordWrap(True)
            words.setIndent(self._theme.scaled(26))
            lines.addWidget(words)
        self._options.addWidget(row)
        self._rows.append(row)

    def _choose(self, name: str, checked: bool) -> None:
        if checked:
            self._intents.choose_context(name)


def _about(option: ContextOption) -> str:
    """Return what stands under a context's name."""
    if option.fault:
        return tr("Cannot be used: {fault}.", fault=bare(option.fault))
    address = option.address or tr("the engine of this computer")
    if address.startswith("ssh://"):
        address = tr("{address} (over SSH, experimental)", address=address)
    return " · ".join(part for part in (address, option.description) if part)
