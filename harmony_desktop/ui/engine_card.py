"""What to do about an engine that is not there: its own words, what helps, and the buttons, on one calm card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.kinds import EngineStatus, Light
from harmony_desktop.control.stack_state import EngineState
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.style import label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

if TYPE_CHECKING:
    from harmony_desktop.control.intents import Intents
    from harmony_desktop.ui.engine_help import EngineHelpPanel

_LIGHTS = {
    EngineStatus.SEARCHING: Light.BUSY,
    EngineStatus.STARTING: Light.BUSY,
    EngineStatus.ABSENT: Light.STOPPED,
    EngineStatus.STOPPED: Light.STOPPED,
    EngineStatus.READY: Light.READY,
    EngineStatus.UNREACHABLE: Light.UNKNOWN,
    EngineStatus.DENIED: Light.ATTENTION,
    EngineStatus.TOO_OLD: Light.ATTENTION,
}


def engine_light(status: EngineStatus) -> Light:
    """Return the light of an engine."""
    return _LIGHTS[status]


def engine_words(engine: EngineState) -> str:
    """Return "Docker 28.5 · ready"."""
    words = {
        EngineStatus.SEARCHING: tr("searching"),
        EngineStatus.ABSENT: tr("not found"),
        EngineStatus.STOPPED: tr("not running"),
        EngineStatus.STARTING: tr("starting"),
        EngineStatus.READY: tr("ready"),
        EngineStatus.UNREACHABLE: tr("no answer"),
        EngineStatus.DENIED: tr("no permission"),
        EngineStatus.TOO_OLD: tr("too old"),
    }
    version = ".".join(engine.version.split(".")[:2])
    name = tr("Docker {version}", version=version) if version else tr("Docker")
    return f"{name} · {words[engine.status]}"


class EngineCard(QFrame):
    """Shown in place of the live stack while there is no engine."""

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._intents = intents
        self._help: EngineHelpPanel | None = None
        self.setProperty("surface", "card")
        self._light = LightWidget(theme, turning)
        self._words = label(theme, Type.STRONG)
        self._reason = label(theme, Type.TEXT, "second")
        self._advice = label(theme, Type.TEXT)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(self._light, 0, Qt.AlignmentFlag.AlignTop)
        self._column = words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for part in (self._words, self._reason, self._advice):
            part.setWordWrap(True)
            part.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            part.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            words.addWidget(part)
        layout.addLayout(words, 1)
        self.setVisible(False)

    def show_engine(self, engine: EngineState | None, *, filled: bool = True) -> None:
        """Show an engine's state, or nothing; ``filled``: the best of its buttons is the page's filled one."""
        self.setVisible(engine is not None)
        if engine is None:
            return
        words = engine_words(engine)
        set_text(self._words, words)
        self._light.show_light(engine_light(engine.status), words)
        advice = told(engine.help.advice or engine.advice)
        for part, text in ((self._reason, told(engine.reason)), (self._advice, advice)):
            set_text(part, text)
            part.setVisible(bool(text))
        if self._help is None and engine.status is not EngineStatus.SEARCHING:
            from harmony_desktop.ui.engine_help import EngineHelpPanel  # noqa: PLC0415 - not for the first paint

            self._help = EngineHelpPanel(self._theme, self._intents)
            self._column.addWidget(self._help)
        if self._help is not None:
            self._help.show_engine(engine, filled=filled)
