"""Looking a model up on the hub, and choosing which of its quantisations to download."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.model_memory import USUAL_CONTEXT, need, recommended
from harmony_desktop.control.models import HubChoice, Repository
from harmony_desktop.control.models_state import Modelling, ModelsState, Work
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.model_dialogs import TokenDialog
from harmony_desktop.ui.model_words import fit_words, tokens
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_WIDTH, _HEIGHT = 620, 480
_DOT = " · "


class DownloadDialog(QDialog):
    """Renders what the desk has found; closing it ends a look-up that goes on.

    Args:
        theme: The looks.
        parent: The window.
        desk: What presses become.
        address: What is looked up at once, or "".
    """

    def __init__(self, theme: Theme, parent: QWidget, desk: Modelling, address: str = "") -> None:
        super().__init__(parent)
        self._theme = theme
        self._desk = desk
        self._shown: Repository | None = None
        self._asked = False
        self._leaving = False
        self.setWindowTitle(tr("Download a model"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(label(theme, Type.TITLE, text=tr("Download a model")))
        words = label(
            theme, Type.TEXT, "second", tr("Its name on the hub (owner/model-GGUF), or the address of its page.")
        )
        words.setWordWrap(True)
        layout.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.field = QLineEdit(address)
        self.field.setAccessibleName(tr("Name or address of the model"))
        self.field.setPlaceholderText("owner/model-GGUF")
        self.field.setMaxLength(500)
        self.search = button(theme, tr("Look up"))
        self.search.clicked.connect(lambda _checked=False: self._look_up())
        row.addWidget(self.field, 1)
        row.addWidget(self.search)
        layout.addLayout(row)
        self.status = label(theme, Type.SECOND, "second")
        self.status.setWordWrap(True)
        layout.addWidget(self.status)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        overlay_scroll_bars(self._area)
        layout.addWidget(self._area, 1)
        self._group: QButtonGroup | None = None
        self.choices: dict[str, QRadioButton] = {}
        layout.addLayout(self._buttons())
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self.finished.connect(self._end)
        self._unsubscribe: Callable[[], None] = desk.store.subscribe(self.show_state)
        self.show_state(desk.store.value)
        self.field.setFocus()
        if address:
            self._look_up()

    def show_state(self, state: ModelsState) -> None:
        """Render a state of the desk."""
        busy = state.going_on is not None
        looking = state.going_on is not None and state.going_on.work is Work.LOOK_UP
        self.search.setEnabled(not busy)
        repository = state.repository
        if repository != self._shown:
            self._shown = repository
            self._show_choices(repository, state)
        tone = "second"
        text = ""
        if looking:
            text = tr("Asking the model hub…")
        elif repository is not None:
            text = _DOT.join(_told(repository))
        elif self._asked and state.problem is not None:
            problem = state.problem
            text = "\n".join(told(line) for line in (problem.title, problem.cause, problem.advice) if line)
            tone = "failed"
        if text != self.status.text() and text and not looking:
            announce(self.status, text)
        set_text(self.status, text)
        mark(self.status, "tone", tone)
        self.token.setVisible(self._asked and state.wants_token and not busy)
        self.page.setVisible(bool(self._page(state)))
        self._allow(state)

    def _show_choices(self, repository: Repository | None, state: ModelsState) -> None:
        inner = QFrame()
        inner.setObjectName("page")
        grid = QGridLayout(inner)
        grid.setContentsMargins(2, 0, Space.L, 0)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(2, 1)
        self._group = QButtonGroup(inner)
        self.choices = {}
        offered = repository.choices if repository is not None else ()
        best = recommended(offered, state.there)
        for number, choice in enumerate(offered):
            self._add(grid, number, choice, state, best=choice is best)
        grid.setRowStretch(len(offered), 1)
        self._area.setWidget(inner)
        wanted = repository.asked if repository is not None and repository.asked else best.name if best else ""
        if wanted in self.choices:
            self.choices[wanted].setChecked(True)
            self.choices[wanted].setFocus()
            self._area.ensureWidgetVisible(self.choices[wanted])

    def _add(self, grid: QGridLayout, number: int, choice: HubChoice, state: ModelsState, *, best: bool) -> None:
        made = QRadioButton(choice.quantisation or choice.name)
        made.setFont(self._theme.font(Type.MEDIUM))
        made.setToolTip(choice.name)
        words, tone = fit_words(need(choice.size, 0, USUAL_CONTEXT), state.there)
        here = state.model(choice.name) is not None
        if here:
            words, tone = tr("already here"), "second"
        made.setEnabled(not here)
        details = _DOT.join(part for part in (size(choice.size), words, tr("recommended") if best else "") if part)
        made.setAccessibleDescription(details)
        made.toggled.connect(lambda _on: self._allow(self._desk.store.value))
        if self._group is not None:
            self._group.addButton(made)
        self.choices[choice.name] = made
        grid.addWidget(made, number, 0)
        grid.addWidget(label(self._theme, Type.SECOND, "second", size(choice.size)), number, 1)
        fits = label(self._theme, Type.SECOND, tone, words)
        grid.addWidget(fits, number, 2)
        if best:
            grid.addWidget(label(self._theme, Type.SMALL, "update", tr("recommended")), number, 3)

    def _allow(self, state: ModelsState) -> None:
        chosen = any(made.isChecked() and made.isEnabled() for made in self.choices.values())
        able = chosen and state.going_on is None
        self.download.setEnabled(able)
        # Enter does what comes next.
        (self.download if able else self.search).setDefault(True)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.page = button(self._theme, tr("Open its page"), "quiet")
        self.page.clicked.connect(lambda _checked=False: self._open_page())
        self.token = button(self._theme, tr("Enter a token…"))
        self.token.clicked.connect(lambda _checked=False: self._ask_for_token())
        cancel = button(self._theme, tr("Cancel"))
        cancel.clicked.connect(lambda _checked=False: self.reject())
        self.download = button(self._theme, tr("Download"), "primary")
        self.download.clicked.connect(lambda _checked=False: self._download())
        row.addWidget(self.page)
        row.addStretch(1)
        for made in (self.token, cancel, self.download):
            row.addWidget(made)
        for made in (self.page, self.token, cancel, self.search):
            made.setAutoDefault(False)
        return row

    def _look_up(self) -> None:
        address = self.field.text().strip()
        if address and self._desk.store.value.going_on is None:
            self._asked = True
            self._desk.look_up(address)

    def _download(self) -> None:
        name = next((name for name, made in self.choices.items() if made.isChecked()), "")
        if name:
            self._leaving = True
            self._desk.download(name)
            self.accept()

    def _ask_for_token(self) -> None:
        dialog = TokenDialog(self._theme, self)
        dialog.entered.connect(self._desk.keep_token)
        dialog.open()

    def _page(self, state: ModelsState) -> str:
        return state.repository.page if state.repository is not None else state.page if self._asked else ""

    def _open_page(self) -> None:
        QDesktopServices.openUrl(QUrl(self._page(self._desk.store.value)))

    def _end(self, _result: int) -> None:
        self._unsubscribe()
        if self._leaving:
            return
        going_on = self._desk.store.value.going_on
        if going_on is not None and going_on.work is Work.LOOK_UP:
            self._desk.cancel()
        if self._asked and self._desk.store.value.problem is not None:
            self._desk.dismiss()  # it has been read here
        self._desk.forget_repository()


def _told(repository: Repository) -> list[str]:
    parts = [repository.name]
    if repository.licence:
        parts.append(tr("licence {name}", name=repository.licence))
    if repository.context:
        parts.append(tr("made for {tokens}", tokens=tokens(repository.context)))
    if repository.gated:
        parts.append(tr("its owner wants to know who takes it"))
    return parts
