"""Adjusting one service: a form, then what would be written and what comes of it, then the deed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.adjust_desk import Adjusting, AdjustState
from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import Problem
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.ui.adjust_form import AdjustForm
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

_WIDTH, _HEIGHT = 620, 500


class AdjustDialog(QDialog):
    """Renders the desk's state; nothing is written before somebody has seen what.

    Args:
        theme: The looks.
        parent: The window.
        desk: What presses become.
        service: The service.
        runs: Whether it runs now.
    """

    def __init__(self, theme: Theme, parent: QWidget, desk: Adjusting, service: str, *, runs: bool) -> None:
        super().__init__(parent)
        self._theme = theme
        self._desk = desk
        self._filled = False
        self.setWindowTitle(tr("Adjust"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        self._title = label(theme, Type.TITLE)
        self._title.setWordWrap(True)
        self._words = label(theme, Type.TEXT, "second")
        self._words.setWordWrap(True)
        self._warning = label(theme, Type.SECOND, "attention")
        self._warning.setWordWrap(True)
        self._fault = label(theme, Type.SECOND, "failed")
        self._fault.setWordWrap(True)
        self._pages = QStackedWidget()
        self.form = AdjustForm(theme)
        self.diff = DiffView(theme)
        self._pages.addWidget(_scrolling(self.form))
        self._pages.addWidget(self.diff)
        for part in (self._title, self._words, self._warning, self._fault):
            layout.addWidget(part)
        layout.addSpacing(Space.XS)
        layout.addWidget(self._pages, 1)
        layout.addLayout(self._buttons(runs))
        # With large letters it scrolls rather than to outgrow the window.
        room = parent.size()
        self.resize(
            min(theme.scaled(_WIDTH), max(room.width(), _WIDTH)),
            min(theme.scaled(_HEIGHT), max(room.height(), _HEIGHT)),
        )
        self.form.changed.connect(lambda: self._tell(None))
        self.finished.connect(self._end)
        self._unsubscribe: Callable[[], None] = desk.store.subscribe(self.show_state)
        desk.open(service)
        self.show_state(desk.store.value)

    def show_state(self, state: AdjustState) -> None:
        """Render a state of the desk."""
        if state.done:
            self.accept()
            return
        previewed = state.preview is not None
        self._pages.setCurrentIndex(1 if previewed else 0)
        if state.title and not self._filled:
            self._filled = True
            self.form.show_state(state)
            self.form.memory.setFocus()
        self.form.setEnabled(self._filled and not state.busy)
        self._tell(state.fault)
        warnings = [told(text) for text in state.warnings]
        set_text(self._warning, "\n".join(warnings))
        self._warning.setVisible(bool(warnings))
        if state.preview is not None:
            self._show_preview(state)
        else:
            set_text(self._title, tr("Adjust {service}", service=state.title) if state.title else tr("Adjust"))
            set_text(self._words, tr("What you leave empty is as the compose files say."))
        self._show_buttons(state)

    def _show_preview(self, state: AdjustState) -> None:
        preview = state.preview
        if preview is None:
            return
        self.diff.show_diff(preview.diff)
        self.diff.setVisible(bool(preview.changes))
        if preview.changes:
            set_text(self._title, tr("This will be written"))
            lines = [told(text) for text in preview.effects] or [tr("No container changes.")]
            set_text(self._words, " ".join([*lines, tr("It takes effect when the service is started next.")]))
        else:
            set_text(self._title, tr("Nothing to do"))
            set_text(self._words, tr("It is so already."))

    def _show_buttons(self, state: AdjustState) -> None:
        previewed = state.preview is not None
        able = self._filled and not state.busy
        changes = bool(state.preview and state.preview.changes)
        for made, visible in (
            (self.reset, not previewed),
            (self.cancel, not previewed),
            (self.look, not previewed),
            (self.back, previewed),
            (self.apply, changes),
            (self.apply_and_start, changes),
        ):
            made.setVisible(visible)
        for made in (self.reset, self.look, self.back, self.apply, self.apply_and_start):
            made.setEnabled(able)
        if previewed:
            (self.apply_and_start if changes else self.back).setFocus()
        (self.apply_and_start if changes else self.back if previewed else self.look).setDefault(True)

    def _buttons(self, runs: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.reset = self._button(tr("Leave all to the files"), self.form.clear, "quiet")
        self.back = self._button(tr("Back"), self._go_back)
        self.cancel = self._button(tr("Cancel"), self.reject)
        self.look = self._button(tr("Preview"), self._preview, "primary")
        self.apply = self._button(tr("Apply"), lambda: self._desk.apply(start=False))
        words = tr("Apply and restart the service") if runs else tr("Apply and start the service")
        self.apply_and_start = self._button(words, lambda: self._desk.apply(start=True), "primary")
        row.addWidget(self.reset)
        row.addWidget(self.back)
        row.addStretch(1)
        for made in (self.cancel, self.look, self.apply, self.apply_and_start):
            row.addWidget(made)
        return row

    def _button(self, text: str, call: Callable[[], None], kind: str = "plain") -> QPushButton:
        made = button(self._theme, text, kind)
        made.setAutoDefault(False)
        made.clicked.connect(lambda _checked=False: call())
        return made

    def _preview(self) -> None:
        try:
            wanted = self.form.wanted()
        except HarmonyError as error:
            self._tell(Problem(error.title, error.cause, error.advice))
            return
        self._desk.preview(wanted)

    def _go_back(self) -> None:
        self._desk.look_again()

    def _tell(self, fault: Problem | None) -> None:
        lines = [told(text) for text in (fault.title, fault.cause, fault.advice) if text] if fault else []
        set_text(self._fault, "\n".join(lines))
        self._fault.setVisible(bool(lines))

    def _end(self, _result: int) -> None:
        self._unsubscribe()
        self._desk.close()


def adjust(theme: Theme, window: QWidget, intents: Intents, name: str) -> None:
    """Open the dialog for a service."""
    service = intents.store.value.service(name)
    runs = service is not None and service.runs
    AdjustDialog(theme, window, intents.adjusting, name, runs=runs).open()


def _scrolling(inner: QWidget) -> QScrollArea:
    inner.setObjectName("page")
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(inner)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus, and is scrolled into sight
    overlay_scroll_bars(area)
    return area
