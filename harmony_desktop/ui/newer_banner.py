"""The line that tells of newer versions of the stack’s files: what was brought, what waits, what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.ui import icons
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.i18n import join_words, told, tr, trn
from harmony_desktop.ui.style import button, label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type

if TYPE_CHECKING:
    from harmony_desktop.control.upgrade_desk import UpgradeState, Upgrading

#: Names of files that are told before the rest is counted.
_MANY = 4


class NewerWords(NamedTuple):
    """What the line says.

    Attributes:
        title: What it is about; "" where there is nothing to tell.
        text: More of it.
    """

    title: str = ""
    text: str = ""


def newer_words(state: UpgradeState) -> NewerWords:
    """Return what there is to tell of newer files."""
    if state.fault is not None:
        fault = state.fault
        return NewerWords(told(fault.title), " ".join(told(part) for part in (fault.cause, fault.advice) if part))
    if state.look.newer:
        return NewerWords(tr("This folder belongs to a newer Harmony"), told(state.look.newer))
    waiting = ""
    if state.names:
        waiting = trn(
            "{n} file that you edited has a newer version",
            "{n} files that you edited have newer versions",
            len(state.names),
        )
    if state.done:
        title = tr("{file} is dealt with", file=state.done)
        return NewerWords(title, f"{waiting}: {_listed(state.names)}." if waiting else tr("That was the last one."))
    if state.refreshed:
        return NewerWords(tr("Harmony was updated, and its files with it"), _brought(state, waiting))
    return NewerWords(waiting, _listed(state.names)) if waiting else NewerWords()


def _brought(state: UpgradeState, waiting: str) -> str:
    brought = state.refreshed
    sentences = []
    if brought.updated:
        sentences.append(tr("Up to date now, as you had not changed them: {files}.", files=_listed(brought.updated)))
    if brought.created:
        sentences.append(tr("New: {files}.", files=_listed(brought.created)))
    if brought.retired:
        sentences.append(tr("No longer needed, and kept: {files}.", files=_listed(brought.retired)))
    if brought.updated or brought.created:
        sentences.append(tr("What runs goes on as it is: they take effect at the next start."))
    if waiting:
        sentences.append(f"{waiting}: {_listed(state.names)}.")
    return "\n".join(sentences)


def _listed(names: tuple[str, ...]) -> str:
    if len(names) <= _MANY:
        return join_words(names)
    return tr("{files} and {n} more", files=", ".join(names[: _MANY - 1]), n=len(names) - _MANY + 1)


class NewerBanner(QFrame):
    """Tells of newer files; ``wanted`` asks to look at them.

    Args:
        theme: The looks.
        desk: What knows of them.
        quiet: Whether it only tells that there is something, as on a page that is about other things.
    """

    wanted = Signal()

    def __init__(self, theme: Theme, desk: Upgrading, *, quiet: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._desk = desk
        self._quiet = quiet
        self._words = NewerWords()
        self._read = NewerWords()
        self.setProperty("surface", "card")
        self._title = label(theme, Type.STRONG)
        self._title.setWordWrap(True)
        self._text = label(theme, Type.SECOND, "second")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.undo = button(theme, tr("Undo"), "small")
        self.undo.clicked.connect(lambda _checked=False: desk.undo(desk.store.value.done))
        self.review = button(theme, tr("Review…"), "small")
        self.review.setAccessibleName(tr("Review newer versions of files"))
        self.review.clicked.connect(lambda _checked=False: self.wanted.emit())
        self.close_button = tool_button(theme, tr("Dismiss"))
        self.close_button.clicked.connect(self._put_away)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        layout.addLayout(words, 1)
        for made in (self.undo, self.review, self.close_button):
            layout.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._redress)
        self._redress()
        self.setVisible(False)
        self.destroyed.connect(desk.store.subscribe(self.show_state))
        self.show_state(desk.store.value)

    def show_state(self, state: UpgradeState) -> None:
        """Show what there is to tell, or nothing."""
        words = newer_words(state)
        if self._quiet and (state.fault is not None or state.done):
            words = newer_words(replace(state, done="", fault=None))  # told where it was asked for
        self._words = words
        shown = bool(words.title) and words != self._read and state.merging is None
        if shown and self._title.text() != words.title:
            announce(self, words.title)
        set_text(self._title, words.title)
        set_text(self._text, words.text)
        self._text.setVisible(bool(words.text))
        self.setAccessibleName(words.title)
        self.setAccessibleDescription(words.text)
        self.undo.setVisible(not self._quiet and bool(state.done) and state.done in state.look.undoable)
        self.review.setVisible(bool(state.names))
        # One that stands nowhere yet would flash up as a window of its own.
        self.setVisible(shown and self.parentWidget() is not None)

    def changeEvent(self, event: QEvent) -> None:
        """Show itself when it has found its place."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ParentChange:
            self.show_state(self._desk.store.value)

    def _put_away(self, _checked: bool = False) -> None:
        self._read = self._words
        self._desk.settle()
        self.show_state(self._desk.store.value)

    def _redress(self) -> None:
        self.close_button.setIcon(icons.icon(self._theme, "close"))
