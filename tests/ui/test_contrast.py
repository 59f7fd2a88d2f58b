"""Contrast as it is on the screen: every label of every page, in every scheme, on the ground that it stands on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.gallery_stage import arrange
from harmony_desktop.ui.lights import LightWidget
from harmony_desktop.ui.theme import DARK, DARK_HIGH_CONTRAST, LIGHT, LIGHT_HIGH_CONTRAST, Colours, Theme, contrast

from .conftest import Panel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

Make = Callable[..., Panel]
AA_TEXT, AAA_TEXT = 4.5, 7.0
SCHEMES = {
    "light": LIGHT,
    "dark": DARK,
    "light-high": LIGHT_HIGH_CONTRAST,
    "dark-high": DARK_HIGH_CONTRAST,
}
#: One recording for each page, card, banner and dialog that has words of its own.
STATES = (
    *("out-of-memory", "details-failed", "details-limited", "pulling", "updates", "engine-absent", "first-run-cpu"),
    *("hardware", "settings", "logs", "notes", "adjust", "adjust-preview", "clean-up", "quit-question", "keys"),
)


def labels(window: QWidget) -> Iterator[QLabel]:
    for made in window.findChildren(QLabel):
        if made.isVisible() and made.isEnabled() and made.text().strip() and not isinstance(made, LightWidget):
            yield made


def ground(picture: QImage, window: QWidget, widget: QWidget) -> str:
    """The colour that most of a label's place has."""
    place = widget.visibleRegion().boundingRect()
    if place.height() < widget.height():
        return ""  # scrolled out of sight
    place.moveTopLeft(widget.mapTo(window, place.topLeft()))
    spots = ((x, y) for y in range(place.top(), place.bottom(), 2) for x in range(place.left(), place.right(), 3))
    [(colour, _)] = Counter(picture.pixel(x, y) & 0xFFFFFF for x, y in spots).most_common(1)
    return f"#{colour:06x}"


def look(panel: Panel, widget: QWidget) -> QImage:
    """A widget as it is in its window, on the ground that lies below it."""
    return panel.window.grab(QRect(widget.mapTo(panel.window, QPoint()), widget.size())).toImage()


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_label_can_be_read(panel: Make, monkeypatch: pytest.MonkeyPatch, scheme: str, name: str) -> None:
    colours: Colours = SCHEMES[scheme]
    monkeypatch.setattr(Theme, "_pick", lambda _self: colours)
    shown = panel(name)
    shown.window.resize(1400, 3000)  # nothing is scrolled out of sight
    arrange(shown.ui, shown.intents, gallery()[name])
    QApplication.processEvents()
    windows = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.isWindow()]
    checked = 0
    for window in windows:
        picture = window.grab().toImage()
        for made in labels(window):
            below = ground(picture, window, made)
            if not below or made.property("tone") in {"code", "badge", "update", "held"}:
                continue  # they have a ground of their own: test_theme.py
            colour = made.palette().color(made.foregroundRole()).name()
            wanted = AAA_TEXT if scheme.endswith("high") else AA_TEXT
            assert contrast(colour, below) >= wanted, f"“{made.text()}”: {colour} on {below}"
            checked += 1
    assert checked > 5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_has_the_focus_is_told_by_a_ring(panel: Make, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """The ring differs from what was there before, by 3 : 1, around every kind of control."""
    monkeypatch.setattr(Theme, "_pick", lambda _self: SCHEMES[scheme])
    shown = panel("settings")
    shown.window.activateWindow()
    shown.window.resize(1200, 3600)  # nothing is scrolled
    for page in ("stack", "settings", "hardware"):
        shown.window.show_page(page)
        QApplication.processEvents()
        kinds: set[object] = set()
        for made in shown.window.findChildren(QAbstractButton):
            kind = (type(made), made.property("kind"), made.isChecked())
            if kind in kinds or not made.isVisible() or not made.isEnabled() or not made.focusPolicy().value & 1:
                continue
            kinds.add(kind)
            without = look(shown, made)
            made.setFocus(Qt.FocusReason.TabFocusReason)
            QApplication.processEvents()
            if not made.hasFocus():
                continue
            with_ring = look(shown, made)
            steps = [
                contrast(with_ring.pixelColor(x, y).name(), without.pixelColor(x, y).name())
                for x in range(without.width())
                for y in (0, 1, without.height() // 2)
            ]
            assert max(steps) >= 3.0, f"{kind} “{made.accessibleName() or made.text()}”"
            made.clearFocus()
        assert kinds
