"""Rows of the models page: models that are there, and models that could be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.models import LocalModel, Suggestion, same_model
from harmony_desktop.control.models_state import ModelsState
from harmony_desktop.ui import icons
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.model_words import (
    about,
    context_of,
    fit_words,
    light_of,
    needs,
    shown_name,
    suggestion_need,
)
from harmony_desktop.ui.style import button, label, mark, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_DOT = " · "


class ModelRow(QFrame):
    """A model in the folder: what it is, whether it fits, and what can be done with it."""

    use_wanted = Signal(str)
    unload_wanted = Signal()
    delete_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._name = ""
        self.setProperty("surface", "row")
        self.setMinimumHeight(theme.scaled(66))
        self.light = LightWidget(theme, turning)
        self.title = ElidedLabel(theme, Type.STRONG)
        self._about = ElidedLabel(theme, Type.SECOND, "second")
        self.fit = ElidedLabel(theme, Type.SECOND)
        self._word = label(theme, Type.SECOND_STRONG)
        self.use = button(theme, tr("Use…"), "small")
        self.use.clicked.connect(lambda _checked=False: self.use_wanted.emit(self._name))
        self.unload = button(theme, tr("Unload"), "small")
        self.unload.clicked.connect(lambda _checked=False: self.unload_wanted.emit())
        self.delete = tool_button(theme, tr("Delete"))
        self.delete.clicked.connect(lambda _checked=False: self.delete_wanted.emit(self._name))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.M)
        layout.addWidget(self.light, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self.title, self._about, self.fit):
            words.addWidget(part)
        layout.addLayout(words, 1)
        for made in (self._word, self.use, self.unload, self.delete):
            layout.addWidget(made)
        theme.changed.connect(self._redress)
        self._redress()

    def show_model(self, model: LocalModel, state: ModelsState, *, first: bool) -> None:
        """Show a model."""
        self._name = model.name
        title = shown_name(model)
        mark(self, "first", "yes" if first else "no")
        light, word = light_of(model, state)
        self.light.show_light(light, f"{title}: {word}" if word else title, "")
        self.title.show_text(title)
        self._about.show_text(about(model))
        text, tone = fit_words(0 if model.fault else needs(model, context_of(model, state)), state.there)
        self.fit.show_text(text)
        self.fit.setVisible(bool(text))
        mark(self.fit, "tone", tone)
        set_text(self._word, word)
        mark(self._word, "tone", self._theme.light_role(light))
        free = state.going_on is None
        loaded = same_model(state.loaded.name, model.name)
        self.use.setVisible(not model.fault)
        self.use.setText(tr("Change…") if loaded else tr("Use…"))
        self.unload.setVisible(loaded)
        for made in (self.use, self.unload):
            made.setEnabled(free)
        self.use.setAccessibleName(
            tr("Change how {model} is used", model=title) if loaded else tr("Use {model}", model=title)
        )
        self.unload.setAccessibleName(tr("Unload {model}", model=title))
        self.delete.setAccessibleName(tr("Delete {model}", model=title))
        self.delete.setToolTip(tr("Delete this model"))
        self.setAccessibleName(title)

    def _redress(self) -> None:
        self.delete.setIcon(icons.icon(self._theme, "bin"))


class SuggestionRow(QFrame):
    """A model that could be downloaded."""

    wanted = Signal(str)
    licence_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._address = self._licence_page = ""
        self.setProperty("surface", "row")
        self.setMinimumHeight(theme.scaled(66))
        self.title = label(theme, Type.STRONG)
        self._first = label(theme, Type.SMALL, "update", tr("a good first model"))
        self._about = ElidedLabel(theme, Type.SECOND, "second")
        self._fit = ElidedLabel(theme, Type.SECOND)
        self.get = button(theme, tr("Download…"), "small")
        self.get.clicked.connect(lambda _checked=False: self.wanted.emit(self._address))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.M)
        words = QVBoxLayout()
        words.setSpacing(2)
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(self.title)
        top.addWidget(self._first)
        top.addStretch(1)
        words.addLayout(top)
        words.addWidget(self._about)
        words.addWidget(self._fit)
        self.licence = button(theme, tr("Licence"), "quiet")
        self.licence.clicked.connect(lambda _checked=False: self.licence_wanted.emit(self._licence_page))
        layout.addLayout(words, 1)
        layout.addWidget(self.licence)
        layout.addWidget(self.get)

    def show_suggestion(self, suggestion: Suggestion, state: ModelsState, *, first: bool) -> None:
        """Show a suggestion; the size is only about right."""
        self._address = f"{suggestion.repository}/{suggestion.file}"
        self._licence_page = suggestion.licence_page
        self.licence.setVisible(bool(suggestion.licence_page))
        self.licence.setToolTip(suggestion.licence_page)
        self.licence.setAccessibleName(tr("Licence of {model}", model=suggestion.title))
        mark(self, "first", "yes" if first else "no")
        set_text(self.title, suggestion.title)
        self._first.setVisible(suggestion.first)
        parts = (suggestion.purpose, tr("about {size}", size=size(suggestion.size)), suggestion.licence)
        self._about.show_text(_DOT.join(parts))
        text, tone = fit_words(suggestion_need(suggestion), state.there)
        self._fit.show_text(text)
        mark(self._fit, "tone", tone)
        here = state.model(suggestion.file) is not None
        self.get.setText(tr("Already here") if here else tr("Download…"))
        self.get.setAccessibleName(tr("Download {model}", model=suggestion.title))
        self.get.setEnabled(not here and state.going_on is None)
        self.setAccessibleName(suggestion.title)
