"""The first page: before there is a stack folder. It shows what was found, and prepares the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import StackPhase, StackState
from harmony_desktop.ui.banners import FaultBanner
from harmony_desktop.ui.engine_card import EngineCard
from harmony_desktop.ui.facts import FactsCard, engine_fact, machine_facts, profile_fact
from harmony_desktop.ui.faults import fault
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.pages import Page
from harmony_desktop.ui.profile_choice import ProfileChoice
from harmony_desktop.ui.style import button, card, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class FirstRunPage(Page):
    """Engine, machine, profile, folder, and one button."""

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__(
            theme,
            tr("Welcome to Harmony"),
            tr("Characters that listen, think and speak, on your own computer. This is what Harmony found here."),
        )
        self._intents = intents
        self._preparing = False
        self.fault = FaultBanner(theme, turning)
        self.fault.dismissed.connect(intents.dismiss_problem)
        self.content.addWidget(self.fault)
        self._engine = EngineCard(theme, turning, intents)
        self.content.addWidget(self._engine)
        self._facts = FactsCard(theme, turning)
        self.content.addWidget(self._facts)
        self.choice = ProfileChoice(theme)
        self.content.addWidget(self.choice)
        self.content.addWidget(self._folder_card())
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._hint = label(theme, Type.SECOND, "second")
        self._hint.setWordWrap(True)
        self._again = button(theme, tr("Look again"))
        self._again.clicked.connect(self._look_again)
        self.prepare = button(theme, tr("Prepare Harmony"), "primary")
        self.prepare.clicked.connect(self._prepare)
        row.addWidget(self._hint, 1)
        row.addWidget(self._again)
        row.addWidget(self.prepare)
        self.content.addLayout(row)
        self.content.addStretch(1)
        self.show_state(intents.store.value)

    def show_state(self, state: StackState) -> None:
        """Render a state."""
        if state.problem is not None or state.phase is StackPhase.LOADED:
            self._preparing = False
        self.fault.show_fault(fault(state))
        profile = profile_fact(state)
        # An engine that is not there gets a card of its own, with what helps.
        there = state.engine.status in {EngineStatus.READY, EngineStatus.SEARCHING}
        self._engine.show_engine(None if there else state.engine)
        engine = [engine_fact(state)] if there else []
        self._facts.show_facts([*engine, *machine_facts(state), *([profile] if profile else [])])
        self.choice.show_hardware(state.hardware, follow=False)
        busy = self._preparing
        for part in (self.choice, self._folder, self._browse, self.prepare):
            part.setEnabled(not busy)
        self.prepare.setText(tr("Preparing…") if busy else tr("Prepare Harmony"))
        if busy:
            hint = tr("Writing the stack’s files.")
        elif state.engine.status is EngineStatus.READY:
            hint = tr("Nothing is downloaded yet. The first start fetches about 20 GB.")
        else:
            hint = tr("You can prepare the folder now; starting needs Docker.")
        set_text(self._hint, hint)

    def choices(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what can be chosen to compute on and is not, with what chooses it."""
        cards = self.choice.cards.values()
        return [(each.accessibleName(), each.click) for each in cards if each.isEnabled() and not each.isChecked()]

    def _folder_card(self) -> QFrame:
        frame = card()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(self.theme, Type.STRONG, text=tr("Folder")))
        text = tr("Plain files: the stack, its configuration and its data. A disk with 50 GB of room is comfortable.")
        words = label(self.theme, Type.SECOND, "second", text)
        words.setWordWrap(True)
        inside.addWidget(words)
        inside.addSpacing(Space.XS)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._folder = QLineEdit(str(Path.home() / "Harmony"))
        self._folder.setAccessibleName(tr("Folder"))
        self._folder.setMinimumHeight(self.theme.scaled(Space.CONTROL_HEIGHT))
        self._folder.textChanged.connect(self._check)
        self._browse = button(self.theme, tr("Choose…"))
        self._browse.clicked.connect(self._choose)
        row.addWidget(self._folder, 1)
        row.addWidget(self._browse)
        inside.addLayout(row)
        return frame

    def _check(self, text: str) -> None:
        self.prepare.setEnabled(bool(text.strip()) and not self._preparing)

    def _choose(self, _checked: bool = False) -> None:
        dialog = QFileDialog(self, tr("Choose the folder"), self._folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._folder.setText)
        dialog.open()

    def _look_again(self, _checked: bool = False) -> None:
        self._intents.retry_engine()
        self._intents.look_at_machine()

    def _prepare(self, _checked: bool = False) -> None:
        self._preparing = True
        folder = str(Path(self._folder.text().strip()).expanduser())
        self._intents.dismiss_problem()
        self._intents.prepare_folder(folder, self.choice.choice)
        self.show_state(self._intents.store.value)
