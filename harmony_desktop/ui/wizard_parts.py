"""What the pages of the set-up share: their base, rows of a card, and words for sizes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from harmony_desktop.control.state import Light, Problem, StackState
from harmony_desktop.control.wizard import WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.faults import Fault
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.pages import Page
from harmony_desktop.ui.style import button, card, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class WizardPage(Page):
    """One page.

    Args:
        theme: The looks.
        turning: The clock of turning rings.
        wizard: What presses become.
        title: The headline.
        text: The line under it.
    """

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, title: str, text: str = "") -> None:
        super().__init__(theme, title, text)
        self.turning = turning
        self.wizard = wizard

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show how things are."""
        raise NotImplementedError

    def say(self, title: str, text: str) -> None:
        """Change headline and the line under it."""
        set_text(self.title_label, title)
        set_text(self.text_label, text)
        self.text_label.setVisible(bool(text))


class Line(QFrame):
    """A row: a light, a title, what it means, and room for a control at its right."""

    def __init__(self, theme: Theme, turning: Turning, *, first: bool = False) -> None:
        super().__init__()
        self.setProperty("surface", "row")
        self.setProperty("first", "yes" if first else "no")
        self.light = LightWidget(theme, turning)
        self.title = wrapping(theme, Type.STRONG)
        self.text = wrapping(theme, Type.SECOND, "second")
        self.right = QHBoxLayout()
        self.right.setSpacing(Space.S)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.setSpacing(Space.M + 2)
        layout.addWidget(self.light, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.text)
        words.addStretch(1)
        layout.addLayout(words, 1)
        layout.addLayout(self.right)

    def say(self, light: Light, title: str, text: str = "") -> None:
        """Show a light, a title and what it means."""
        self.light.show_light(light, title, text)
        set_text(self.title, title)
        set_text(self.text, text)
        self.text.setVisible(bool(text))


class Commands(QFrame):
    """Commands to type, with a button that copies them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.text = label(theme, Type.SECOND, "code")
        self.text.setFont(theme.mono)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.text.setAccessibleName(tr("Commands"))
        self.copy = button(theme, tr("Copy the commands"), "small")
        self.copy.clicked.connect(lambda _checked=False: QGuiApplication.clipboard().setText(f"{self.text.text()}\n"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self.text)
        layout.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)

    def show_commands(self, text: str) -> None:
        """Show commands, or nothing."""
        set_text(self.text, text)
        self.setVisible(bool(text))


def wrapping(theme: Theme, kind: Type = Type.TEXT, tone: str = "", text: str = "") -> QLabel:
    """Return a label whose text takes the lines that it needs."""
    made = label(theme, kind, tone, text)
    made.setWordWrap(True)
    return made


def section(theme: Theme, title: str, text: str = "") -> tuple[QFrame, QVBoxLayout]:
    """Return a card with a title, and the layout for what stands below it."""
    frame = card()
    inside = QVBoxLayout(frame)
    inside.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
    inside.setSpacing(Space.S)
    inside.addWidget(label(theme, Type.STRONG, text=title))
    if text:
        inside.addWidget(wrapping(theme, Type.SECOND, "second", text))
    return frame, inside


def rows_card() -> tuple[QFrame, QVBoxLayout]:
    """Return a card for rows, and its layout."""
    frame = card()
    inside = QVBoxLayout(frame)
    inside.setContentsMargins(1, 1, 1, 1)
    inside.setSpacing(0)
    return frame, inside


def pressed(made: QPushButton, call: Callable[[], object]) -> QPushButton:
    """Let a button do something, and return it."""
    made.clicked.connect(lambda _checked=False: call())
    return made


def buttons_row(*parts: QWidget) -> QHBoxLayout:
    """Return buttons side by side, from the left."""
    row = QHBoxLayout()
    row.setSpacing(Space.S)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row


def problem_fault(problem: Problem | None) -> Fault | None:
    """Return a problem as the banner shows it."""
    if problem is None:
        return None
    lines = [told(text) for text in (problem.cause, problem.advice) if text]
    return Fault(told(problem.title), "\n".join(lines), dismissable=True)


def disk_size(count: int) -> str:
    """Return bytes as disks are sold: "20 GB"."""
    return tr("{n} GB", n=f"{count / 1e9:.0f}" if count >= 1e10 else f"{count / 1e9:.1f}")
