"""The page of the machine: its cards, what Docker can do with them, and what Harmony computes on."""

from __future__ import annotations

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackState
from harmony_desktop.control.wizard import WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.facts import FactsCard, machine_facts, profile_fact
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.profile_choice import ProfileChoice
from harmony_desktop.ui.style import button, set_text
from harmony_desktop.ui.theme import Theme, Type
from harmony_desktop.ui.wizard_parts import Commands, WizardPage, buttons_row, pressed, section, wrapping


class MachinePage(WizardPage):
    """Facts, the way to the better profile, and the choice."""

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, intents: Intents) -> None:
        super().__init__(theme, turning, wizard, tr("Your computer"))
        self._intents = intents
        self._facts = FactsCard(theme, turning)
        self.choice = ProfileChoice(theme)
        self.choice.chosen.connect(wizard.choose_hardware)
        self._toolkit, inside = section(theme, tr("How Docker gets your card"))
        self._words = wrapping(theme, Type.SECOND, "second")
        self._commands = Commands(theme)
        inside.addWidget(self._words)
        inside.addWidget(self._commands)
        self.again = pressed(button(theme, tr("Look again")), self._look_again)
        self.content.addWidget(self._facts)
        self.content.addWidget(self._toolkit)
        self.content.addWidget(self.choice)
        self.content.addLayout(buttons_row(self.again))
        self.content.addStretch(1)

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show what was found."""
        hardware = state.hardware
        wanted = wizard.choices.hardware
        profile = wanted if wanted != "auto" else hardware.profile
        if profile == "nvidia":
            self.say(
                tr("Your graphics card can do this"),
                tr("Text and speech run on the card, several times faster than on the processor."),
            )
        elif hardware.gpus:
            self.say(
                tr("Your graphics card is not used yet"),
                tr("Everything works on the processor meanwhile, only slower. You can switch at any time."),
            )
        elif hardware.profile:
            self.say(tr("Your processor does it"), tr("Text and speech run on it: slower than on a graphics card."))
        else:
            self.say(tr("Looking at your computer"), tr("Graphics cards, processor and memory."))
        fact = profile_fact(state)
        self._facts.show_facts([*machine_facts(state), *([fact] if fact else [])])
        self.choice.show_hardware(hardware, follow=False)
        self.choice.cards[wanted].setChecked(True)
        words, _, commands = told(wizard.toolkit).partition("\n")
        set_text(self._words, words)
        self._commands.show_commands(commands)
        self._toolkit.setVisible(bool(wizard.toolkit) and bool(hardware.gpus) and hardware.profile != "nvidia")

    def _look_again(self) -> None:
        self._intents.retry_engine()
        self._intents.look_at_machine()
        self.wizard.look_again()
