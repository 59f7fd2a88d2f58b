"""The form for limits, restart policy and number of containers of one service."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.adjust_desk import AdjustState
from harmony_desktop.control.adjustments import Adjustment, memory_text, parse_cpus, parse_memory
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.style import label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_FIELD_WIDTH = 110
_TRIES_WIDTH = 56
_ON_FAILURE = "on-failure"


class AdjustForm(QWidget):
    """Fields to fill in; an empty one leaves its value to the compose files."""

    changed = Signal()
    """The user has changed something."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(2, 1)
        self.memory, self._memory_hint = self._row(grid, 0, tr("Memory, at most"))
        self.cpus, self._cpus_hint = self._row(grid, 1, tr("Processor cores, at most"))
        self.scale, self._scale_hint = self._row(grid, 2, tr("Containers"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addLayout(grid)
        layout.addSpacing(Space.M)
        layout.addWidget(label(theme, Type.STRONG, text=tr("When it ends, it is started again")))
        self.policies: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self.tries = QLineEdit()
        self.tries.setFixedWidth(theme.scaled(_TRIES_WIDTH))
        self.tries.setAccessibleName(tr("How many times at most"))
        self.tries.setPlaceholderText("∞")
        self.tries.textEdited.connect(self._tries_edited)
        for policy, words in (
            ("", tr("as the compose files say")),
            ("no", tr("never")),
            (_ON_FAILURE, tr("when it failed, so many times at most:")),
            ("unless-stopped", tr("always, unless it was stopped")),
            ("always", tr("always, even after it was stopped and Docker starts anew")),
        ):
            layout.addLayout(self._policy(policy, words))
        layout.addStretch(1)

    def show_state(self, state: AdjustState) -> None:
        """Fill the fields with what is adjusted now."""
        base, current, size_ = state.base, state.current, state.size
        none = tr("no limit")
        _fill(self.memory, memory_text(current.memory) if current.memory is not None else "")
        self.memory.setPlaceholderText(memory_text(base.memory) if base.memory else none)
        whole = tr("of {size}; written as 800m or 6g", size=size(size_.memory)) if size_.memory else tr("as 800m or 6g")
        set_text(self._memory_hint, whole)
        _fill(self.cpus, f"{current.cpus:g}" if current.cpus is not None else "")
        self.cpus.setPlaceholderText(f"{base.cpus:g}" if base.cpus else none)
        set_text(self._cpus_hint, tr("of {n}; written as 2 or 1.5", n=size_.cpus) if size_.cpus else tr("as 2 or 1.5"))
        _fill(self.scale, str(current.scale) if current.scale is not None else "")
        self.scale.setPlaceholderText(str(base.scale or 1))
        self.scale.setEnabled(not state.single)
        set_text(self._scale_hint, told(state.single))
        policy, _, tries = (current.restart or "").partition(":")
        self.policies[policy if policy in self.policies else ""].setChecked(True)
        _fill(self.tries, tries)
        self.policies[""].setText(tr("as the compose files say ({policy})", policy=base.restart or "no"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give words that are broken into lines the height that they need: a scroll area does not ask for it."""
        super().resizeEvent(event)
        for hint in (self._memory_hint, self._cpus_hint, self._scale_hint):
            hint.setMinimumHeight(hint.heightForWidth(hint.width()))

    def clear(self) -> None:
        """Leave everything to the compose files."""
        for field in (self.memory, self.cpus, self.scale, self.tries):
            field.clear()
        self.policies[""].setChecked(True)
        self.changed.emit()

    def wanted(self) -> Adjustment:
        """Return what was filled in. Raises HarmonyError for what cannot be read."""
        memory, cpus, scale = (field.text().strip() for field in (self.memory, self.cpus, self.scale))
        if scale and not (scale.isascii() and scale.isdigit()):
            raise HarmonyError(
                tr("“{number}” is not a number of containers", number=scale), advice=tr("Write it as 1 or 2.")
            )
        return Adjustment(
            memory=parse_memory(memory) if memory else None,
            cpus=parse_cpus(cpus) if cpus else None,
            restart=self._restart(),
            scale=int(scale) if scale else None,
        )

    def _restart(self) -> str | None:
        policy = next(policy for policy, made in self.policies.items() if made.isChecked())
        tries = self.tries.text().strip()
        if policy == _ON_FAILURE and tries:
            return f"{policy}:{tries}"
        return policy or None

    def _row(self, grid: QGridLayout, row: int, words: str) -> tuple[QLineEdit, QLabel]:
        field = QLineEdit()
        field.setAccessibleName(words)
        field.setFixedWidth(self._theme.scaled(_FIELD_WIDTH))
        field.textEdited.connect(lambda _text: self.changed.emit())
        name = label(self._theme, Type.TEXT, text=words)
        name.setBuddy(field)
        hint = label(self._theme, Type.SECOND, "second")
        hint.setWordWrap(True)
        grid.addWidget(name, row, 0)
        grid.addWidget(field, row, 1)
        grid.addWidget(hint, row, 2)
        return field, hint

    def _policy(self, policy: str, words: str) -> QHBoxLayout:
        made = QRadioButton(words)
        made.toggled.connect(lambda _checked: self.changed.emit())
        self.policies[policy] = made
        self._group.addButton(made)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        if policy == _ON_FAILURE:
            row.addWidget(self.tries)
        row.addStretch(1)
        return row

    def _tries_edited(self, _text: str) -> None:
        self.policies[_ON_FAILURE].setChecked(True)
        self.changed.emit()


def _fill(field: QLineEdit, text: str) -> None:
    if field.text() != text:
        field.setText(text)
