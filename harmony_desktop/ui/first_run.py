"""The set-up as a whole: the steps on the left, a page on the right, and the way through it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import Light, StackPhase, StackState
from harmony_desktop.control.wizard import PAGES, Page, WizardState, reachable
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui import icons
from harmony_desktop.ui.banners import FaultBanner
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.settings import Settings
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wizard_engine import EnginePage
from harmony_desktop.ui.wizard_folder import FolderPage
from harmony_desktop.ui.wizard_machine import MachinePage
from harmony_desktop.ui.wizard_models import ModelsPage
from harmony_desktop.ui.wizard_parts import WizardPage, pressed, problem_fault, wrapping
from harmony_desktop.ui.wizard_ports import PortsPage
from harmony_desktop.ui.wizard_proof import ProofPage
from harmony_desktop.ui.wizard_start import StartPage
from harmony_desktop.ui.wizard_welcome import WelcomePage


class FirstRunPage(QWidget):
    """Goes through the set-up.

    Args:
        theme: The looks.
        turning: The clock of turning rings.
        intents: The core.
        wizard: The set-up's gestures.
        settings: Where the language is kept.
    """

    models_wanted = Signal()
    log_wanted = Signal(str)
    language_chosen = Signal()

    def __init__(self, theme: Theme, turning: Turning, intents: Intents, wizard: SettingUp, settings: Settings) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self._intents = intents
        self._settings = settings
        self.wizard = wizard
        self._pages: dict[Page, WizardPage] = {}
        self._shown: Page | None = None
        self.steps = _Steps(theme, turning)
        self.steps.chosen.connect(wizard.go)
        self.steps.leave.clicked.connect(lambda _checked=False: wizard.leave())
        self._stack = QStackedWidget()
        self.fault = FaultBanner(theme, turning)
        self.fault.dismissed.connect(wizard.dismiss)
        self.back = pressed(button(theme, tr("Back")), wizard.back)
        self.later = pressed(button(theme, tr("Do this later")), self._later)
        self.next = pressed(button(theme, tr("Continue"), "primary"), self._next)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        fault = QHBoxLayout()
        fault.setContentsMargins(Space.XXL - 2, Space.L, Space.XXL - 2, 0)
        fault.addWidget(self.fault)
        right.addLayout(fault)
        right.addWidget(self._stack, 1)
        line = QFrame()
        line.setProperty("surface", "line")
        line.setFixedHeight(1)
        right.addWidget(line)
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.XXL - 2, Space.M, Space.XXL - 2, Space.M)
        foot.setSpacing(Space.S)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.later)
        foot.addWidget(self.next)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.steps)
        layout.addLayout(right, 1)
        self._unsubscribe = wizard.store.subscribe(self._show_wizard)
        self.destroyed.connect(lambda _gone=None, end=self._unsubscribe: end())
        if not wizard.store.value.choices.folder:
            wizard.open()
        self.show_state(intents.store.value)

    def page(self, page: Page) -> WizardPage:
        """Return a page; it is made at its first use."""
        if page not in self._pages:
            made = self._pages[page] = self._make(page)
            self._stack.addWidget(made)
        return self._pages[page]

    def show_state(self, state: StackState) -> None:
        """Render how things are."""
        self._show(state, self.wizard.store.value)

    def choices(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what can be done here, for the palette."""
        found: list[tuple[str, Callable[[], None]]] = [
            (made.text(), made.click)
            for made in (self.next, self.later, self.back)
            if made.isVisibleTo(self) and made.isEnabled()
        ]
        shown = self._pages.get(self.wizard.store.value.page)
        if isinstance(shown, MachinePage):
            cards = shown.choice.cards.values()
            found += [
                (tr("Compute on: {what}", what=each.accessibleName()), each.click)
                for each in cards
                if not each.isChecked()
            ]
        return [each for each in found if each[0]]

    def _show_wizard(self, wizard: WizardState) -> None:
        if self.isVisible():
            self._show(self._intents.store.value, wizard)

    def _show(self, state: StackState, wizard: WizardState) -> None:
        page = self.page(wizard.page)
        page.render_state(state, wizard)
        turned = self._shown is not wizard.page
        if turned:
            self._shown = wizard.page
            self._stack.setCurrentWidget(page)
            page.verticalScrollBar().setValue(0)
        self.steps.show_steps(state, wizard)
        self.fault.show_fault(problem_fault(wizard.problem))
        first, last = wizard.page is PAGES[0], wizard.page is PAGES[-1]
        self.back.setVisible(not first)
        self.back.setEnabled(not wizard.preparing)
        loaded = state.phase is StackPhase.LOADED
        undone = _open(state, wizard)
        self.later.setVisible(undone and (not last or loaded))
        self.next.setText(tr("Finish") if last else tr("Begin") if first else tr("Continue"))
        self.next.setEnabled(not wizard.blocked() and not wizard.preparing and not (undone and _needs_work(wizard)))
        self.next.setVisible(not (last and undone))
        if turned and self.isVisible():
            best = self.next if self.next.isVisible() and self.next.isEnabled() else page
            best.setFocus(Qt.FocusReason.OtherFocusReason)

    def _next(self) -> None:
        if self.wizard.store.value.page is PAGES[-1]:
            self.wizard.finish()
        else:
            self.wizard.next()

    def _later(self) -> None:
        """Skip a step, or leave where the rest needs it."""
        if self.wizard.store.value.page in {Page.START, Page.PROOF} and self._intents.store.value.folder:
            self.wizard.leave()
        else:
            self.wizard.next(skip=True)

    def _restore(self) -> None:
        """Restore a backup to the folder that is chosen; the set-up goes on with what it is then."""
        from harmony_desktop.ui.backup_card import restore_backup  # noqa: PLC0415 - few come this way

        wizard, chosen = self.wizard, self.wizard.store.value.choices.folder
        restore_backup(self._theme, self._turning, self.window(), self._intents, chosen, wizard.choose_folder)

    def _make(self, page: Page) -> WizardPage:
        theme, turning, wizard, intents = self._theme, self._turning, self.wizard, self._intents
        match page:
            case Page.WELCOME:
                welcome = WelcomePage(theme, turning, wizard, self._settings)
                welcome.language_chosen.connect(self.language_chosen)
                return welcome
            case Page.ENGINE:
                return EnginePage(theme, turning, wizard, intents)
            case Page.MACHINE:
                return MachinePage(theme, turning, wizard, intents)
            case Page.FOLDER:
                folder = FolderPage(theme, turning, wizard)
                folder.restore_wanted.connect(self._restore)
                return folder
            case Page.MODELS:
                models = ModelsPage(theme, turning, wizard)
                models.models_wanted.connect(self.models_wanted)
                return models
            case Page.PORTS:
                return PortsPage(theme, turning, wizard)
            case Page.START:
                return StartPage(theme, turning, wizard, intents)
            case Page.PROOF:
                proof = ProofPage(theme, turning, wizard, intents.starting_up)
                proof.models_wanted.connect(self.models_wanted)
                proof.log_wanted.connect(self.log_wanted)
                return proof


