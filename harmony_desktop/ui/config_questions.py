"""Questions about files: short, window-modal, never blocking the loop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type

CANCEL, SAVE, DISCARD, YES = "cancel", "save", "discard", "yes"


class FileQuestion(QDialog):
    """Asks; ``answered`` tells which button was pressed, and nothing for the way back.

    Args:
        theme: The looks.
        parent: The window.
        title: The question.
        text: What there is to know.
        choices: Name and words of each answer; the last one is the obvious one. The way back is added.
    """

    answered = Signal(str)

    def __init__(
        self, theme: Theme, parent: QWidget, title: str, text: str, choices: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Harmony"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(label(theme, Type.TITLE, text=title))
        words = label(theme, Type.TEXT, "second", text)
        words.setWordWrap(True)
        words.setMinimumWidth(theme.scaled(430))
        layout.addWidget(words)
        layout.addSpacing(Space.S)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        for name, said in [(CANCEL, tr("Cancel")), *choices]:
            obvious = name == choices[-1][0]
            made = button(theme, said, "primary" if obvious else "plain")
            made.setAutoDefault(obvious)
            made.clicked.connect(partial(self._answer, name))
            self.buttons[name] = made
            row.addWidget(made)
        layout.addLayout(row)
        self.buttons[choices[-1][0]].setDefault(True)
        self.buttons[choices[-1][0]].setFocus()

    def _answer(self, name: str, _checked: bool = False) -> None:
        self.done(0)
        if name != CANCEL:
            self.answered.emit(name)


def ask_about_unsaved(theme: Theme, parent: QWidget, names: Sequence[str]) -> FileQuestion:
    """Return the question before the panel ends."""
    return FileQuestion(
        theme,
        parent,
        tr("Save the changes first?"),
        tr("Not saved yet: {files}.", files=", ".join(names)),
        [(DISCARD, tr("Quit without saving")), (SAVE, tr("Save and quit"))],
    )


def ask_about_mistakes(theme: Theme, parent: QWidget, name: str) -> FileQuestion:
    """Return the question before a file with mistakes is saved."""
    return FileQuestion(
        theme,
        parent,
        tr("Save it with its mistakes?"),
        tr("What reads {file} will stumble over them. The file can be mended later.", file=name),
        [(YES, tr("Save all the same"))],
    )


def ask_about_revert(theme: Theme, parent: QWidget, name: str, *, shipped: bool) -> FileQuestion:
    """Return the question before a text is replaced."""
    text = tr(
        "What was saved last takes the place of your text. It can be undone, and nothing is written before you save."
    )
    if shipped:
        text = tr(
            "What ships with Harmony takes the place of your text. It can be undone, and nothing is written before "
            "you save."
        )
    title = tr("Replace the text of {file}?", file=name)
    return FileQuestion(theme, parent, title, text, [(YES, tr("Replace it"))])
