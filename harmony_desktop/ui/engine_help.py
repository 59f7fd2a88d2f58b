"""What helps against an engine that is not there: commands to copy, and the buttons under them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.ports import EngineHelp, EngineStatus
from harmony_desktop.control.state import EngineState
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

#: Milliseconds for which a button says that it has copied something.
_COPIED = 2_000
#: States in which there is nothing to press but an end of the start.
_WAITING = frozenset({EngineStatus.SEARCHING, EngineStatus.STARTING, EngineStatus.READY})


class EngineHelpPanel(QWidget):
    """Commands and buttons; made only when there is an engine that needs them."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._intents = intents
        self._help = EngineHelp()
        self._commands = label(theme, Type.SECOND, "code")
        self._commands.setFont(theme.mono)
        self._commands.setWordWrap(True)
        self._commands.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._commands.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._commands.setAccessibleName(tr("Commands"))
        self._explanation = label(theme, Type.SECOND, "second")
        self._explanation.setWordWrap(True)
        self.start = self._button(theme, intents.start_engine)
        self.page = self._button(theme, self._open_page)
        self.again = self._button(theme, intents.retry_engine)
        self.cancel = self._button(theme, intents.cancel_engine_start)
        self.copy = self._button(theme, self._copy_commands)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED)
        self._copied.timeout.connect(self._name_copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, Space.XS, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self._commands)
        layout.addWidget(self._explanation)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        for made in (self.start, self.page, self.again, self.copy, self.cancel):
            row.addWidget(made)
        row.addStretch(1)
        layout.addLayout(row)

    def show_engine(self, engine: EngineState, *, filled: bool = True) -> None:
        """Show what helps against an engine's state; ``filled``: the best of its buttons is the page's filled one."""
        before, self._help = self._help, engine.help
        offer, page, commands = engine.help.start, engine.help.page, engine.help.commands
        stuck = engine.status not in _WAITING
        set_text(self._commands, "\n".join(commands))
        set_text(self._explanation, told(offer.explanation) if offer is not None else "")
        for part, shown in (
            (self._commands, bool(commands)),
            (self._explanation, offer is not None),
            (self.start, offer is not None),
            (self.page, bool(page)),
            (self.again, stuck),
            (self.copy, bool(commands)),
            (self.cancel, engine.being_started),
        ):
            part.setVisible(shown)
        self.start.setText(told(offer.label) if offer is not None else "")
        self.start.setToolTip(told(offer.explanation) if offer is not None else "")
        self.page.setText(told(engine.help.page_label) or tr("Read how"))
        self.page.setToolTip(page)
        self.again.setText(tr("Try again"))
        self.cancel.setText(tr("Cancel"))
        if commands != before.commands or not self.copy.text():
            self._copied.stop()
            self._name_copy()
        # One filled button: what gets on best.
        absent = engine.status in {EngineStatus.ABSENT, EngineStatus.TOO_OLD}
        best = self.start if offer is not None else self.page if page and absent else self.again
        for made in (self.start, self.page, self.again):
            mark(made, "kind", "primary" if made is best and filled else "plain")
        self.setVisible(bool(commands) or offer is not None or bool(page) or stuck or engine.being_started)

    def _button(self, theme: Theme, call: Callable[[], None]) -> QPushButton:
        made = button(theme, "")
        made.clicked.connect(lambda _checked=False: call())
        return made

    def _open_page(self) -> None:
        QDesktopServices.openUrl(QUrl(self._help.page))

    def _copy_commands(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._help.commands) + "\n")
        self.copy.setText(tr("Copied"))
        self._copied.start()

    def _name_copy(self) -> None:
        self.copy.setText(trn("Copy the command", "Copy the commands", len(self._help.commands)))
