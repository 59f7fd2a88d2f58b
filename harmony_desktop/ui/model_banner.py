"""What goes on with models, what went wrong, what was done, and what can be taken back: above the list."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from harmony_desktop.control.models_state import GoingOn, ModelsState
from harmony_desktop.control.state import Light
from harmony_desktop.ui import icons
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import capitalised, told, tr
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.model_words import work_detail, work_title
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.style import button, label, mark, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

_SECOND = 1000
#: Steps of the bar.
_STEPS = 1000


class ModelWorkCard(QFrame):
    """How far a piece of work is, and the button that ends it."""

    cancelled = Signal()

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._going_on: GoingOn | None = None
        self._title = label(theme, Type.STRONG)
        self._title.setWordWrap(True)
        self._detail = label(theme, Type.SECOND, "second")
        self._bar = ProgressBar(theme, turning)
        self._bar.setAccessibleName(tr("Progress"))
        self.cancel = button(theme, tr("Cancel"), "small")
        self.cancel.clicked.connect(lambda _checked=False: self.cancelled.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
        layout.setSpacing(Space.S)
        top = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        top.addLayout(words, 1)
        top.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        self._clock = QTimer(self)
        self._clock.setInterval(_SECOND)
        self._clock.timeout.connect(self._tell)
        self.setVisible(False)

    def show_work(self, going_on: GoingOn | None) -> None:
        """Show a piece of work, or nothing."""
        before, self._going_on = self._going_on, going_on
        self.setVisible(going_on is not None)
        if going_on is None:
            return
        title = work_title(going_on)
        set_text(self._title, title)
        self.setAccessibleName(title)
        if before is None or before.work is not going_on.work:
            announce(self, title)
        self.cancel.setEnabled(not going_on.cancelling)
        if going_on.total > 0:
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(min(_STEPS, going_on.done * _STEPS // going_on.total))
        else:
            self._bar.setRange(0, 0)
        self._tell()

    def showEvent(self, event: QShowEvent) -> None:
        """Count the seconds while seen."""
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Count nothing while hidden."""
        super().hideEvent(event)
        self._clock.stop()

    def _tell(self) -> None:
        if self._going_on is not None:
            text = work_detail(self._going_on, time.monotonic())
            set_text(self._detail, text)
            self._detail.setVisible(bool(text))


class ModelNotice(QFrame):
    """A fault, or a word about what was done, with what can be done about it."""

    dismissed = Signal()
    put_back = Signal()
    use_wanted = Signal(str)
    token_wanted = Signal()
    page_wanted = Signal(str)
    log_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._page = self._service = self._spoken = self._arrived = ""
        self._light = LightWidget(theme, turning)
        self.title = label(theme, Type.STRONG)
        self.text = label(theme, Type.SECOND)
        for made in (self.title, self.text):
            made.setWordWrap(True)
            made.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.undo = button(theme, tr("Put it back"), "small")
        self.undo.clicked.connect(lambda _checked=False: self.put_back.emit())
        self.use = button(theme, tr("Use it…"), "small-primary")
        self.use.clicked.connect(lambda _checked=False: self.use_wanted.emit(self._arrived))
        self.page = button(theme, tr("Open its page"), "small")
        self.page.clicked.connect(lambda _checked=False: self.page_wanted.emit(self._page))
        self.log = button(theme, tr("Show log"), "small")
        self.log.clicked.connect(lambda _checked=False: self.log_wanted.emit(self._service))
        self.token = button(theme, tr("Enter a token…"), "small-primary")
        self.token.clicked.connect(lambda _checked=False: self.token_wanted.emit())
        self.close_button = tool_button(theme, tr("Dismiss"))
        self.close_button.clicked.connect(lambda _checked=False: self.dismissed.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.M)
        layout.addWidget(self._light, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, Space.XS, 0, 0)
        row.setSpacing(Space.S)
        for offered in (self.undo, self.use, self.token, self.page, self.log):
            row.addWidget(offered)
        row.addStretch(1)
        words.addWidget(self._buttons)
        layout.addLayout(words, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._redress)
        self._redress()
        self.setVisible(False)

    def show_state(self, state: ModelsState) -> None:
        """Show the gravest of what there is to say."""
        problem, removed = state.problem or state.missing, state.removed
        title = text = ""
        light, surface = Light.READY, "card"
        if problem is not None:
            title = told(problem.title)
            text = "\n".join(capitalised(told(line)) for line in (problem.cause, problem.advice) if line)
            light, surface = (Light.ATTENTION, "attention") if state.wants_token else (Light.FAILED, "failed")
            if state.missing is not None:
                light, surface = Light.ATTENTION, "attention"
        elif removed is not None:
            title = tr("{model} was deleted", model=removed.name.removesuffix(".gguf"))
            text = tr("It can be put back for some seconds.")
            light = Light.STOPPED
        elif state.said:
            title = told(state.said)
        self.setVisible(bool(title))
        if not title:
            self._spoken = ""
            return
        mark(self, "surface", surface)
        self._light.show_light(light, title, text)
        set_text(self.title, title)
        set_text(self.text, text)
        self.text.setVisible(bool(text))
        self._arrived = state.arrived
        self._page, self._service = state.page, problem.service if problem is not None else ""
        failed_load = problem is not None and bool(self._service) and not state.page and not state.wants_token
        for offered, wanted in (
            (self.undo, problem is None and removed is not None),
            (self.use, problem is None and removed is None and bool(state.arrived)),
            (self.token, problem is not None and state.wants_token),
            (self.page, problem is not None and bool(state.page)),
            (self.log, failed_load and state.missing is None),
        ):
            offered.setVisible(wanted)
        self._buttons.setVisible(
            any(not made.isHidden() for made in (self.undo, self.use, self.token, self.page, self.log))
        )
        self.close_button.setVisible(state.problem is not None or (removed is None and bool(state.said)))
        if title != self._spoken:
            self._spoken = title
            announce(self, f"{title} {text}" if text else title)

    def _redress(self) -> None:
        self.close_button.setIcon(icons.icon(self._theme, "close"))