def _needs_work(wizard: WizardState) -> bool:
    """Whether a page goes on by its own button: what it is about may be left, but not passed over unseen."""
    return wizard.page in {Page.ENGINE, Page.START}


def _open(state: StackState, wizard: WizardState) -> bool:
    """Whether what a page is about is still to be done."""
    match wizard.page:
        case Page.ENGINE:
            return state.engine.status is not EngineStatus.READY
        case Page.START:
            return not wizard.progress.prepared or not any(service.runs for service in state.services)
        case Page.PROOF:
            return not wizard.proof.passed
        case _:
            return False


def step_light(page: Page, state: StackState, wizard: WizardState) -> Light:
    """Return the light of a step: done, open now, or still to come."""
    if page is wizard.page:
        return Light.BUSY
    if page in wizard.progress.done:
        late = page is Page.ENGINE and state.engine.status is not EngineStatus.READY
        return Light.ATTENTION if late else Light.READY
    return Light.STOPPED


class _Steps(QFrame):
    """The list of steps."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("surface", "navigation")
        self.setFixedWidth(theme.scaled(Space.NAVIGATION_WIDTH + 16))
        self.setAccessibleName(tr("Steps"))
        self._mark = QLabel()
        self._mark.setAccessibleName(tr("Harmony"))
        self._group = QButtonGroup(self)
        self.buttons: dict[Page, QPushButton] = {}
        self._lights: dict[Page, LightWidget] = {}
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
        for page, title in _titles().items():
            row = QHBoxLayout()
            row.setContentsMargins(Space.S, 0, 0, 0)
            row.setSpacing(Space.XS)
            light = self._lights[page] = LightWidget(theme, turning)
            made = QPushButton(title)
            made.setProperty("kind", "navigation")
            made.setFont(theme.font(Type.MEDIUM))
            made.setCheckable(True)
            made.setAutoExclusive(True)  # told to assistive technology as one choice of several
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setMinimumHeight(theme.scaled(36))
            made.clicked.connect(partial(self._choose, page))
            self._group.addButton(made)
            self.buttons[page] = made
            row.addWidget(light)
            row.addWidget(made, 1)
            layout.addLayout(row)
        layout.addStretch(1)
        self.leave = button(theme, tr("Leave the set-up"), "small")
        self._foot = wrapping(theme, Type.SECOND, "second", tr("You can close this at any time, and go on later."))
        layout.addWidget(self.leave)
        layout.addSpacing(Space.S)
        layout.addWidget(self._foot)
        theme.changed.connect(self._redress)
        self._redress()

    def show_steps(self, state: StackState, wizard: WizardState) -> None:
        """Show where one is, and what is done."""
        words = {
            Light.READY: tr("done"),
            Light.BUSY: tr("open now"),
            Light.ATTENTION: tr("left for later"),
            Light.STOPPED: tr("to come"),
        }
        for page, made in self.buttons.items():
            light = step_light(page, state, wizard)
            self._lights[page].show_light(light, tr("{step}: {state}", step=made.text(), state=words[light]))
            made.setEnabled(reachable(wizard, page) and not wizard.preparing)
        self.buttons[wizard.page].setChecked(True)
        self.leave.setVisible(state.phase is StackPhase.LOADED)

    def _choose(self, page: Page, _checked: bool = False) -> None:
        self.chosen.emit(page)

    def _redress(self) -> None:
        c = self._theme.colours
        self._mark.setPixmap(icons.pixmap("mark", c.accent, self._theme.scaled(22), self.devicePixelRatioF()))


def _titles() -> dict[Page, str]:
    return {
        Page.WELCOME: tr("Welcome"),
        Page.ENGINE: tr("Docker"),
        Page.MACHINE: tr("Your computer"),
        Page.FOLDER: tr("Folder"),
        Page.MODELS: tr("Voices and models"),
        Page.PORTS: tr("Ports and access"),
        Page.START: tr("Download and start"),
        Page.PROOF: tr("Say hello"),
    }
