"""The page of the machine: what was found, what Harmony computes on, and why."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from harmony_desktop.control.disk import DiskLook
from harmony_desktop.control.intents import Intents
from harmony_desktop.control.meters import MachineSample
from harmony_desktop.control.state import HardwareState, StackState
from harmony_desktop.ui.cleanup_dialog import CleanUpDialog
from harmony_desktop.ui.disk_card import DiskCard
from harmony_desktop.ui.facts import FactsCard, engine_fact, machine_facts
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.machine_cards import MachineCards
from harmony_desktop.ui.pages import Page
from harmony_desktop.ui.profile_choice import ProfileChoice
from harmony_desktop.ui.profiles import can_choose
from harmony_desktop.ui.style import button, card, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


def profile_sentence(hardware: HardwareState) -> str:
    """Return what Harmony computes on, as a sentence."""
    if hardware.profile == "nvidia":
        cards = hardware.gpus
        return tr("Harmony uses your {card}", card=cards[0].name) if cards else tr("Harmony uses your NVIDIA card")
    if hardware.profile == "cpu":
        return tr("Harmony uses the processor")
    return tr("Looking at this computer")


class HardwarePage(Page):
    """Cards, driver, engine, profile and its reasons."""

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__(theme, "", " ")
        self._intents = intents
        again = button(theme, tr("Look again"))
        again.setToolTip(tr("Ask for cards, driver and engine again (F5)"))
        again.clicked.connect(lambda _checked=False: intents.look_at_machine())
        self.top.addWidget(again, 0, Qt.AlignmentFlag.AlignVCenter)
        self._facts = FactsCard(theme, turning)
        self.content.addWidget(self._facts)
        self._right_now = label(theme, Type.TITLE, text=tr("Right now"))
        self._meters = MachineCards(theme)
        self._disk = DiskCard(theme)
        self._disk.look_wanted.connect(intents.look_at_disk)
        self._disk.clean_up_wanted.connect(self._ask_what_to_remove)
        for part in (self._right_now, self._meters, self._disk):
            self.content.addWidget(part)
        self._why = card()
        inside = QVBoxLayout(self._why)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Why")))
        self._reasons = label(theme, Type.TEXT, "second")
        self._advice = label(theme, Type.TEXT)
        for part in (self._reasons, self._advice):
            part.setWordWrap(True)
            part.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            part.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            inside.addWidget(part)
        self.content.addWidget(self._why)
        self.content.addSpacing(Space.S)
        self.content.addWidget(label(theme, Type.TITLE, text=tr("What Harmony computes on")))
        self.choice = ProfileChoice(theme)
        self.choice.chosen.connect(intents.choose_hardware)
        self.content.addWidget(self.choice)
        self._effect = label(theme, Type.SECOND, "second", tr("A change takes effect when the stack is started next."))
        self.content.addWidget(self._effect)
        self.content.addStretch(1)
        self.show_state(intents.store.value)
        self._subscriptions: list[Callable[[], None]] = []

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the machine from now on."""
        super().showEvent(event)
        intents = self._intents
        self._subscriptions = [
            intents.machine.subscribe(self._show_sample),
            intents.disk.subscribe(self._disk.show_disk),
        ]
        self._meters.forget()
        self._show_sample(intents.machine.value)
        self._disk.show_disk(intents.disk.value)
        intents.watch_machine(True)
        if intents.disk.value == DiskLook():
            intents.look_at_disk()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: nothing is sampled."""
        super().hideEvent(event)
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions = []
        self._intents.watch_machine(False)

    def _show_sample(self, sample: MachineSample | None) -> None:
        self._right_now.setVisible(sample is not None)
        self._meters.setVisible(sample is not None)
        if sample is not None:
            titles = {service.name: service.title for service in self._intents.store.value.services}
            self._meters.show_sample(sample, titles)
            self._disk.show_free(sample)

    def _ask_what_to_remove(self) -> None:
        look = self._intents.disk.value
        if look.engine is None or not look.engine.leftovers:
            return
        dialog = CleanUpDialog(self.theme, self, look.engine.leftovers)
        dialog.chosen.connect(self._intents.clean_up)
        dialog.open()

    def show_state(self, state: StackState) -> None:
        """Render a state."""
        hardware = state.hardware
        set_text(self.title_label, profile_sentence(hardware))
        chosen = tr("Harmony picked this by itself.") if hardware.automatic else tr("You chose this.")
        set_text(self.text_label, chosen if hardware.profile else tr("This takes a moment."))
        self._facts.show_facts([engine_fact(state), *machine_facts(state)])
        set_text(self._reasons, "\n".join(told(reason) for reason in hardware.reasons))
        set_text(self._advice, told(hardware.advice))
        self._advice.setVisible(bool(hardware.advice))
        self._why.setVisible(bool(hardware.reasons or hardware.advice))
        self.choice.show_hardware(hardware, follow=True)
        self.choice.setEnabled(can_choose(state))
