"""Nothing flashes up while pages are made: a part that is shown before it lies in the window is a window of its own."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QMenu, QWidget

from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.gallery_stage import arrange

from .conftest import Panel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Panel]


class Watch(QObject):
    """Notes what is shown as a window and is neither the window nor a dialog or menu."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow()
        if shown and not isinstance(watched, QDialog | QMainWindow | QMenu):
            where = traceback.extract_stack(limit=3)[-2]
            self.seen.append(f"{type(watched).__name__}: {where.filename}, {where.lineno}")
        return False


@pytest.fixture
def watch(qapp: QApplication) -> Iterator[Watch]:
    made = Watch()
    qapp.installEventFilter(made)
    yield made
    qapp.removeEventFilter(made)


def test_only_the_window_is_one_while_pages_are_made(panel: Make, watch: Watch, qapp: QApplication) -> None:
    shown = panel("ready")
    shown.ui.prepare()
    for page in shown.window.navigation.buttons:
        shown.window.show_page(page)
        qapp.processEvents()
    assert watch.seen == []


@pytest.mark.parametrize("name", ["set-up-welcome", "set-up-models"])
def test_nor_while_the_wizard_turns_its_pages(panel: Make, watch: Watch, qapp: QApplication, name: str) -> None:
    shown = panel(name)
    shown.ui.prepare()
    arrange(shown.ui, shown.intents, gallery()[name])
    qapp.processEvents()
    assert watch.seen == []
