"""The Hardware page: live while it is seen, and a clean-up that shows what it would free before it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from harmony_desktop.control.disk import DiskLook
from harmony_desktop.control.meters import GpuSample, MachineSample
from harmony_desktop.ui.cleanup_dialog import CleanUpDialog
from harmony_desktop.ui.disk_card import parts
from harmony_desktop.ui.machine_cards import gpu_share_words
from harmony_desktop.ui.main_window import HARDWARE, STACK
from harmony_desktop.ui.sparkline import Sparkline

from .conftest import Panel, child

Make = Callable[..., Panel]


def shown(panel: Panel) -> set[str]:
    page = panel.window.widget(HARDWARE)
    return {made.text() for made in page.findChildren(QLabel) if made.isVisible() and made.text()}


def test_meters_run_only_while_the_page_is_seen(panel: Make) -> None:
    made = panel("ready-nvidia")
    assert ("watch_machine", True) not in made.intents.calls
    made.window.show_page(HARDWARE)
    assert made.intents.calls[-2:] == [("watch_machine", True), ("look_at_disk",)]
    made.window.show_page(STACK)
    assert made.intents.calls[-1] == ("watch_machine", False) or ("watch_machine", False) in made.intents.calls
    made.window.show_page(HARDWARE)
    assert made.intents.calls.count(("look_at_disk",)) == 1


def test_what_the_card_does_is_told_in_words_and_charts(panel: Make, qtbot: QtBot) -> None:
    made = panel("ready-nvidia")
    made.window.show_page(HARDWARE)
    made.intents.machine.set(
        MachineSample(
            cpu=41.7,
            memory=64 * 1024**3,
            memory_used=20 * 1024**3,
            gpus=(GpuSample("GPU-5a1c", "RTX", busy=87, memory=24 * 1024**3, memory_used=9 * 1024**3, temperature=64),),
            gpu_untold="The driver does not tell which process uses how much.",
        )
    )
    wanted = {"87 %", "9.0 of 24 GB", "64 °C", "not told", "42 %", "20 of 64 GB"}
    qtbot.waitUntil(lambda: wanted <= shown(made))
    assert "The driver does not tell which process uses how much." in shown(made)
    charts = {chart.accessibleName() for chart in made.window.widget(HARDWARE).findChildren(Sparkline)}
    assert "Load: 87 %" in charts


def test_services_are_named_by_their_titles_the_largest_first() -> None:
    sample = MachineSample(gpus=(GpuSample("g", "RTX"),), gpu_by_service={"a": 1024**3, "b": 3 * 1024**3})
    assert gpu_share_words(sample, {"a": "Speech Engine"}) == "Memory in use: b 3.0 GB · Speech Engine 1.0 GB"


def test_what_takes_nothing_is_left_out() -> None:
    assert parts(DiskLook()) == []


@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
def test_a_clean_up_asks_first_and_removes_only_what_is_ticked(panel: Make, qtbot: QtBot) -> None:
    made = panel("ready-nvidia")
    made.window.show_page(HARDWARE)
    QTest.mouseClick(made.button("Clean up…"), Qt.MouseButton.LeftButton)
    dialog = child(made.window, CleanUpDialog)
    assert made.calls() == []
    first, second = dialog.boxes.values()
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert not first.isChecked()
    assert any(text.text() == "Frees about 214 MB" for text in dialog.findChildren(QLabel))
    second.setChecked(False)
    assert not dialog.remove.isEnabled()
    second.setChecked(True)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert made.calls() == [("clean_up", ("sha256:bb",))]
    qtbot.waitUntil(lambda: not any(isinstance(w, CleanUpDialog) for w in QApplication.topLevelWidgets()))
