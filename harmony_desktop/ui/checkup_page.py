"""The page of the check-up: what was looked at, what needs attention, and what the panel can repair itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from harmony_desktop.control.checkup_state import CheckupPhase, CheckupState
from harmony_desktop.control.doctor import FindingStatus, Group
from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackState
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.checkup_rows import CheckCard
from harmony_desktop.ui.checkup_words import as_text, by_group, group_title, headline, second_line
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.pages import Page
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.repair_dialog import RepairDialog
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

_RUNNING = frozenset({CheckupPhase.CHECKING, CheckupPhase.PLANNING})


class CheckupPage(Page):
    """Renders the desk's state; the first check-up begins when it is first seen."""

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__(theme, "", " ")
        self._turning = turning
        self._desk = intents.checkup
        self._dialog: RepairDialog | None = None
        self._asked = False
        self._told: tuple[str, ...] = ()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._make_buttons()
        self.bar = ProgressBar(theme, turning)
        self.bar.setAccessibleName(tr("Check-up"))
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when a check-up begins
        self.bar.setSizePolicy(policy)
        self.content.addWidget(self.bar)
        self._result = _Result(theme)
        self._result.undo.clicked.connect(lambda _checked=False: self._desk.undo())
        self.content.addWidget(self._result)
        self.groups: dict[Group, tuple[QLabel, CheckCard]] = {}
        for group in Group:
            title = label(theme, Type.TITLE, text=group_title(group))
            made = CheckCard(theme, turning)
            made.repair_wanted.connect(lambda check: self._desk.preview((check,)))
            self.content.addWidget(title)
            self.content.addWidget(made)
            self.groups[group] = (title, made)
        self.content.addStretch(1)
        self.show_checkup(self._desk.store.value)

    def _make_buttons(self) -> None:
        self.copy = button(self.theme, tr("Copy as text"), "quiet")
        self.copy.clicked.connect(lambda _checked=False: self._copy())
        self.undo = button(self.theme, tr("Undo the last repair"), "quiet")
        self.undo.clicked.connect(lambda _checked=False: self._desk.undo())
        self.again = button(self.theme, tr("Check again"))
        self.again.clicked.connect(lambda _checked=False: self._desk.check())
        self.cancel = button(self.theme, tr("Cancel"))
        self.cancel.clicked.connect(lambda _checked=False: self._desk.cancel())
        self.repair_all = button(self.theme, tr("Repair all…"), "primary")
        self.repair_all.clicked.connect(lambda _checked=False: self._desk.preview(self._desk.store.value.repairable))
        self.fine = button(self.theme, tr("Show what is fine, too"), "chip")
        self.fine.setCheckable(True)
        self.fine.toggled.connect(lambda _checked: self.show_checkup(self._desk.store.value))
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        for made in (self.fine, self.copy, self.undo):
            row.addWidget(made)
        row.addStretch(1)
        self.content.addLayout(row)
        for made in (self.again, self.cancel, self.repair_all):
            self.top.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the desk while seen; check all when it is seen for the first time."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._desk.store.subscribe(self.show_checkup)
        self.show_checkup(self._desk.store.value)
        if not self._asked:
            self._asked = True
            self._desk.check()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def show_state(self, state: StackState) -> None:
        """Nothing of the stack's state is shown here."""

    def show_checkup(self, state: CheckupState) -> None:
        """Render a state of the desk."""
        resting = state.phase is CheckupPhase.RESTING
        set_text(self.title_label, headline(state))
        set_text(self.text_label, second_line(state))
        self._show_buttons(state, resting=resting)
        self.bar.setRange(0, state.total)
        self.bar.setValue(state.done)
        self.bar.setVisible(not resting and state.phase is not CheckupPhase.SHOWING)
        found = by_group(state.findings)
        # Where something needs attention, what is fine only stands in the way.
        self.fine.setVisible(bool(state.attention))
        brief = bool(state.attention) and not self.fine.isChecked()
        for group, (title, made) in self.groups.items():
            findings = found.get(group, [])
            shown = {one.id for one in findings if not brief or one.status is not FindingStatus.OK}
            made.show_findings(findings, shown, able=resting)
            for part in (title, made):
                part.setVisible(bool(shown))
        self._result.show_checkup(state, able=resting)
        self._announce(state)
        self._show_preview(state)

    def _show_buttons(self, state: CheckupState, *, resting: bool) -> None:
        running = state.phase in _RUNNING
        self.again.setVisible(not running)
        self.again.setEnabled(resting)
        self.cancel.setVisible(running)
        self.repair_all.setVisible(bool(state.repairable))
        self.repair_all.setEnabled(resting)
        self.undo.setVisible(state.undoable and not state.told)
        self.undo.setEnabled(resting)
        self.copy.setEnabled(bool(state.findings))

    def _show_preview(self, state: CheckupState) -> None:
        if state.preview is None or self._dialog is not None:
            return
        dialog = RepairDialog(self.theme, self, state.preview)
        dialog.accepted.connect(self._desk.mend)
        dialog.rejected.connect(self._desk.cancel)
        dialog.finished.connect(self._forget_dialog)
        self._dialog = dialog
        dialog.open()

    def _forget_dialog(self, _result: int = 0) -> None:
        self._dialog = None

    def _announce(self, state: CheckupState) -> None:
        """Say what came of it once it has ended."""
        words = (headline(state), *(told(text) for text in state.told))
        if state.phase is CheckupPhase.RESTING and state.findings and words != self._told and self.isVisible():
            self._told = words
            announce(self, ". ".join(words))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self._desk.store.value))
        announce(self, tr("Copied"))


class _Result(QFrame):
    """What the last repair did, with the way back; or why something failed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        row.setSpacing(Space.M)
        words = QVBoxLayout()
        words.setSpacing(2)
        self._title = label(theme, Type.STRONG)
        self._text = label(theme, Type.SECOND, "second")
        for part in (self._title, self._text):
            part.setWordWrap(True)
            words.addWidget(part)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        row.addLayout(words, 1)
        self.undo: QPushButton = button(theme, tr("Undo"))
        row.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignTop)

    def show_checkup(self, state: CheckupState, *, able: bool) -> None:
        """Show a fault, else what was done; nothing where there is neither."""
        fault = state.fault
        if fault is not None:
            set_text(self._title, told(fault.title))
            set_text(self._text, "\n".join(told(text) for text in (fault.cause, fault.advice) if text))
        elif state.told:
            set_text(self._title, tr("Done"))
            set_text(self._text, "\n".join(told(text) for text in state.told))
        mark(self, "surface", "failed" if fault else "card")
        self._text.setVisible(bool(self._text.text()))
        self.undo.setVisible(state.undoable)
        self.undo.setEnabled(able)
        self.setVisible(bool(fault or state.told))
