"""The memory planner as a picture: each memory with its bar and legend, what is not known, and what would help."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from harmony_desktop.control.memory_desk import MemoryState
from harmony_desktop.control.memory_plan import PartKind, Pool, PoolKind, Verdict
from harmony_desktop.control.memory_relief import Relief
from harmony_desktop.control.memory_words import headline, pool_words
from harmony_desktop.ui.flow import FlowLayout
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.memory_bar import KINDS, MemoryBar, Swatch, kind_name
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

TONES = {
    Verdict.FITS: "ready",
    Verdict.UNKNOWN: "second",
    Verdict.TIGHT: "attention",
    Verdict.CROWDED: "failed",
    Verdict.NOT: "failed",
}
#: Suggestions that are shown; the rest helps less.
_MOST = 5


class MemoryView(QWidget):
    """Renders a plan.

    Args:
        theme: The looks.
        titled: Whether its headline stands above it.
        helping: Whether suggestions are shown with it.
        acting: Whether they can be carried out from here.
    """

    wanted = Signal(object)
    """A suggestion (``Relief``) shall be carried out."""

    def __init__(self, theme: Theme, *, titled: bool = True, helping: bool = True, acting: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._titled, self._helping, self._acting = titled, helping, acting
        self._shown: MemoryState | None = None
        self.title = _wrapping(theme, Type.STRONG)
        self.note = _wrapping(theme, Type.SECOND, "second")
        self.rows: list[PoolRow] = []
        self.offers: list[QPushButton] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self.title)
        self.title.setVisible(titled)
        self._pools = QVBoxLayout()
        self._pools.setSpacing(Space.M)
        layout.addLayout(self._pools)
        layout.addWidget(self.note)
        self._help_title = label(theme, Type.SECOND_STRONG, text=tr("What to take away"))
        layout.addWidget(self._help_title)
        self._help = QVBoxLayout()
        self._help.setSpacing(Space.XS)
        layout.addLayout(self._help)
        self._lines: list[QWidget] = []

    def show_memory(self, state: MemoryState) -> None:
        """Show a plan; nothing is made anew where nothing has changed."""
        if state == self._shown:
            return
        self._shown = state
        plan = state.plan
        set_text(self.title, told(headline(plan)))
        mark(self.title, "tone", "" if plan.verdict < Verdict.TIGHT else TONES[plan.verdict])
        pools = [pool for pool in plan.pools if pool.need or pool.kind is not PoolKind.SYSTEM]
        while len(self.rows) < len(pools):
            row = PoolRow(self._theme)
            self.rows.append(row)
            self._pools.addWidget(row)
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(pools))
            if index < len(pools):
                row.show_pool(pools[index])
        words = [told(note) for note in plan.notes]
        words.append(tr("Figures are estimates, as if everything were loaded at once."))
        set_text(self.note, " ".join(words))
        self._show_help(state.reliefs[:_MOST] if self._helping else ())

    def _show_help(self, reliefs: tuple[Relief, ...]) -> None:
        for line in self._lines:
            self._help.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines, self.offers = [], []
        self._help_title.setVisible(bool(reliefs))
        for relief in reliefs:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(Space.M)
            words = _wrapping(self._theme, Type.SECOND)
            text = told(relief.words)
            set_text(words, tr("{suggestion} Then all fits.", suggestion=text) if relief.enough else text)
            row.addWidget(words, 1)
            if self._acting and (relief.edits or relief.models):
                made = button(self._theme, tr("Models…") if relief.models else tr("Change…"), "small")
                made.setAccessibleDescription(text)
                made.setToolTip(
                    tr("Opens the page of models")
                    if relief.models
                    else tr("Changes it in the configuration, where you look at it and save it")
                )
                made.clicked.connect(partial(self._want, relief))
                row.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
                self.offers.append(made)
            self._help.addWidget(line)
            self._lines.append(line)

    def _want(self, relief: Relief, _checked: bool = False) -> None:
        self.wanted.emit(relief)


class MemoryLine(QWidget):
    """The memory that it is worst with, on one line: a bar, and the verdict. For where values change."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.bar = MemoryBar(theme)
        self.words = _wrapping(theme, Type.SECOND, "second")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addWidget(self.bar)
        layout.addWidget(self.words)

    def show_memory(self, state: MemoryState) -> None:
        """Show a plan."""
        pool = state.plan.worst
        if pool is not None:
            self.bar.show_pool(pool)
            text = tr("{memory}: {verdict}", memory=told(pool.title), verdict=told(pool_words(pool)))
            set_text(self.words, text)
            mark(self.words, "tone", TONES[pool.verdict])


class _Keys(QWidget):
    """The legend; it takes the height that its lines need, in windows that lay out without asking for it, too."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self.settle()

    def settle(self) -> None:
        """Ask for as many lines as there are."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            self.setMinimumHeight(layout.heightForWidth(self.width()))


class PoolRow(QWidget):
    """One memory: its name, the verdict, the bar, and what its pieces are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._name = label(theme, Type.SECOND_STRONG)
        self._name.setWordWrap(True)
        self.words = _wrapping(theme, Type.SECOND, "second")
        self.bar = MemoryBar(theme)
        self.legend: dict[PartKind | None, QLabel] = {}
        self._entries: dict[PartKind | None, QWidget] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        layout.addWidget(self._name)
        layout.addWidget(self.bar)
        keys = self._keys = _Keys()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        keys.setSizePolicy(policy)
        flow = FlowLayout(keys, Space.M)
        for kind in KINDS:
            entry = QWidget()
            row = QHBoxLayout(entry)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(Space.XS + 2)
            row.addWidget(Swatch(theme, kind))
            self.legend[kind] = label(theme, Type.SECOND, "second")
            row.addWidget(self.legend[kind])
            self._entries[kind] = entry
            flow.addWidget(entry)
        layout.addWidget(keys)
        layout.addWidget(self.words)

    def show_pool(self, pool: Pool) -> None:
        """Show a memory."""
        set_text(self._name, told(pool.title))
        set_text(self.words, told(pool_words(pool)))
        mark(self.words, "tone", TONES[pool.verdict])
        self.bar.show_pool(pool)
        for kind, entry in self._entries.items():
            amount = (pool.others or 0) if kind is None else pool.of(kind)
            entry.setVisible(bool(amount))
            set_text(self.legend[kind], tr("{what}: {size}", what=kind_name(kind), size=size(amount)))
        self._keys.settle()


def _wrapping(theme: Theme, kind: Type, tone: str = "") -> QLabel:
    made = label(theme, kind, tone)
    made.setWordWrap(True)
    return made
