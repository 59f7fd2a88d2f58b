"""The rows of a check-up: a light, what was looked at, what was found, what helps, and the way to the repair."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from harmony_desktop.control.doctor import Finding, FindingStatus
from harmony_desktop.ui.checkup_words import LIGHTS, light_name
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class CheckRow(QFrame):
    """One check."""

    repair_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning, check: str, *, first: bool) -> None:
        super().__init__()
        self._check = check
        self.setProperty("surface", "row")
        self.setProperty("first", "yes" if first else "no")
        self.light = LightWidget(theme, turning)
        self.title = label(theme, Type.STRONG)
        self.cause = _words(theme, "second")
        self.advice = _words(theme, "")
        self.repair = button(theme, tr("Repair…"), "small")
        self.repair.clicked.connect(lambda _checked=False: self.repair_wanted.emit(self._check))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S + 2, Space.L, Space.S + 2)
        row.setSpacing(Space.M)
        row.addWidget(self.light, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self.title, self.cause, self.advice):
            words.addWidget(part)
        row.addLayout(words, 1)
        row.addWidget(self.repair, 0, Qt.AlignmentFlag.AlignTop)

    def show_finding(self, finding: Finding, *, able: bool) -> None:
        """Show what was found; ``able``: whether a repair can be asked for now."""
        name = light_name(finding)
        self.light.show_light(LIGHTS[finding.status], name)
        set_text(self.title, told(finding.title))
        set_text(self.cause, told(finding.cause))
        self.cause.setVisible(bool(finding.cause))
        advice = told(finding.advice) if finding.status is not FindingStatus.OK else ""
        set_text(self.advice, advice)
        self.advice.setVisible(bool(advice))
        self.repair.setVisible(finding.repair is not None)
        self.repair.setEnabled(able)
        if finding.repair is not None:
            what = told(finding.repair.label)
            self.repair.setToolTip(tr("{what}. It is shown before it is done.", what=what))
            self.repair.setAccessibleName(tr("Repair: {title}", title=told(finding.title)))
            self.repair.setAccessibleDescription(what)


class CheckCard(QFrame):
    """The checks of one group."""

    repair_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self.rows: dict[str, CheckRow] = {}
        self.setProperty("surface", "card")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, Space.XS, 0, Space.XS)
        self._layout.setSpacing(0)

    def show_findings(self, findings: Sequence[Finding], shown: Collection[str], *, able: bool) -> None:
        """Show findings; rows stay where they are, so that the focus does.

        Args:
            findings: All of the group.
            shown: The checks that are shown.
            able: Whether a repair can be asked for now.
        """
        for finding in findings:
            row = self.rows.get(finding.id)
            if row is None:
                row = CheckRow(self._theme, self._turning, finding.id, first=not self.rows)
                row.repair_wanted.connect(self.repair_wanted)
                self.rows[finding.id] = row
                self._layout.addWidget(row)
            row.show_finding(finding, able=able)
        first = "yes"
        for name, row in self.rows.items():
            row.setVisible(name in shown)
            if name in shown:
                mark(row, "first", first)
                first = "no"


def _words(theme: Theme, tone: str) -> QLabel:
    """Return a label for text of any length that can be selected and copied."""
    made = label(theme, Type.SECOND, tone)
    made.setWordWrap(True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    made.setMinimumWidth(0)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made
