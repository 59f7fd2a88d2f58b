"""One change of a merge: the user's lines beside those that ship now, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QHBoxLayout, QPlainTextEdit, QRadioButton, QVBoxLayout

from harmony_desktop.control.merging import Choice, Hunk, Kind, Merge
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.style import label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

#: Lines of a pane before it scrolls.
_LINES = 9
#: What a change becomes by itself.
_USUAL = {Kind.MINE: Choice.MINE, Kind.NEW: Choice.NEW}


class HunkCard(QFrame):
    """Shows one change; ``chosen`` tells what somebody wants of it.

    Args:
        theme: The looks.
        merge: What it is part of.
        number: Its number there.
        place: The how manieth change it is, from 1.
        count: How many changes there are.
    """

    chosen = Signal(int, object)

    def __init__(self, theme: Theme, merge: Merge, number: int, place: int, count: int) -> None:
        super().__init__()
        self._number = number
        self._kind = merge.hunks[number].kind
        self._has_base = merge.has_base
        hunk = merge.hunks[number]
        self.setProperty("surface", "card")
        which = tr("Change {number} of {count}", number=place, count=count)
        title = tr("{which} · line {line}", which=which, line=hunk.line)
        self.setAccessibleName(title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.S, Space.M, Space.M)
        layout.setSpacing(Space.S)
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(label(theme, Type.SECOND_STRONG, text=title))
        self._state = label(theme, Type.SECOND, "second")
        self._state.setWordWrap(True)
        head.addWidget(self._state, 1)
        layout.addLayout(head)
        panes = QGridLayout()
        panes.setHorizontalSpacing(Space.M)
        panes.setVerticalSpacing(2)
        for column, (words, lines) in enumerate(
            zip((tr("Yours"), tr("What ships now")), _shown(merge, number), strict=True)
        ):
            panes.addWidget(label(theme, Type.SECOND, "second", words), 0, column)
            pane = _Pane(theme, lines)
            pane.setAccessibleName(tr("{side}, {change}", side=words, change=title))
            panes.addWidget(pane, 1, column, Qt.AlignmentFlag.AlignTop)
            panes.setColumnStretch(column, 1)
        layout.addLayout(panes)
        self._group = QButtonGroup(self)
        self.choices: dict[Choice, QRadioButton] = {}
        if self._kind is not Kind.ALIKE:
            layout.addLayout(self._make_choices(theme, title))

    def _make_choices(self, theme: Theme, title: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        for choice, words in (
            (Choice.MINE, tr("Keep mine")),
            (Choice.NEW, tr("Take the new")),
            (Choice.BOTH, tr("Both")),
        ):
            made = QRadioButton(words)
            made.setFont(theme.font(Type.SECOND))
            made.setAccessibleName(tr("{choice}: {change}", choice=words, change=title))
            made.clicked.connect(partial(self._choose, choice))
            self._group.addButton(made)
            self.choices[choice] = made
            row.addWidget(made)
        row.addStretch(1)
        return row

    def show_choice(self, choice: Choice | None, *, enabled: bool) -> None:
        """Show what was chosen, None where nothing was."""
        effective = choice or _USUAL.get(self._kind)
        self._group.setExclusive(effective is not None)
        for each, made in self.choices.items():
            made.setChecked(each is effective)
            made.setEnabled(enabled)
        self._group.setExclusive(True)
        self._show_words(choice)

    def _show_words(self, choice: Choice | None) -> None:
        tone = "second"
        if self._kind is Kind.CONFLICT and choice is None:
            tone = "attention"
            words = tr("Both changed it: choose.") if self._has_base else tr("The two differ: choose.")
        elif self._kind is Kind.CONFLICT and not self._has_base:
            words = tr("The two differ: chosen.")
        elif self._kind is Kind.CONFLICT:
            words = tr("Both changed it: chosen.")
        elif self._kind is Kind.ALIKE:
            words = tr("Both made the same change: it stays.")
        elif self._kind is Kind.MINE:
            words = tr("Only you changed it: merged by itself.")
        else:
            words = tr("Only the new version changed it: merged by itself.")
        set_text(self._state, words)
        mark(self._state, "tone", tone)

    def focus_choice(self) -> None:
        """Go to the choice."""
        if self.choices:
            checked = self._group.checkedButton() or self.choices[Choice.MINE]
            checked.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _choose(self, choice: Choice, _checked: bool = False) -> None:
        self.chosen.emit(self._number, choice)


class _Pane(DiffView):
    """A few lines with their signs, as high as they need."""

    def __init__(self, theme: Theme, lines: Sequence[str]) -> None:
        super().__init__(theme)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.show_diff("\n".join(lines) if lines else tr("(no lines)"))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the lines, once they are broken to the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = min(int(self.document().size().height()), _LINES)
        around = max(self.height() - self.viewport().height(), 0)
        margins = 2 * int(self.document().documentMargin()) + around + Space.XS
        height = lines * self.cursorRect().height() + margins
        if height != self.height():
            self.setFixedHeight(height)


def _shown(merge: Merge, number: int) -> tuple[list[str], list[str]]:
    """Return what both panes show: the lines with their signs, the ones around them, without the indent of all."""
    before, after = _around(merge, number)
    sides = [[*before, *lines, *after] for lines in _sides(merge.hunks[number], has_base=merge.has_base)]
    texts = [line[2:] for side in sides for line in side if line[2:].strip()]
    indent = min((len(text) - len(text.lstrip(" ")) for text in texts), default=0)
    mine, new = ([line[:2] + line[2 + indent :] for line in side] for side in sides)
    return mine, new


def _sides(hunk: Hunk, *, has_base: bool) -> tuple[list[str], list[str]]:
    """Return the lines of both sides with their signs: what each did to what both come from."""
    if not has_base:
        return [f"- {line}" for line in hunk.mine], [f"+ {line}" for line in hunk.new]
    return _signed(hunk.base, hunk.mine), _signed(hunk.base, hunk.new)


def _signed(before: Sequence[str], after: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [f"  {line}" for line in before[start:end]]
        else:
            lines += [f"- {line}" for line in before[start:end]]
            lines += [f"+ {line}" for line in after[new_start:new_end]]
    return lines


def _around(merge: Merge, number: int) -> tuple[list[str], list[str]]:
    """Return the line before and the line behind a change, where nobody changed them."""
    hunks = merge.hunks
    before = hunks[number - 1] if number and hunks[number - 1].kind is Kind.SAME else None
    after = hunks[number + 1] if number + 1 < len(hunks) and hunks[number + 1].kind is Kind.SAME else None
    return (
        [f"  {before.mine[-1]}"] if before is not None and before.mine[-1].strip() else [],
        [f"  {after.mine[0]}"] if after is not None and after.mine[0].strip() else [],
    )
