"""Changes of configuration files that are not saved when the panel is about to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from harmony_desktop.control.config_desk import ConfigState, Configuring
from harmony_desktop.ui.config_questions import SAVE, FileQuestion, ask_about_unsaved
from harmony_desktop.ui.theme import Theme


def settle_unsaved(
    theme: Theme, window: QWidget, desk: Configuring, names: Sequence[str], then: Callable[[], None]
) -> FileQuestion | None:
    """Ask what becomes of the changes; go on when that is settled.

    Args:
        theme: The looks.
        window: The window.
        desk: What holds the changes.
        names: The files.
        then: Called once all is saved, or thrown away. Not called when the user thinks better of it, or when something
            could not be saved: the page shows why.

    Returns:
        The question, None where it is being asked already.
    """
    open_one = window.findChild(FileQuestion)
    if open_one is not None:
        open_one.raise_()
        open_one.activateWindow()
        return None
    question = ask_about_unsaved(theme, window, names)

    def answered(name: str) -> None:
        if name == SAVE:
            _save(desk, then)
        else:
            desk.discard()
            then()

    question.answered.connect(answered)
    question.open()
    question.raise_()
    question.activateWindow()
    return question


def _save(desk: Configuring, then: Callable[[], None]) -> None:
    desk.settle()
    stop: list[Callable[[], None]] = []

    def follow(state: ConfigState) -> None:
        if state.dirty and state.fault is None:
            return
        while stop:
            stop.pop()()
        if not state.dirty:
            then()

    stop.append(desk.store.subscribe(follow))
    desk.save_all()
