"""The page of the Docker engine: how it stands, what helps, and installing it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import EngineState, StackState
from harmony_desktop.control.wizard import InstallPhase, WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.banners import FaultBanner
from harmony_desktop.ui.engine_card import EngineCard
from harmony_desktop.ui.facts import FactsCard, engine_fact
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, set_text
from harmony_desktop.ui.theme import Theme, Type
from harmony_desktop.ui.wizard_parts import WizardPage, buttons_row, pressed, problem_fault, section, wrapping


class EnginePage(WizardPage):
    """The engine's card, and under it the offer to install one."""

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, intents: Intents) -> None:
        super().__init__(
            theme,
            turning,
            wizard,
            tr("Docker runs the services"),
            tr("Harmony’s services run in containers, and Docker is the program for that."),
        )
        self._card = EngineCard(theme, turning, intents)
        self._facts = FactsCard(theme, turning)
        self._fault = FaultBanner(theme, turning)
        self._lines: tuple[str, ...] = ()
        self._offer, inside = section(theme, tr("Let Harmony install it"))
        self._explanation = wrapping(theme, Type.SECOND, "second")
        self._progress = ProgressBar(theme, turning)
        self._progress.setRange(0, 0)
        self._progress.setAccessibleName(tr("Progress"))
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setFont(theme.mono)
        self.log.setProperty("surface", "log")
        self.log.setAccessibleName(tr("What the installer says"))
        self.log.setMinimumHeight(theme.scaled(180))
        self.log.setTabChangesFocus(True)
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        overlay_scroll_bars(self.log, horizontal=True)
        self.install = pressed(button(theme, tr("Install it now"), "primary"), wizard.install)
        self.cancel = pressed(button(theme, tr("Cancel")), wizard.cancel_install)
        for part in (self._explanation, self._progress, self.log):
            inside.addWidget(part)
        inside.addLayout(buttons_row(self.install, self.cancel))
        for shown in (self._fault, self._facts, self._offer, self._card):
            self.content.addWidget(shown)
        self.content.addStretch(1)
        self._fault.dismissed.connect(lambda: self._fault.show_fault(None))

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show the engine, or what helps."""
        engine = state.engine
        ready = engine.status is EngineStatus.READY
        self.say(tr("Docker is being installed") if wizard.install.running else _title(engine), _text(engine, wizard))
        self._facts.setVisible(ready)
        if ready:
            self._facts.show_facts([engine_fact(state)])
        install = wizard.install
        # One filled button: where there is an offer to install, it is that.
        self._card.show_engine(None if ready or install.running else engine, filled=engine.help.install is None)
        offer = engine.help.install
        shown = install.running or (bool(install.lines) and not ready) or (offer is not None and not ready)
        self._offer.setVisible(shown)
        if not shown:
            self._fault.show_fault(None)
            return
        explanation = told(offer.explanation) if offer is not None else ""
        if install.phase is InstallPhase.DONE:
            explanation = tr("Docker is installed. Sign out and in again so that you may use it; you go on here.")
        elif install.phase is InstallPhase.CANCELLED:
            explanation = tr("Cancelled. What was installed until then stays, and the next try goes on from there.")
        set_text(self._explanation, explanation)
        self._explanation.setVisible(bool(explanation))
        self._progress.setVisible(install.running)
        self.log.setVisible(bool(install.lines))
        self._show_lines(install.lines)
        self.install.setVisible(offer is not None and not install.running)
        again = install.phase in {InstallPhase.FAILED, InstallPhase.CANCELLED}
        self.install.setText(tr("Install it again") if again else tr("Install it now"))
        self.cancel.setVisible(install.running)
        self.cancel.setEnabled(install.phase is InstallPhase.RUNNING)
        self.cancel.setText(tr("Cancel") if install.phase is not InstallPhase.CANCELLING else tr("Cancelling…"))
        self._fault.show_fault(problem_fault(install.fault))

    def _show_lines(self, lines: tuple[str, ...]) -> None:
        if lines == self._lines:
            return
        if self._lines and lines[: len(self._lines)] == self._lines:
            self.log.appendPlainText("\n".join(lines[len(self._lines) :]))
        else:
            self.log.setPlainText("\n".join(lines))
        self._lines = lines
        own = self.log.verticalScrollBar()
        own.setValue(own.maximum())


def _title(engine: EngineState) -> str:
    return {
        EngineStatus.READY: tr("Docker is ready"),
        EngineStatus.SEARCHING: tr("Looking for Docker"),
        EngineStatus.ABSENT: tr("Docker is missing"),
        EngineStatus.STOPPED: tr("Docker is not running"),
        EngineStatus.STARTING: tr("Docker is starting"),
        EngineStatus.DENIED: tr("You may not use Docker yet"),
        EngineStatus.TOO_OLD: tr("Docker is too old"),
    }.get(engine.status, tr("Docker does not answer"))


def _text(engine: EngineState, wizard: WizardState) -> str:
    if engine.status is EngineStatus.READY:
        return tr("Harmony’s services run in it, each in a container of its own.")
    if wizard.install.running:
        return tr("That takes some minutes. You see below what is done.")
    return tr("Harmony’s services run in it. It is found by itself as soon as it is there; you can also go on without.")
