"""The page of the start: what will be done, then the folder, the download, and each service's light."""

from __future__ import annotations

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import Light, OperationKind, StackPhase, StackState
from harmony_desktop.control.wizard import ONLY_HERE, FolderKind, Page, WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.banners import FaultBanner, NotesBanner, ProgressCard
from harmony_desktop.ui.facts import Fact, FactsCard
from harmony_desktop.ui.faults import fault
from harmony_desktop.ui.headline import Choice, Deed
from harmony_desktop.ui.i18n import capitalised, told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.style import button, mark
from harmony_desktop.ui.theme import Theme
from harmony_desktop.ui.wizard_parts import WizardPage, buttons_row, disk_size, pressed
from harmony_desktop.ui.wording import stage_word


class StartPage(WizardPage):
    """The summary and the one button; then progress and lights."""

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, intents: Intents) -> None:
        super().__init__(theme, turning, wizard, tr("Ready to begin"))
        self._intents = intents
        self._fault = FaultBanner(theme, turning)
        self._fault.dismissed.connect(self._intents.dismiss_problem)
        self._fault.chosen.connect(self._remedy)
        self._progress = ProgressCard(theme, turning)
        self._progress.cancelled.connect(intents.cancel)
        self._notes = NotesBanner(theme, turning)
        self._summary = FactsCard(theme, turning)
        self._services = FactsCard(theme, turning)
        self.begin = pressed(button(theme, tr("Prepare and start"), "primary"), self._begin)
        self.prepare = pressed(button(theme, tr("Only prepare the folder")), wizard.prepare)
        for part in (self._fault, self._progress, self._services, self._notes, self._summary):
            self.content.addWidget(part)
        self.content.addLayout(buttons_row(self.begin, self.prepare))
        self.content.addStretch(1)

    def _begin(self) -> None:
        """Prepare what is not prepared, then start."""
        self._intents.dismiss_problem()
        if self.wizard.store.value.progress.prepared:
            self._intents.start()
        else:
            self.wizard.prepare(start=True)

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show what will be done, or how far it is."""
        prepared = wizard.progress.prepared and state.phase is StackPhase.LOADED
        ready = state.engine.status is EngineStatus.READY
        operation = state.operation
        starting = operation is not None and operation.kind is not OperationKind.PREPARE
        runs = prepared and any(service.runs for service in state.services)
        well = runs and all(service.light is Light.READY for service in state.services)
        self.say(*_headline(prepared=prepared, starting=starting, well=well, runs=runs, preparing=wizard.preparing))
        self._fault.show_fault(fault(state) if prepared else None)
        self._progress.show_operation(operation)
        self._notes.show_notes(state.warnings if prepared else ())
        self._services.setVisible(prepared)
        if prepared:
            self._services.show_facts(
                [
                    Fact(service.light, service.title, capitalised(told(service.reason)), stage_word(service))
                    for service in state.services
                ]
            )
        self._summary.setVisible(not prepared)
        if not prepared:
            self._summary.show_facts(_summary(state, wizard))
        busy = wizard.preparing or operation is not None
        taken = wizard.look is not None and wizard.look.usable
        self.begin.setEnabled(not busy and taken and (ready or not prepared))
        self.begin.setText(_begin_words(prepared=prepared, ready=ready, runs=runs))
        self.begin.setVisible(not well and not (prepared and starting))
        mark(self.begin, "kind", "plain" if well else "primary")
        self.prepare.setVisible(not prepared and ready)
        self.prepare.setEnabled(not busy and taken)

    def _remedy(self, choice: Choice) -> None:
        if choice.deed is Deed.REMEDY:
            self._intents.remedy(choice.target)
        elif choice.deed in {Deed.START, Deed.RESTART_SERVICE}:
            self._intents.start((choice.target,) if choice.target else ())


def _begin_words(*, prepared: bool, ready: bool, runs: bool) -> str:
    if prepared:
        return tr("Start again") if runs else tr("Start Harmony")
    return tr("Prepare and start") if ready else tr("Prepare the folder")


def _headline(*, prepared: bool, starting: bool, well: bool, runs: bool, preparing: bool) -> tuple[str, str]:
    if preparing:
        return tr("Preparing the folder"), tr("Writing the stack’s files.")
    if not prepared:
        return tr("Ready to begin"), tr("This is what will be done. Nothing has been written or fetched yet.")
    if well:
        return tr("Harmony is ready"), tr("All services run. One step is left: hearing it speak.")
    if starting:
        return tr("Harmony is on its way"), tr("You can cancel at any time: what has come is kept, and goes on later.")
    if runs:
        return tr("Harmony is starting"), tr("Each light turns green when its service is ready.")
    return tr("The folder is prepared"), tr("The first start fetches the services, and goes on where it was ended.")


def _summary(state: StackState, wizard: WizardState) -> list[Fact]:
    """Return what will be done, a row for each page."""
    choices, look = wizard.choices, wizard.look
    taken_over = look is not None and look.kind is FolderKind.QUICKSTART
    facts = [
        Fact(
            Light.READY if look is None or look.usable else Light.FAILED,
            choices.folder,
            tr("This folder is taken over as it is.") if taken_over else tr("Harmony’s files are put there."),
        )
    ]
    profile = choices.hardware if choices.hardware != "auto" else state.hardware.profile
    facts.append(Fact(Light.READY, tr("On your graphics card") if profile == "nvidia" else tr("On the processor"), ""))
    chosen = [told(option.title) for option in wizard.speech if wizard.wants_speech(option)]
    if wizard.speech:
        facts.append(Fact(Light.READY, tr("Voices"), ", ".join(chosen) or tr("none")))
    held = [option for option in wizard.ports if option.fault]
    if wizard.ports:
        ports = ", ".join(str(option.port) for option in wizard.ports)
        where = tr("only this computer") if wizard.wanted_address == ONLY_HERE else tr("everybody on your network")
        facts.append(
            Fact(
                Light.ATTENTION if held else Light.READY,
                tr("Ports {ports}", ports=ports),
                tr("Reached by: {where}.", where=where),
                tr("taken: {ports}", ports=", ".join(str(option.port) for option in held)) if held else "",
            )
        )
    if state.engine.status is EngineStatus.READY:
        text = tr("What is there already is not fetched again.")
        facts.append(Fact(Light.READY, tr("Fetches up to {size}", size=disk_size(wizard.images)), text))
    else:
        text = tr("The folder can be prepared now; starting needs Docker.")
        facts.append(Fact(Light.ATTENTION, tr("Docker is not ready"), text))
    if Page.START in wizard.looking and not wizard.ports:
        facts.append(Fact(Light.BUSY, tr("Looking at the rest"), ""))
    return facts
