"""The form of what most people change. Each field is a value of a file, and shows at once in its editor, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.config_desk import ConfigState, Configuring
from harmony_desktop.control.config_files import Field, FieldRef, Form, SpeechChoice
from harmony_desktop.control.findings import Severity
from harmony_desktop.control.memory_choice import MemoryNow
from harmony_desktop.control.memory_desk import MemoryState, judged
from harmony_desktop.control.state import HardwareState
from harmony_desktop.ui.config_questions import FileQuestion
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.memory_view import MemoryLine, MemoryView
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, card, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_OPEN, _CLOSED = "0.0.0.0", "127.0.0.1"  # noqa: S104 - what the switch writes when it is asked to
_LOCAL = frozenset({_CLOSED, "localhost", "::1"})
_NARROW, _WIDE = 84, 150
#: Letters of a model's name, from which on two do not fit beside one another.
_LONG = 20


class ConfigForm(QWidget):
    """Cards of fields.

    Args:
        theme: The looks.
        desk: What holds the values.
    """

    models_wanted = Signal()
    file_wanted = Signal(Path)
    relief_wanted = Signal(object)
    """Somebody wants to take away what does not fit into the memory (``Relief``)."""

    def __init__(self, theme: Theme, desk: Configuring) -> None:
        super().__init__()
        self._theme = theme
        self._desk = desk
        self._form = Form()
        self._hardware = HardwareState()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        overlay_scroll_bars(self.area)
        inner = QWidget()
        inner.setObjectName("page")
        self._content = QVBoxLayout(inner)
        self._content.setContentsMargins(0, 0, Space.M, 0)
        self._content.setSpacing(Space.M)
        self.area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addLayout(self._make_head())
        self._memory_now = MemoryNow()
        self.memory_line = MemoryLine(theme)
        layout.addWidget(self.memory_line)
        layout.addWidget(self.area, 1)
        self._fault = label(theme, Type.TEXT, "failed")
        self._fault.setWordWrap(True)
        self._content.addWidget(self._fault)
        self._reach = _Reach(theme)
        self._reach.wanted.connect(self._set_bind)
        self._ports = _Fields(theme, tr("Ports on this computer"), "", _NARROW, self._set)
        self._tags = _Fields(
            theme, tr("Releases"), tr("Which release of each image; empty for the usual one."), _WIDE, self._set
        )
        self._text = self._make_text()
        self._text_fields = _Fields(
            theme, tr("Language model"), tr("Both decide how much memory it takes."), _NARROW, self._set
        )
        self._memory = card()
        self.memory = MemoryView(theme)
        self.memory.wanted.connect(self.relief_wanted)
        _inside(self._memory).addWidget(self.memory)
        self._speech = _Speech(theme, self._set)
        self._secrets = _Fields(
            theme,
            tr("Tokens and keys"),
            tr("A file that only Docker reads is closed to other users of this computer once it holds one."),
            _WIDE,
            self._set,
            masked=True,
        )
        for part in (
            *(self._reach, self._ports, self._text, self._text_fields, self._speech, self._memory),
            *(self._secrets, self._tags),
        ):
            self._content.addWidget(part)
        self._content.addStretch(1)
        self.show_state(desk.store.value)

    @property
    def fields(self) -> dict[str, QLineEdit]:
        """The lines to fill in, by what they set."""
        found = {
            key: row.edit
            for part in (self._ports, self._tags, self._secrets, self._text_fields)
            for key, row in part.rows.items()
        }
        return {**found, "--threads": self.threads}

    @property
    def boxes(self) -> dict[str, QCheckBox]:
        """The boxes of speech models, by name."""
        return self._speech.boxes

    @property
    def open_to_network(self) -> QCheckBox:
        """The switch that opens the services to the local network."""
        return self._reach.box

    def show_state(self, state: ConfigState) -> None:
        """Render the form."""
        form = state.form
        self._form = form
        set_text(self._fault, told(form.fault))
        self._fault.setVisible(bool(form.fault))
        self._reach.show_field(form.bind, loaded=state.loaded)
        self._ports.show_fields(form.ports)
        self._tags.show_fields(form.tags)
        self._secrets.show_fields(form.secrets)
        self._show_threads(form.threads)
        self._text_fields.show_fields(form.text)
        self._speech.show_speech(form.speech, _speech_need(form))
        self._show_memory()
        dirty = state.dirty
        self.save.setEnabled(bool(dirty))
        names = ", ".join(state.drafts[path].opened.name for path in dirty)
        text = tr("Not saved yet: {files}", files=names) if dirty else tr("What is not here stands in the files.")
        set_text(self._unsaved, text)

    def show_hardware(self, hardware: HardwareState) -> None:
        """Take in what the machine has."""
        if hardware != self._hardware:
            self._hardware = hardware
            self._show_threads(self._form.threads)

    def show_memory(self, state: MemoryState) -> None:
        """Take in how much memory there is now."""
        self._memory_now = state.now
        self._show_memory()

    def _show_memory(self) -> None:
        """Show what the values come to, those that are not saved yet included."""
        chosen = self._form.chosen
        seen = chosen is not None and self._memory_now.known and bool(chosen.speech or chosen.text)
        self._memory.setVisible(seen)
        self.memory_line.setVisible(seen)
        if chosen is not None and seen:
            state = judged(chosen, self._memory_now)
            self.memory.show_memory(state)
            self.memory_line.show_memory(state)

    def save_all(self) -> None:
        """Save; where something speaks against it, after a question."""
        self._leave_field()
        faults = [told(field.fault) for field in self._form.ports if field.fault]
        drafts = [draft for draft in self._desk.store.value.drafts.values() if draft.dirty]
        faults += [
            tr("{file} has a mistake in line {line}.", file=draft.opened.name, line=one.line)
            for draft in drafts
            for one in [next((one for one in draft.findings if one.severity is Severity.ERROR), None)]
            if one is not None
        ]
        if not faults:
            self._desk.save_all()
            return
        question = FileQuestion(
            self._theme,
            self.window(),
            tr("Save it all the same?"),
            "\n".join(faults),
            [("yes", tr("Save all the same"))],
        )
        question.answered.connect(lambda _answer: self._desk.save_all())
        question.open()

    def _leave_field(self) -> None:
        field = self.focusWidget()
        if isinstance(field, QLineEdit):
            field.editingFinished.emit()

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._unsaved = label(self._theme, Type.SECOND, "second")
        self._unsaved.setWordWrap(True)
        self.save = button(self._theme, tr("Save"), "small-primary")
        self.save.clicked.connect(lambda _checked=False: self.save_all())
        row.addWidget(self._unsaved, 1)
        row.addWidget(self.save)
        return row

    def _make_text(self) -> QFrame:
        frame, inside = _section(self._theme, tr("Text generation"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setColumnStretch(2, 1)
        self.threads = _line(self._theme, _NARROW, tr("Processor threads"))
        self.threads.editingFinished.connect(self._set_threads)
        self._threads_hint = label(self._theme, Type.SECOND, "second")
        self._threads_hint.setWordWrap(True)
        name = label(self._theme, Type.TEXT, text=tr("Processor threads"))
        name.setBuddy(self.threads)
        for column, part in enumerate((name, self.threads, self._threads_hint)):
            grid.addWidget(part, 0, column)
        inside.addLayout(grid)
        models = button(self._theme, tr("Language model and context size…"), "small")
        models.clicked.connect(lambda _checked=False: self.models_wanted.emit())
        inside.addWidget(models, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _show_threads(self, field: Field | None) -> None:
        self._text.setVisible(field is not None)
        if field is None:
            return
        _fill(self.threads, field.value)
        self.threads.setPlaceholderText(tr("automatic"))
        cores = self._hardware.cores
        good = not field.value or (field.value.isascii() and field.value.isdigit() and int(field.value) > 0)
        words = tr("This computer has {n} cores.", n=cores) if cores else ""
        if not good:
            words = tr("A whole number is wanted here.")
        elif cores and field.value and int(field.value) > cores:
            words = tr("This computer has only {n} cores: more threads than cores are slower.", n=cores)
        set_text(self._threads_hint, words)

    def _set(self, ref: FieldRef, value: str) -> None:
        self._desk.set_field(ref, value)

    def _set_threads(self) -> None:
        field = self._form.threads
        if field is not None and self.threads.text().strip() != field.value:
            self._set(field.ref, self.threads.text().strip())

    def _set_bind(self, opened: bool) -> None:
        field = self._form.bind
        if field is not None:
            value = _OPEN if opened else _CLOSED
            self._set(field.ref, "" if value == field.default else value)


class _Reach(QFrame):
    """Who may reach the services."""

    wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        inside = _inside(self)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Who may reach the services")))
        self.box = QCheckBox(tr("Open to the local network"))
        self.box.clicked.connect(self.wanted)
        self._words = label(theme, Type.SECOND, "second")
        self._words.setWordWrap(True)
        inside.addWidget(self.box)
        inside.addWidget(self._words)

    def show_field(self, field: Field | None, *, loaded: bool) -> None:
        """Show the address that counts."""
        self.setVisible(loaded)
        self.box.setEnabled(field is not None)
        opened = field is None or field.effective not in _LOCAL
        self.box.setChecked(opened)
        words, tone = tr("Only this computer reaches them."), "second"
        if field is None:
            words = tr("The compose files of this stack decide it by themselves.")
        elif opened:
            tone = "attention"
            words = tr(
                "Everybody on your network can use them, and change what they do: none of them asks for a password."
            )
            if field.effective != _OPEN:
                words = tr("They are reached by the address {address}.", address=field.effective)
        mark(self._words, "tone", tone)
        set_text(self._words, words)


class _Row:
    """One line of fields."""

    def __init__(self, edit: QLineEdit, name: QLabel, hint: QLabel) -> None:
        self.edit, self.name, self.hint = edit, name, hint


class _Fields(QFrame):
    """A card of lines to fill in."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        text: str,
        width: int,
        call: Callable[[FieldRef, str], None],
        *,
        masked: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._width = width
        self._call = call
        self._masked = masked
        self._shown: tuple[FieldRef, ...] = ()
        self._fields: dict[str, Field] = {}
        self.rows: dict[str, _Row] = {}
        self.setProperty("surface", "card")
        inside = _inside(self)
        inside.addWidget(label(theme, Type.STRONG, text=title))
        if text:
            words = label(theme, Type.SECOND, "second", text)
            words.setWordWrap(True)
            inside.addWidget(words)
        self._body = QWidget()
        inside.addWidget(self._body)

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Show the values; lines are made anew only where there are others."""
        refs = tuple(field.ref for field in fields)
        if refs != self._shown:
            self._shown = refs
            self._make(fields)
        self.setVisible(bool(fields))
        for field in fields:
            key = _key(field.ref)
            self._fields[key] = field
            row = self.rows[key]
            _fill(row.edit, field.value)
            row.edit.setPlaceholderText(field.default)
            set_text(row.hint, told(field.fault) if field.fault else self._hint(field))
            mark(row.hint, "tone", "failed" if field.fault else "second")

    def _hint(self, field: Field) -> str:
        return "" if self._masked or field.detail in {"Open", "API"} or "/" in field.detail else told(field.detail)

    def _make(self, fields: Sequence[Field]) -> None:
        layout = self.layout()
        old = self._body
        self._body = QWidget()
        if layout is not None:
            layout.replaceWidget(old, self._body)
        old.deleteLater()
        self.rows, self._fields = {}, {}
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, Space.XS, 0, 0)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(2, 1)
        for number, field in enumerate(fields):
            title = self._title(field)
            edit = _line(self._theme, self._width, title)
            edit.editingFinished.connect(partial(self._edited, _key(field.ref)))
            name = label(self._theme, Type.TEXT, text=title)
            name.setBuddy(edit)
            name.setWordWrap(self._masked)
            hint = label(self._theme, Type.SECOND, "second")
            hint.setWordWrap(True)
            grid.addWidget(name, number, 0)
            grid.addWidget(edit, number, 1)
            if self._masked:
                edit.setEchoMode(QLineEdit.EchoMode.Password)
                grid.addWidget(self._reveal(edit, title), number, 2, Qt.AlignmentFlag.AlignLeft)
            else:
                edit.setToolTip(field.detail if "/" in field.detail else "")
                grid.addWidget(hint, number, 2)
            self.rows[_key(field.ref)] = _Row(edit, name, hint)

    def _title(self, field: Field) -> str:
        if self._masked:
            return tr("{service}: {name}", service=field.title, name=field.detail)
        if field.detail == "API":
            return tr("{service}, API", service=field.title)
        if not field.detail:
            return tr("{service}, port {port}", service=field.title, port=field.default)
        return told(field.title)

    def _reveal(self, edit: QLineEdit, title: str) -> QPushButton:
        made = button(self._theme, tr("Show"), "small")
        made.setCheckable(True)
        made.setAccessibleName(tr("Show {name}", name=title))

        def reveal(shown: bool) -> None:
            edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
            made.setText(tr("Hide") if shown else tr("Show"))

        made.toggled.connect(reveal)
        return made

    def _edited(self, key: str) -> None:
        field = self._fields.get(key)
        value = self.rows[key].edit.text().strip()
        if field is not None and value != field.value:
            self._call(field.ref, value)


class _Speech(QFrame):
    """Speech models by checkbox, with what they need together."""

    def __init__(self, theme: Theme, call: Callable[[FieldRef, str], None]) -> None:
        super().__init__()
        self._theme = theme
        self._call = call
        self._shown: tuple[tuple[FieldRef, str], ...] = ()
        self.boxes: dict[str, QCheckBox] = {}
        self.setProperty("surface", "card")
        inside = _inside(self)
        inside.addWidget(label(theme, Type.STRONG, text=tr("Speech models")))
        self._sum = label(theme, Type.SECOND, "second")
        self._sum.setWordWrap(True)
        inside.addWidget(self._sum)
        self._body = QWidget()
        inside.addWidget(self._body)

    def show_speech(self, models: Sequence[SpeechChoice], need: int) -> None:
        """Show what is on, and what that needs."""
        self.setVisible(bool(models))
        by_family: dict[str, list[SpeechChoice]] = {}
        for model in models:
            by_family.setdefault(model.family or tr("Others"), []).append(model)
        shown = tuple((model.ref, family) for family, members in by_family.items() for model in members)
        if shown != self._shown:
            self._shown = shown
            self._make(by_family)
        on = [model for model in models if model.on]
        for model in models:
            box = self.boxes[model.name]
            box.setChecked(model.on)
            # A list of models that is empty keeps the engine from starting.
            box.setEnabled(not model.on or len(on) > 1)
        set_text(self._sum, tr("Those that are on need about {need} of memory.", need=size(need)))

    def _make(self, by_family: dict[str, list[SpeechChoice]]) -> None:
        layout = self.layout()
        old = self._body
        self._body = QWidget()
        if layout is not None:
            layout.replaceWidget(old, self._body)
        old.deleteLater()
        self.boxes = {}
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, Space.XS, 0, 0)
        inside.setSpacing(Space.XS)
        for family, members in by_family.items():
            inside.addWidget(label(self._theme, Type.SECOND_STRONG, text=family))
            if members[0].detail:
                inside.addWidget(label(self._theme, Type.SECOND, "second", told(members[0].detail)))
            columns = 2 if max(len(model.name) for model in members) < _LONG else 1
            grid = QGridLayout()
            grid.setHorizontalSpacing(Space.L)
            grid.setVerticalSpacing(0)
            for number, model in enumerate(members):
                box = QCheckBox(model.name)
                box.clicked.connect(lambda on, ref=model.ref: self._call(ref, "on" if on else ""))
                self.boxes[model.name] = box
                grid.addWidget(box, number // columns, number % columns)
            grid.setColumnStretch(columns, 1)
            inside.addLayout(grid)


def _speech_need(form: Form) -> int:
    """Return what the speech models that are on take, as the memory planner counts it."""
    return sum(group.size for group in form.chosen.speech) if form.chosen is not None else 0


def _section(theme: Theme, title: str) -> tuple[QFrame, QVBoxLayout]:
    frame = card()
    inside = _inside(frame)
    inside.addWidget(label(theme, Type.STRONG, text=title))
    return frame, inside


def _inside(frame: QFrame) -> QVBoxLayout:
    inside = QVBoxLayout(frame)
    inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
    inside.setSpacing(Space.XS)
    return inside


def _line(theme: Theme, width: int, name: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setFixedWidth(theme.scaled(width))
    return made


def _key(ref: FieldRef) -> str:
    """Return what a field is found by: a variable of the stack by its name, others with their folder."""
    return ref.key if ref.file.name == ".env" and ref.key != "HF_TOKEN" else f"{ref.file.parent.name}:{ref.key}"


def _fill(field: QLineEdit, text: str) -> None:
    """Show a value, but never under the hands of somebody who is typing."""
    if field.text() != text and not (field.hasFocus() and field.isModified()):
        field.setText(text)
