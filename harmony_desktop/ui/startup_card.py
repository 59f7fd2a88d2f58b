"""The settings of the start: with the session, and with the stack."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout, QWidget

from harmony_desktop.control.autostart import AutostartState, StartingUp
from harmony_desktop.control.intents import Intents
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import capitalised, told, tr
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.style import label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class SessionSwitch(QWidget):
    """The switch that starts the panel with the session. It shows what stands in the system, whoever has put it there.

    Args:
        theme: The looks.
        desk: What is shown, and what presses become.
    """

    def __init__(self, theme: Theme, desk: StartingUp) -> None:
        super().__init__()
        self._desk = desk
        self._unsubscribe: Callable[[], None] = lambda: None
        self._told = ""
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.XS)
        self.box = QCheckBox(tr("Start Harmony when I log in"))
        self.box.setToolTip(tr("It waits in the tray; where there is none, as a minimised window."))
        self.box.toggled.connect(desk.switch)
        self.words = label(theme, Type.SECOND, "second")
        self.words.setWordWrap(True)
        inside.addWidget(self.box)
        inside.addWidget(self.words)
        self.show_state(desk.store.value)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the system, where the user may have changed it, and follow while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._desk.store.subscribe(self.show_state)
        self._desk.look()
        self.show_state(self._desk.store.value)

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def show_state(self, state: AutostartState) -> None:
        """Show what stands in the system."""
        blocked = self.box.blockSignals(True)
        self.box.setChecked(state.entry.on)
        self.box.blockSignals(blocked)
        self.box.setEnabled(state.looked and state.entry.possible and not state.busy)
        words = told(state.entry.note)
        if state.fault is not None:
            parts = (state.fault.title, state.fault.cause, state.fault.advice)
            words = "\n".join(capitalised(told(part)) for part in parts if part)
        set_text(self.words, words)
        self.words.setVisible(bool(words))
        mark(self.words, "tone", "failed" if state.fault is not None else "second")
        self.box.setAccessibleDescription(words)
        if state.fault is not None and words != self._told:
            announce(self.box, words)
        self._told = words


class StartupCard(QFrame):
    """Both switches.

    Args:
        theme: The looks.
        intents: What presses become.
        settings: Where the second choice is kept.
    """

    def __init__(self, theme: Theme, intents: Intents, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.setProperty("surface", "card")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Start-up")))
        self.session = SessionSwitch(theme, intents.starting_up)
        inside.addWidget(self.session)
        self.stack = QCheckBox(tr("Start the stack when Harmony starts"))
        self.stack.setChecked(flag(settings, Key.START_STACK))
        self.stack.toggled.connect(lambda on: settings.set(Key.START_STACK, on))
        inside.addWidget(self.stack)
        text = tr(
            "As soon as Docker answers, for which it waits up to ten minutes. Not while gaming mode is on, and not "
            "when a part of it runs already."
        )
        more = label(theme, Type.SECOND, "second", text)
        more.setWordWrap(True)
        self.stack.setAccessibleDescription(text)
        inside.addWidget(more)
