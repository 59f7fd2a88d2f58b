"""What the window says where the trouble of one service began in another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from harmony_desktop.ui.gallery import LINK, SPEECH, SPEECH_UI
from harmony_desktop.ui.stack_page import StackPage

from .conftest import Panel, child

Make = Callable[..., Panel]
OOM = "the graphics card ran out of memory: 2.32 GiB more were needed"


def stack(panel: Panel) -> StackPage:
    return child(panel.window, StackPage)


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_the_banner_tells_of_the_root_and_acts_there(panel: Make) -> None:
    shown = panel("root-cause")
    banner = stack(shown).sections.fault
    told = texts(banner)
    assert f"Speech Engine failed: {OOM}" in told
    assert "Choose a smaller model" in told
    assert "CUDA out of memory" in told
    assert "Speech UI failed because of that." in told
    assert "Harmony Link is limited." in texts(shown.window)
    QTest.mouseClick(shown.button("Restart Speech Engine", banner), Qt.MouseButton.LeftButton)
    assert shown.calls() == [("restart", (SPEECH,))]


def test_one_that_was_stopped_is_started_rather_than_the_one_that_suffers(panel: Make) -> None:
    shown = panel("root-stopped")
    banner = stack(shown).sections.fault
    assert "Speech UI failed: it could not reach Speech Engine, which is stopped" in texts(banner)
    QTest.mouseClick(shown.button("Start Speech Engine", banner), Qt.MouseButton.LeftButton)
    assert shown.calls() == [("start", (SPEECH,))]


def test_a_loop_is_red_though_the_container_runs(panel: Make) -> None:
    shown = panel("loop")
    assert "Speech Engine failed: restarts in a loop: 4 times in 3 minutes" in texts(stack(shown).sections.fault)
    rows = stack(shown).sections.services.rows
    assert rows[SPEECH].light.accessibleName() == "Speech Engine: failed"
    assert rows[LINK].light.accessibleName() == "Harmony Link: limited"


@pytest.mark.parametrize(("name", "begins"), [("root-cause", "It could not"), ("loop", "Speech Engine")])
def test_a_row_says_what_is_wrong_in_the_place_of_what_it_is_for(panel: Make, name: str, begins: str) -> None:
    shown = panel(name)
    row = stack(shown).sections.services.rows[SPEECH_UI]
    assert begins in texts(row)
    assert "Tune and try voices" not in texts(row)
    shown.replay("ready")
    assert "Tune and try voices" in texts(row)
