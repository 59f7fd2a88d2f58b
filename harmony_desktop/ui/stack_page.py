"""The stack page: what is the state, what can I do next, and the services."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from harmony_desktop.control.kinds import EngineStatus, StackPhase
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui.engine_card import EngineCard
from harmony_desktop.ui.headline import Choice, Control, Deed, controls, headline
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harmony_desktop.control.intents import Intents
    from harmony_desktop.control.meters import MachineSample
    from harmony_desktop.control.ports import Usage
    from harmony_desktop.control.update_news import UpdateNews
    from harmony_desktop.ui.stack_sections import StackSections

_MINUTE = 30_000  # milliseconds after which "2 h 14 min" is counted again


class StackPage(QScrollArea):
    """Renders the state, and turns presses into intents."""

    relief_wanted = Signal(object)
    """Somebody wants to take away what does not fit into the memory (``Relief``)."""
    models_wanted = Signal()
    """Somebody wants to get or choose a language model."""
    newer_wanted = Signal()
    """Somebody wants to merge newer versions of the stack's files."""
    log_wanted = Signal(str)
    """Somebody wants to see a service's log ("" for all)."""
    details_wanted = Signal(str)
    """Somebody wants to know more of a service."""
    seen_changed = Signal(bool)
    """It is shown, or hidden."""

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self._intents = intents
        self._primary_choice: Choice | None = None
        self._cards_watched = False
        self._unsubscribe: Callable[[], None] = lambda: None
        self._title = label(theme, Type.HEADLINE)
        self._title.setWordWrap(True)
        self._detail = label(theme, Type.TEXT, "second")
        self._detail.setWordWrap(True)
        self.restart = _main_button(theme, tr("Restart"), intents.restart)
        self.stop = _main_button(theme, tr("Stop"), intents.stop)
        self.start = _main_button(theme, tr("Start"), intents.start, "primary")
        self.primary = button(theme, "", "primary")
        self.primary.clicked.connect(lambda _checked=False: self._do_primary())
        self._engine = EngineCard(theme, turning, intents)
        self._above = QVBoxLayout()
        self._below = QVBoxLayout()
        self._sections: StackSections | None = None
        self._minute = QTimer(self)
        self._minute.setInterval(_MINUTE)
        self._minute.timeout.connect(lambda: self.show_state(self._intents.store.value))
        self._build()
        self.show_state(intents.store.value)

    @property
    def sections(self) -> StackSections:
        """Everything below the headline; made at its first use."""
        if self._sections is None:
            from harmony_desktop.ui.stack_sections import StackSections  # noqa: PLC0415 - not for the first paint

            made = StackSections(self._theme, self._turning, self._intents, self._above, self._below)
            made.connect(
                chosen=self._do,
                log_wanted=self.log_wanted.emit,
                page_wanted=open_address,
                details_wanted=self.details_wanted.emit,
            )
            made.newer.wanted.connect(self.newer_wanted)
            made.show_state(self._intents.store.value, datetime.now().astimezone())
            made.memory.relief_wanted.connect(self.relief_wanted)
            self._sections = made
            if self.isVisible():
                self._unsubscribe()
                self._unsubscribe = self._follow()
        return self._sections

    def prepare(self) -> None:
        """Make everything below the headline now, before there is a state that needs it."""
        _ = self.sections

    def show_state(self, state: StackState) -> None:
        """Render a state."""
        now = datetime.now().astimezone()
        self._watch_cards(state)
        line = headline(state, now)
        set_text(self._title, line.title)
        set_text(self._detail, line.detail)
        loading = state.phase is StackPhase.LOADING
        no_engine = state.phase is StackPhase.LOADED and state.engine.status is not EngineStatus.READY
        # The card of an engine that is not there has the buttons that help.
        self._show_controls(state, None if no_engine else line.primary)
        self._engine.show_engine(state.engine if loading or no_engine else None)
        if self._sections is not None or not loading:
            self.sections.show_state(state, now)
            self.sections.show_news(state, self._intents.news.value)

    def show_news(self, news: UpdateNews) -> None:
        """Tell of updates."""
        if self._sections is not None:
            self._sections.show_news(self._intents.store.value, news)

    def show_usage(self, usage: Mapping[str, Usage]) -> None:
        """Draw CPU and memory."""
        self.sections.show_usage(usage)

    def showEvent(self, event: QShowEvent) -> None:
        """Watch CPU and memory while seen."""
        super().showEvent(event)
        self._minute.start()
        self._unsubscribe()
        self._unsubscribe = self._follow()
        self._intents.watch_usage(True)
        self.show_state(self._intents.store.value)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Watch nothing while hidden."""
        super().hideEvent(event)
        self._minute.stop()
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._intents.watch_usage(False)
        self._watch_cards(self._intents.store.value)
        self.seen_changed.emit(False)

    def _follow(self) -> Callable[[], None]:
        ends = (
            self._intents.usage.subscribe(self.show_usage),
            self._intents.news.subscribe(self.show_news),
            self._intents.machine.subscribe(self._show_machine),
            *([self._sections.follow_memory()] if self._sections is not None else []),
        )

        def unsubscribe() -> None:
            for end in ends:
                end()

        return unsubscribe

    def select(self, name: str) -> None:
        """Mark the service whose details are open, "" for none."""
        if self._sections is not None or name:
            self.sections.select(name)

    def focus_service(self, name: str) -> None:
        """Go to a service's name and bring it into sight."""
        row = self.sections.services.rows.get(name)
        if row is not None:
            row.focus_name()
            self.ensureWidgetVisible(row, 0, Space.XL)

    def _watch_cards(self, state: StackState) -> None:
        """Ask the cards who uses their memory, while somebody sees it and there is a card that is used."""
        wanted = self.isVisible() and state.hardware.profile == "nvidia" and bool(state.hardware.gpus)
        if wanted is not self._cards_watched:
            self._cards_watched = wanted
            self._intents.watch_machine(wanted, "stack")

    def _show_machine(self, sample: MachineSample | None) -> None:
        if self._sections is not None:
            self._sections.show_machine(sample)

    def _show_controls(self, state: StackState, primary: Choice | None) -> None:
        shown = controls(state)
        for made, control in ((self.restart, shown.restart), (self.stop, shown.stop), (self.start, shown.start)):
            _apply(made, control)
        is_start = primary is not None and primary.deed is Deed.START
        mark(self.start, "kind", "primary" if is_start or not shown.stop.visible else "plain")
        self._primary_choice = None if is_start else primary
        self.primary.setVisible(self._primary_choice is not None)
        if self._primary_choice is not None:
            self.primary.setText(self._primary_choice.label)
            self.primary.setToolTip(self._primary_choice.target)

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        overlay_scroll_bars(self)
        page = QWidget()
        page.setObjectName("page")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(Space.XXL - 2, Space.XL, Space.XXL - 2, Space.XL)
        layout.setSpacing(Space.L + 2)
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(self._title, 1)
        top.addSpacing(Space.L)
        for made in (self.restart, self.stop, self.start, self.primary):
            top.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(top)
        words.addWidget(self._detail)
        layout.addLayout(words)
        for column in (self._above, self._below):
            column.setSpacing(layout.spacing())
        layout.addLayout(self._above)
        layout.addWidget(self._engine)
        layout.addLayout(self._below)
        layout.addStretch(1)
        self.setWidget(page)

    def _do_primary(self) -> None:
        if self._primary_choice is not None:
            self._do(self._primary_choice)

    def _do(self, choice: Choice) -> None:
        match choice.deed:
            case Deed.START:
                self._intents.start((choice.target,) if choice.target else ())
            case Deed.OPEN_PAGE:
                open_address(choice.target)
            case Deed.OPEN_FOLDER:
                QDesktopServices.openUrl(QUrl.fromLocalFile(choice.target))
            case Deed.RETRY_ENGINE:
                self._intents.retry_engine()
            case Deed.RESTART_SERVICE:
                self._intents.restart((choice.target,))
            case Deed.REMEDY:
                self._intents.remedy(choice.target)
            case Deed.SHOW_MODELS:
                self.models_wanted.emit()
            case Deed.SHOW_LOG:
                self.log_wanted.emit(choice.target)


def open_address(url: str) -> None:
    """Open a page in the user's browser."""
    QDesktopServices.openUrl(QUrl(url))


def _main_button(theme: Theme, text: str, call: Callable[[], None], kind: str = "plain") -> QPushButton:
    made = button(theme, text, kind)
    made.setAccessibleName(text)
    made.clicked.connect(lambda _checked=False: call())
    return made


def _apply(made: QPushButton, control: Control) -> None:
    if made.isHidden() == control.visible:
        made.setVisible(control.visible)
    if made.isEnabled() != control.enabled:
        made.setEnabled(control.enabled)
