"""The line on the stack page before a start: whether the models will fit. It warns, and stands in nobody's way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.memory_desk import MemoryState
from harmony_desktop.control.memory_plan import Verdict
from harmony_desktop.control.memory_words import headline, pool_words
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import StackPhase, StackState
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.memory_bar import MemoryBar
from harmony_desktop.ui.memory_view import MemoryView
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class MemoryBanner(QFrame):
    """A line with a bar, where something is worth saying; it opens to the whole plan.

    Args:
        theme: The looks.
    """

    start_wanted = Signal()
    relief_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._state = MemoryState()
        self._before_start = False
        self._title = label(theme, Type.STRONG)
        self._text = label(theme, Type.SECOND, "second")
        for each in (self._title, self._text):
            each.setWordWrap(True)
        self.bar = MemoryBar(theme)
        self.more = button(theme, tr("What to take away"), "small")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._open)
        self.start = button(theme, tr("Start anyway"), "small")
        self.start.setToolTip(tr("It may be slow, or a service may end for want of memory"))
        self.start.clicked.connect(lambda _checked=False: self.start_wanted.emit())
        self.view = MemoryView(theme, titled=False)
        self.view.wanted.connect(self.relief_wanted)
        self.view.setVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.setSpacing(Space.S)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        head.addLayout(words, 1)
        for made in (self.more, self.start):
            head.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.view)
        self.setVisible(False)

    def show_state(self, state: StackState) -> None:
        """Know whether a start is still to come: what runs already has what it uses."""
        self._before_start = (
            state.phase is StackPhase.LOADED
            and state.engine.status is EngineStatus.READY
            and state.operation is None
            and bool(state.services)
            and not any(service.runs for service in state.services)
        )
        self._show()

    def show_memory(self, memory: MemoryState) -> None:
        """Take another plan."""
        self._state = memory
        self._show()

    def _show(self) -> None:
        plan, pool = self._state.plan, self._state.plan.worst
        seen = self._before_start and self._state.looked and plan.verdict >= Verdict.TIGHT and pool is not None
        if seen and pool is not None:
            title = told(headline(plan))
            words = tr("{memory}: {verdict}", memory=told(pool.title), verdict=told(pool_words(pool)))
            if self.isHidden():
                announce(self, title)
            set_text(self._title, title)
            set_text(self._text, words)
            self.setAccessibleName(title)
            self.setAccessibleDescription(words)
            mark(self, "surface", "attention")
            self.bar.show_pool(pool)
            self.view.show_memory(self._state)
        if self.isHidden() == seen:
            self.setVisible(seen)

    def _open(self, opened: bool) -> None:
        self.view.setVisible(opened)
        self.bar.setVisible(not opened)
        self.more.setText(tr("Less") if opened else tr("What to take away"))
