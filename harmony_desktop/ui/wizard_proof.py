"""The last page: real calls through the stack, and a sentence to hear."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices

from harmony_desktop.control.autostart import StartingUp
from harmony_desktop.control.proof import Part, Step, Verdict
from harmony_desktop.control.state import Light, StackState
from harmony_desktop.control.wizard import WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.startup_card import SessionSwitch
from harmony_desktop.ui.style import button, mark
from harmony_desktop.ui.theme import Theme
from harmony_desktop.ui.wizard_parts import Line, WizardPage, buttons_row, pressed, rows_card
from harmony_desktop.ui.wording import number

_LIGHTS = {
    Verdict.WAITING: Light.STOPPED,
    Verdict.RUNNING: Light.BUSY,
    Verdict.GOOD: Light.READY,
    Verdict.MISSING: Light.ATTENTION,
    Verdict.FAILED: Light.FAILED,
}


class ProofPage(WizardPage):
    """A row for each step, with what helps at its right."""

    models_wanted = Signal()
    log_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, starting_up: StartingUp) -> None:
        super().__init__(theme, turning, wizard, tr("Say hello"))
        frame, inside = rows_card()
        self.rows: dict[Part, _StepRow] = {}
        for part in Part:
            row = self.rows[part] = _StepRow(theme, turning, self, part, first=not self.rows)
            inside.addWidget(row)
        self.content.addWidget(frame)
        self.start = pressed(button(theme, tr("Try it"), "primary"), wizard.prove)
        self.stop = pressed(button(theme, tr("Cancel")), wizard.stop_proof)
        self.content.addLayout(buttons_row(self.start, self.stop))
        self.session = SessionSwitch(theme, starting_up)
        self.content.addWidget(self.session)
        self.content.addStretch(1)

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show what came of each step."""
        proof = wizard.proof
        if proof.passed:
            self.say(tr("Harmony speaks"), tr("Everything works. From now on one button starts it all."))
        elif proof.running:
            self.say(tr("Trying it"), tr("A voice is fetched before its first sentence: that may take some minutes."))
        else:
            self.say(tr("Say hello"), tr("Real calls through the whole stack, and a sentence for you to hear."))
        steps = {step.part: step for step in proof.steps}
        for part, row in self.rows.items():
            row.setVisible(part in steps or not steps)
            row.show_step(steps.get(part, Step(part)), running=proof.running)
        runs = any(service.runs for service in state.services)
        self.start.setVisible(not proof.running)
        self.start.setEnabled(runs)
        self.start.setToolTip("" if runs else tr("Harmony has to run first."))
        self.start.setText(tr("Try it again") if proof.steps else tr("Try it"))
        mark(self.start, "kind", "plain" if proof.passed else "primary")
        self.stop.setVisible(proof.running)
        self.session.setVisible(proof.passed)


class _StepRow(Line):
    def __init__(self, theme: Theme, turning: Turning, page: ProofPage, part: Part, *, first: bool) -> None:
        super().__init__(theme, turning, first=first)
        self._step = Step(part)
        self._page = page
        self.listen = pressed(button(theme, tr("Listen"), "small-primary"), self._listen)
        self.models = pressed(button(theme, tr("Choose a model"), "small-primary"), page.models_wanted.emit)
        self.log = pressed(button(theme, tr("Show log"), "small"), self._show_log)
        self.again = pressed(button(theme, tr("Try again"), "small"), partial(page.wizard.prove, part.value))
        for made in (self.log, self.again, self.models, self.listen):
            self.right.addWidget(made)

    def show_step(self, step: Step, *, running: bool) -> None:
        self._step = step
        lines = [told(step.text), told(step.advice)]
        if step.verdict is Verdict.WAITING:
            lines = [_promise(step.part)]
        title = _title(step.part)
        if step.verdict is Verdict.GOOD:
            title = tr("{what} · {seconds} s", what=title, seconds=number(step.seconds, 1))
        if step.file:
            lines.append(tr("Saved as {file}", file=step.file))
        self.say(_LIGHTS[step.verdict], title, "\n".join(line for line in lines if line))
        failed = step.verdict is Verdict.FAILED
        self.listen.setVisible(bool(step.file))
        self.models.setVisible(step.verdict is Verdict.MISSING and step.part is Part.TEXT)
        self.log.setVisible(failed and bool(step.service))
        self.again.setVisible(step.verdict in {Verdict.FAILED, Verdict.MISSING} and not running)
        self.again.setAccessibleName(tr("Try again: {what}", what=_title(step.part)))

    def _listen(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._step.file))

    def _show_log(self) -> None:
        self._page.log_wanted.emit(self._step.service)


def _title(part: Part) -> str:
    return {
        Part.LINK: tr("Harmony Link answers"),
        Part.TEXT: tr("A model says something"),
        Part.SPEECH: tr("A voice speaks"),
    }[part]


def _promise(part: Part) -> str:
    return {
        Part.LINK: tr("Games and pages reach your characters through it."),
        Part.TEXT: tr("A short prompt, and what the model answers."),
        Part.SPEECH: tr("A sentence as sound, for your ears."),
    }[part]
