"""Small questions about models: how to use one, whether to copy or share a file, whether to delete, the hub's token."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.memory_desk import MemoryState, judged
from harmony_desktop.control.models import LocalModel, same_model
from harmony_desktop.control.models_state import ModelsState
from harmony_desktop.control.text_api import Answering
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.memory_view import MemoryView
from harmony_desktop.ui.model_words import context_of, contexts_for, fit_words, needs, shown_name, tokens
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_WIDTH = 460


class ModelDialog(QDialog):
    """What all of them share: a title, words, room, and buttons.

    Args:
        theme: The looks.
        parent: The window.
        title: The question.
        text: What there is to know about it.
    """

    def __init__(self, theme: Theme, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        self.body.setSpacing(Space.S)
        heading = label(theme, Type.TITLE, text=title)
        heading.setWordWrap(True)
        heading.setMinimumWidth(theme.scaled(_WIDTH))
        self.body.addWidget(heading)
        if text:
            words = label(theme, Type.TEXT, "second", text)
            words.setWordWrap(True)
            self.body.addWidget(words)
        self.body.addSpacing(Space.XS)

    def offer(self, words: str, call: Callable[[], object]) -> None:
        """Add the buttons: cancel, and the deed with these words."""
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addStretch(1)
        cancel = button(self.theme, tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(lambda _checked=False: self.reject())
        self.deed = button(self.theme, words, "primary")
        self.deed.setDefault(True)
        self.deed.clicked.connect(lambda _checked=False: self._do(call))
        row.addWidget(cancel)
        row.addWidget(self.deed)
        self.body.addSpacing(Space.M)
        self.body.addLayout(row)

    def _do(self, call: Callable[[], object]) -> None:
        self.accept()
        call()


class UseModelDialog(ModelDialog):
    """Asks for the context size and tells what it takes."""

    chosen = Signal(str, int)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        model: LocalModel,
        state: ModelsState,
        memory: MemoryState | None = None,
    ) -> None:
        service = state.place.title if state.place is not None else ""
        runs = state.loaded.answering is not Answering.OFF
        text = tr("{service} starts with it from now on; its other flags stay as they are.", service=service)
        if runs:
            text = tr("{service} loads it now, and starts with it from now on.", service=service)
        super().__init__(theme, parent, tr("Use {model}", model=shown_name(model)), text)
        self._model, self._state, self._memory = model, state, memory
        self.body.addWidget(label(theme, Type.STRONG, text=tr("Context: how much of a talk it keeps in mind")))
        self._group = QButtonGroup(self)
        self.choices: dict[int, QRadioButton] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        offered = contexts_for(model, state) if model.facts is not None else []
        for row, count in enumerate(offered):
            made = QRadioButton(tokens(count))
            made.setFont(theme.font(Type.TEXT))
            words, tone = fit_words(needs(model, count), state.there)
            made.setAccessibleDescription(words)
            self._group.addButton(made, count)
            self.choices[count] = made
            grid.addWidget(made, row, 0)
            grid.addWidget(label(theme, Type.SECOND, tone, words), row, 1)
        self.body.addLayout(grid)
        if not offered:
            self.body.addWidget(label(theme, Type.SECOND, "second", tr("As the service’s flags say.")))
        note = label(theme, Type.SECOND, "second", _memory_words(state))
        note.setWordWrap(True)
        self.plan = MemoryView(theme, helping=False)
        if memory is not None and memory.looked:
            self.body.addSpacing(Space.S)
            self.body.addWidget(self.plan)
            self._group.idToggled.connect(self._show_plan)
            self._show_plan(0)
        else:
            self.plan.setParent(self)
            self.plan.hide()
            self.body.addWidget(note)
        same = same_model(state.loaded.name, model.name)
        deed = tr("Load it again") if same and runs else tr("Load it") if runs else tr("Use it")
        self.offer(deed, lambda: self.chosen.emit(model.name, max(0, self._group.checkedId())))
        first = context_of(model, state)
        if first in self.choices:
            self.choices[first].setChecked(True)
            self.choices[first].setFocus()

    def _show_plan(self, _count: int, _checked: bool = True) -> None:
        """Show what all models would come to with this one and the chosen context."""
        if self._memory is not None:
            chosen = self._memory.chosen.with_model(self._model, max(0, self._group.checkedId()))
            self.plan.show_memory(judged(chosen, self._memory.now))


def _memory_words(state: ModelsState) -> str:
    there = state.there
    if there.card:
        return tr("Your graphics card has {size}. These are estimates.", size=size(there.card))
    if there.engine:
        return tr("Docker has {size} of memory. These are estimates.", size=size(there.engine))
    return tr("These are estimates.")


class ImportDialog(ModelDialog):
    """Asks whether to copy a file or to share it; only for files on the disk of the models folder."""

    chosen = Signal(str, bool)

    def __init__(self, theme: Theme, parent: QWidget, file: str, name: str) -> None:
        super().__init__(
            theme,
            parent,
            tr("Import {file}", file=name),
            tr("The container sees its models folder only: a mere link to another folder would lead nowhere."),
        )
        self.copy = QRadioButton(tr("Copy it"))
        self.share = QRadioButton(tr("Share it, without taking room twice"))
        group = QButtonGroup(self)
        for made, words in (
            (self.copy, tr("Your file stays as it is, and is independent of the copy.")),
            (
                self.share,
                tr("One file under two names (a hard link). Changing it in one place changes it in both."),
            ),
        ):
            made.setFont(theme.font(Type.TEXT))
            made.setAccessibleDescription(words)
            group.addButton(made)
            self.body.addWidget(made)
            hint = label(theme, Type.SECOND, "second", words)
            hint.setWordWrap(True)
            hint.setIndent(theme.scaled(26))
            self.body.addWidget(hint)
        self.copy.setChecked(True)
        self.offer(tr("Import"), lambda: self.chosen.emit(file, self.share.isChecked()))


class DeleteDialog(ModelDialog):
    """Asks before a model is deleted."""

    def __init__(
        self, theme: Theme, parent: QWidget, model: LocalModel, state: ModelsState, delete: Callable[[], object]
    ) -> None:
        lines = [tr("This frees {size}.", size=size(model.size))]
        if same_model(state.configured.model, model.name):
            lines.append(tr("It is the model that the service starts with: it will start without one."))
        if same_model(state.loaded.name, model.name):
            lines.append(tr("It is loaded now, and stays so until the service is restarted."))
        super().__init__(theme, parent, tr("Delete {model}?", model=shown_name(model)), " ".join(lines))
        self.offer(tr("Delete"), delete)


class TokenDialog(ModelDialog):
    """Asks for the token of the model hub, and hides what is typed."""

    entered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(
            theme,
            parent,
            tr("Token of the model hub"),
            tr(
                "Make one on your account’s page of access tokens; to read is enough. It is kept in a file of its own "
                "that only you can read, and sent to the hub and to nobody else."
            ),
        )
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(tr("Token"))
        self.field.setPlaceholderText("hf_…")
        self.field.setMaxLength(512)
        self.body.addWidget(self.field)
        self.offer(tr("Keep it and try again"), self._enter)
        self.deed.setEnabled(False)
        self.field.textChanged.connect(lambda text: self.deed.setEnabled(bool(text.strip())))
        self.field.setFocus()

    def _enter(self) -> None:
        token = self.field.text().strip()
        self.field.clear()
        self.entered.emit(token)
