"""A desktop that turns dark (or light, or to high contrast) while the window is shown: nothing keeps an old colour."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.gallery_stage import arrange
from harmony_desktop.ui.theme import DARK, LIGHT, LIGHT_HIGH_CONTRAST, Colours, Theme

from .conftest import Panel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Panel]

STATES = ("details-limited", "pulling", "updates", "engine-stopped", "first-run-cpu", "logs", "hardware", "settings")
CHANGES = ((LIGHT, DARK), (DARK, LIGHT), (DARK, LIGHT_HIGH_CONTRAST))


def picture(panel: Panel) -> QImage:
    for _ in range(10):
        QApplication.processEvents()
    return panel.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def changed(one: QImage, other: QImage) -> float:
    """The share of pixels that differ: times of logs and turning rings do."""
    small = QSize(one.width() // 5, one.height() // 5)
    first, second = (image.scaled(small, mode=Qt.TransformationMode.FastTransformation) for image in (one, other))
    left, right = (memoryview(image.constBits()).cast("B") for image in (first, second))
    steps = range(0, len(left), 4)
    return sum(max(abs(left[i + k] - right[i + k]) for k in range(3)) > 24 for i in steps) / len(steps)


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_every_widget_takes_the_new_colours(
    panel: Make, monkeypatch: pytest.MonkeyPatch, name: str, before: Colours, after: Colours
) -> None:
    now = [before]
    monkeypatch.setattr(Theme, "_pick", lambda _self: now[0])
    shown = panel(name)
    arrange(shown.ui, shown.intents, gallery()[name])
    old = picture(shown)
    now[0] = after
    hints = QApplication.styleHints()
    hints.colorSchemeChanged.emit(hints.colorScheme())
    new = picture(shown)
    fresh = panel(name)
    arrange(fresh.ui, fresh.intents, gallery()[name])
    assert changed(old, new) > 0.5
    assert changed(new, picture(fresh)) < 0.01
