"""The strip below an editor: what is wrong, where, and the correction as a difference before it is made."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from harmony_desktop.control.config_desk import Draft
from harmony_desktop.control.findings import Correction, Finding, Severity
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

_LINES = 3


class ProblemStrip(QFrame):
    """Lists findings; ``chosen`` asks to go to one, ``correct`` to apply its correction."""

    chosen = Signal(object)
    correct = Signal(object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._draft: Draft | None = None
        self.setProperty("surface", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        layout.setSpacing(Space.XS)
        self._title = label(theme, Type.SECOND_STRONG)
        layout.addWidget(self._title)
        self.list = QListWidget()
        self.list.setProperty("surface", "menu")
        self.list.setAccessibleName(tr("What is wrong in this file"))
        self.list.setWordWrap(True)
        self.list.setFont(theme.font(Type.SECOND))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        overlay_scroll_bars(self.list)
        self.list.currentRowChanged.connect(self._show_correction)
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.diff = DiffView(theme)
        self.diff.setAccessibleName(tr("What the correction changes"))
        self.diff.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.diff.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.button = button(theme, "", "small-primary")
        self.button.clicked.connect(self._apply)
        self._correction = QWidget()
        inside = QVBoxLayout(self._correction)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.XS)
        inside.addWidget(self.diff, 1)
        inside.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self.list, 1)
        row.addWidget(self._correction, 1)
        layout.addLayout(row)
        self.setFixedHeight(theme.scaled(Space.XL + 40 * _LINES))

    def show_draft(self, draft: Draft) -> None:
        """Show what is wrong with a file, once it has been checked."""
        if draft.checked is None:
            self.setVisible(False)
            self._draft = None
            return
        known = self._draft
        self._draft = draft
        if known is not None and known.opened.path == draft.opened.path and known.findings == draft.findings:
            return
        self.setVisible(bool(draft.findings))
        row = max(self.list.currentRow(), 0)
        self.list.blockSignals(True)
        self.list.clear()
        for one in draft.findings:
            self.list.addItem(self._item(one))
        self.list.setCurrentRow(min(row, len(draft.findings) - 1))
        self.list.blockSignals(False)
        said = trn("One thing is wrong", "{n} things are wrong", len(draft.findings))
        if draft.findings and all(one.severity is Severity.HINT for one in draft.findings):
            said = trn("One hint", "{n} hints", len(draft.findings))
        set_text(self._title, said)
        if draft.findings:
            announce(self.list, said)
        self._show_correction()

    def _item(self, one: Finding) -> QListWidgetItem:
        kind = {Severity.ERROR: tr("Error"), Severity.WARNING: tr("Warning"), Severity.HINT: tr("Hint")}[one.severity]
        where = tr("{kind} in {line}:{column}", kind=kind, line=one.line, column=one.column)
        advice = f" {told(one.advice)}" if one.advice else ""
        made = QListWidgetItem(f"{where}  {told(one.message)}{advice}")
        made.setToolTip(told(one.message))
        return made

    def _current(self) -> Finding | None:
        row = self.list.currentRow()
        findings = self._draft.findings if self._draft is not None else ()
        return findings[row] if 0 <= row < len(findings) else None

    def _go(self) -> None:
        one = self._current()
        if one is not None:
            self.chosen.emit(one)

    def _show_correction(self) -> None:
        one = self._current()
        correction: Correction | None = one.correction if one is not None else None
        locked = self._draft is not None and bool(self._draft.opened.locked)
        self._correction.setVisible(correction is not None and not locked)
        if correction is None or self._draft is None or self._draft.checked is None:
            return
        lines = correction.diff(self._draft.checked, self._draft.opened.path.name).splitlines(keepends=True)
        changed = [line for line in lines[2:] if line.startswith(("+", "-"))]
        indent = min((len(line) - 1 - len(line[1:].lstrip(" ")) for line in changed if line[1:].strip()), default=0)
        self.diff.show_diff("".join(f"{line[0]} {line[1 + indent :]}" for line in changed).rstrip("\n"))
        self.button.setAccessibleName(told(correction.label))
        self.button.setToolTip(told(correction.label))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width between what is wrong and what mends it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.width() * 9 // 20
        self._correction.setFixedWidth(width)
        words = self.button.accessibleName()
        room = width - 3 * Space.M
        self.button.setText(self.button.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room))

    def _apply(self, _checked: bool = False) -> None:
        one = self._current()
        if one is not None and one.correction is not None and self._draft is not None:
            self.correct.emit(one.correction, self._draft.checked or "")
