"""What stands between the headline and the map: a fault, the progress of an operation, notes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from harmony_desktop.control.state import Light, Operation
from harmony_desktop.control.transfer import DownloadPhase
from harmony_desktop.ui import icons
from harmony_desktop.ui.download_words import pace_words
from harmony_desktop.ui.downloads import DownloadList
from harmony_desktop.ui.faults import Fault
from harmony_desktop.ui.headline import Choice, Deed
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.operation_share import done_share
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.style import button, label, mark, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

_COMING = frozenset({DownloadPhase.DOWNLOADING, DownloadPhase.RETRYING})


class FaultBanner(QFrame):
    """Says what went wrong, why, and what to do."""

    chosen = Signal(object)
    dismissed = Signal()

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._fault: Fault | None = None
        self._buttons: list[QPushButton] = []
        self._light = LightWidget(theme, turning)
        self._title = _wrapping(theme, Type.STRONG)
        self._text = _wrapping(theme, Type.TEXT, "second")
        self._evidence = _wrapping(theme, Type.SECOND, "second")
        self._evidence.setFont(theme.mono)
        self._close = tool_button(theme, tr("Dismiss"))
        self._close.clicked.connect(lambda _checked=False: self.dismissed.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.M)
        layout.addWidget(self._light, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self._title, self._text, self._evidence):
            words.addWidget(part)
        layout.addLayout(words, 1)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(Space.S)
        layout.addLayout(self._actions)
        layout.addWidget(self._close)
        theme.changed.connect(self._redress)
        self._redress()
        self.setVisible(False)

    def show_fault(self, fault: Fault | None) -> None:
        """Show a fault, or nothing."""
        if fault == self._fault:
            return
        self._fault = fault
        self.setVisible(fault is not None)
        if fault is None:
            return
        mark(self, "surface", "failed" if fault.light is Light.FAILED else "attention")
        self.setAccessibleName(fault.title)
        self.setAccessibleDescription(fault.text)
        self._light.show_light(fault.light, tr("Problem"))
        for target, text in (
            (self._title, fault.title),
            (self._text, fault.text),
            (self._evidence, "\n".join(fault.evidence)),
        ):
            set_text(target, text)
            target.setVisible(bool(text))
        self._close.setVisible(fault.dismissable)
        self._show_choices(fault.choices)

    def _show_choices(self, choices: tuple[Choice, ...]) -> None:
        for old in self._buttons:
            self._actions.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = []
        for choice in choices:
            restart = choice.deed is Deed.RESTART_SERVICE
            remedy = choice is choices[-1] and choice.deed in {Deed.RESTART_SERVICE, Deed.START, Deed.REMEDY}
            made = button(
                self._theme, tr("Restart") if restart else choice.label, "small-primary" if remedy else "small"
            )
            made.setAccessibleName(choice.label)
            made.clicked.connect(partial(self._choose, choice))
            self._actions.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
            self._buttons.append(made)

    def _choose(self, choice: Choice, _checked: bool = False) -> None:
        self.chosen.emit(choice)

    def _redress(self) -> None:
        self._close.setIcon(icons.icon(self._theme, "close"))


class ProgressCard(QFrame):
    """Says what is being done, how far it is, what is on its way, and offers to end it."""

    cancelled = Signal()

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self.setProperty("surface", "card")
        self._text = ElidedLabel(theme, Type.STRONG)
        self._steps = label(theme, Type.SECOND, "second")
        self._bar = ProgressBar(theme, turning)
        self._bar.setAccessibleName(tr("Progress"))
        self._cancel = button(theme, tr("Cancel"), "small")
        self._cancel.clicked.connect(lambda _checked=False: self.cancelled.emit())
        self._downloads = DownloadList(theme, turning)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
        layout.setSpacing(Space.S)
        top = QHBoxLayout()
        top.setSpacing(Space.M)
        top.addWidget(self._text, 1)
        top.addWidget(self._steps)
        top.addWidget(self._cancel)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addWidget(self._downloads)
        self.setVisible(False)

    def show_operation(self, operation: Operation | None) -> None:
        """Show an operation, or nothing."""
        self.setVisible(operation is not None)
        if operation is None:
            return
        text = told(operation.text) or tr("Planning")
        self._text.show_text(tr("Cancelling…") if operation.cancelling else text)
        self.setAccessibleName(text)
        steps = ""
        if operation.total > 0:
            steps = tr("{done} of {total} steps", done=operation.done, total=operation.total)
        if any(pull.phase in _COMING for pull in operation.pulls):
            steps = f"{pace_words(operation.pace)} · {steps}"
        set_text(self._steps, steps)
        self._cancel.setEnabled(not operation.cancelling)
        self._show_bar(operation)
        self._downloads.show_downloads(operation.pulls)

    def _show_bar(self, operation: Operation) -> None:
        share = done_share(operation)
        self._bar.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self._bar.setValue(round(1000 * share))


class NotesBanner(QFrame):
    """What the loader or the plan had to say; it can be put away until there is something new."""

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._notes: tuple[str, ...] = ()
        self._read: tuple[str, ...] = ()
        self.setProperty("surface", "attention")
        light = LightWidget(theme, turning)
        light.show_light(Light.ATTENTION, tr("Note"))
        self._text = _wrapping(theme, Type.SECOND)
        self._close = tool_button(theme, tr("Dismiss note"))
        self._close.clicked.connect(self._put_away)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.S, Space.M, Space.S)
        layout.setSpacing(Space.M)
        layout.addWidget(light)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._redress)
        self._redress()
        self.setVisible(False)

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Show notes that have not been put away."""
        if notes != self._notes:
            self._notes = notes
            words = [told(note) for note in notes]
            shown = words[:3] + ([tr("and {n} more", n=len(words) - 3)] if len(words) > 3 else [])
            set_text(self._text, "\n".join(shown))
            self.setToolTip("\n".join(words) if len(words) > 3 else "")
        self.setVisible(bool(notes) and notes != self._read)

    def _put_away(self) -> None:
        self._read = self._notes
        self.setVisible(False)

    def _redress(self) -> None:
        self._close.setIcon(icons.icon(self._theme, "close"))


def _wrapping(theme: Theme, kind: Type, tone: str = "") -> QLabel:
    made = label(theme, kind, tone)
    made.setWordWrap(True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return made
