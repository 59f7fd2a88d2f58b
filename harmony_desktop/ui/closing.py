"""What happens to the services when the panel goes: the questions, asked without blocking anything."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from harmony_desktop.ui.close_choice import CloseChoice
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type


class Question(QDialog):
    """A window-modal question that never blocks the loop; ``answered`` tells the choice and whether to remember it."""

    answered = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(tr("Harmony"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        self._layout.setSpacing(Space.S)
        self._layout.addWidget(label(theme, Type.TITLE, text=title))
        words = label(theme, Type.TEXT, "second", text)
        words.setWordWrap(True)
        words.setMinimumWidth(theme.scaled(430))
        self._layout.addWidget(words)
        self._remember: QCheckBox | None = None
        self.buttons: dict[CloseChoice | None, QPushButton] = {}

    def offer_to_remember(self) -> None:
        """Add the box that remembers the answer."""
        self._remember = QCheckBox(tr("Remember my choice"))
        self._layout.addSpacing(Space.XS)
        self._layout.addWidget(self._remember, 0, Qt.AlignmentFlag.AlignLeft)

    def offer(self, choices: list[tuple[CloseChoice | None, str]]) -> None:
        """Add the answers; the last one is the obvious one, None is the way back."""
        self._layout.addSpacing(Space.S)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addStretch(1)
        for choice, text in choices:
            made = button(self._theme, text, "primary" if choice is choices[-1][0] else "plain")
            made.setAutoDefault(choice is choices[-1][0])
            made.clicked.connect(partial(self._answer, choice))
            row.addWidget(made)
            self.buttons[choice] = made
        obvious = self.buttons[choices[-1][0]]
        obvious.setDefault(True)
        self._layout.addLayout(row)
        obvious.setFocus()

    def _answer(self, choice: CloseChoice | None, _checked: bool = False) -> None:
        remember = self._remember is not None and self._remember.isChecked()
        self.done(0)
        if choice is not None:
            self.answered.emit(choice, remember)


def ask_on_close(theme: Theme, parent: QWidget) -> Question:
    """Return the question for a desktop without a tray."""
    made = Question(
        theme,
        parent,
        tr("Close Harmony?"),
        tr("This desktop has no tray where Harmony could wait. The services can go on without the panel."),
    )
    made.offer_to_remember()
    made.offer(
        [
            (None, tr("Cancel")),
            (CloseChoice.STOP, tr("Stop services and quit")),
            (CloseChoice.QUIT, tr("Quit the panel")),
        ]
    )
    made.buttons[CloseChoice.QUIT].setToolTip(tr("Quit the panel; the services keep running"))
    return made


def tell_on_quit(theme: Theme, parent: QWidget) -> Question:
    """Return what is said once when the panel is quit while services run."""
    made = Question(
        theme,
        parent,
        tr("The services keep running"),
        tr("Only the panel is closed. Open Harmony again to see or stop them. This is said only once."),
    )
    made.offer(
        [
            (None, tr("Cancel")),
            (CloseChoice.STOP, tr("Stop services and quit")),
            (CloseChoice.QUIT, tr("Quit the panel")),
        ]
    )
    return made
