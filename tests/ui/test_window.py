"""The window in every recorded state, driven as a user would."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QRadioButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Light, Problem
from harmony_desktop.ui import stack_page
from harmony_desktop.ui.gallery import LINK, SPEECH, SPEECH_UI, TEXT, gallery
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import LightWidget
from harmony_desktop.ui.main_window import CHECKUP, CONFIGURATION, HARDWARE, LOGS, MODELS, SETTINGS, STACK
from harmony_desktop.ui.profile_choice import ProfileChoice
from harmony_desktop.ui.settings import Key
from harmony_desktop.ui.stack_page import StackPage
from harmony_desktop.ui.wording import spoken_state

from .conftest import Panel, child

Make = Callable[..., Panel]


def texts(widget: QWidget) -> list[str]:
    return [made.text() for made in widget.findChildren(QLabel) if made.isVisible() and made.text()]


def stack(panel: Panel) -> StackPage:
    page = panel.window.widget(STACK)
    assert isinstance(page, StackPage)
    return page


def click(panel: Panel, name: str) -> None:
    QTest.mouseClick(panel.button(name), Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("name", gallery())
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_paints_and_names_its_lights(panel: Make, qtbot: QtBot, name: str, scheme: str) -> None:
    shown = panel(name, appearance__scheme=scheme)
    assert not shown.window.grab().isNull()
    # The set-up has no lights of services, even where there are some.
    services = shown.state.services if shown.window.page == STACK else ()
    wanted = {spoken_state(service): service.light for service in services}

    def lights() -> dict[str, Light | None]:
        found = shown.window.findChildren(LightWidget)
        return {light.accessibleName(): light.light for light in found if light.isVisible()}

    # A long list is made in several turns of the loop.
    qtbot.waitUntil(lambda: wanted.items() <= lights().items())


@pytest.mark.parametrize(
    ("name", "enabled"),
    [
        ("stopped", {"Start"}),
        ("ready", {"Stop", "Restart", "Open Harmony Link"}),
        ("partly", {"Start", "Stop", "Restart", "Start Speech UI"}),
        ("pulling", {"Cancel"}),
        ("stopping", {"Cancel"}),
        ("engine-stopped", {"Try again"}),
        ("out-of-memory", {"Stop", "Restart", "Show log", "Restart Speech Engine"}),
        ("first-run", {"Begin"}),
    ],
)
def test_buttons_that_can_be_pressed(panel: Make, name: str, enabled: set[str]) -> None:
    interesting = {"Start", "Stop", "Restart", "Cancel", "Try again", "Begin"} | enabled
    assert panel(name).buttons() & interesting == enabled


@pytest.mark.parametrize(
    ("name", "button", "call"),
    [
        ("stopped", "Start", ("start", ())),
        ("ready", "Stop", ("stop", ())),
        ("ready", "Restart", ("restart", ())),
        ("pulling", "Cancel", ("cancel",)),
        ("engine-denied", "Try again", ("retry_engine",)),
        ("partly", "Start Speech UI", ("start", (SPEECH_UI,))),
    ],
)
def test_presses_become_intents(panel: Make, name: str, button: str, call: tuple[object, ...]) -> None:
    shown = panel(name)
    click(shown, button)
    assert shown.calls() == [call]


def test_the_remedy_of_a_fault(panel: Make) -> None:
    shown = panel("out-of-memory")
    banner = stack(shown).sections.fault
    QTest.mouseClick(shown.button("Restart Speech Engine", banner), Qt.MouseButton.LeftButton)
    assert shown.calls() == [("restart", (SPEECH,))]
    assert "The Speech Engine ran out of memory" in texts(banner)


def test_a_problem_can_be_put_away(panel: Make) -> None:
    shown = panel("ready")
    shown.change(problem=Problem("Port 8080 is taken", "Another program holds it.", "Close it."))
    assert "Port 8080 is taken" in texts(shown.window)
    dismiss = next(b for b in stack(shown).sections.fault.findChildren(QWidget) if b.accessibleName() == "Dismiss")
    QTest.mouseClick(dismiss, Qt.MouseButton.LeftButton)
    assert shown.calls() == [("dismiss_problem",)]
    assert not stack(shown).sections.fault.isVisible()


def test_show_log_leads_to_the_log_of_that_service(panel: Make) -> None:
    shown = panel("out-of-memory")
    click(shown, "Show log")
    assert shown.window.page == LOGS
    assert shown.window._log_page().view.lines.filter.services == {SPEECH}


def test_pages_open_in_the_browser(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    monkeypatch.setattr(stack_page, "QDesktopServices", QDesktopServices)
    shown = panel("ready")
    row = stack(shown).sections.services.rows[TEXT]
    QTest.mouseClick(shown.button("Open Text Generation", row), Qt.MouseButton.LeftButton)
    QTest.mouseClick(shown.button("Open API of Text Generation", row), Qt.MouseButton.LeftButton)
    assert opened == ["http://127.0.0.1:7860/", "http://127.0.0.1:5000/docs"]


def test_the_menu_of_a_service(panel: Make) -> None:
    shown = panel("ready")
    menu = stack(shown).sections.services.rows[LINK].menu()
    actions = {action.text(): action for action in menu.actions() if action.text()}
    wanted = ["Stop", "Restart", "Details", "Show log", "Adjust…", "Open Harmony Link"]
    assert list(actions) == [*wanted, "Copy http://127.0.0.1:28080/"]
    actions["Stop"].trigger()
    actions["Restart"].trigger()
    actions["Copy http://127.0.0.1:28080/"].trigger()
    assert shown.calls() == [("stop", (LINK,)), ("restart", (LINK,))]
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:28080/"


def test_the_menu_of_a_stopped_service_and_during_an_operation(panel: Make) -> None:
    shown = panel("partly")
    menu = stack(shown).sections.services.rows[SPEECH_UI].menu()
    assert [a.text() for a in menu.actions() if a.text()] == ["Start", "Details", "Show log", "Adjust…"]
    shown.replay("stopping")
    menu = stack(shown).sections.services.rows[LINK].menu()
    assert not any(a.isEnabled() for a in menu.actions() if a.text() in {"Stop", "Restart"})


def test_the_map_leads_to_the_details_and_marks_the_row(panel: Make) -> None:
    shown = panel("ready")
    node = next(n for n in stack(shown).sections.map.findChildren(QWidget) if n.accessibleName() == "Speech Engine")
    QTest.mouseClick(node, Qt.MouseButton.LeftButton)
    assert stack(shown).sections.services.rows[SPEECH].property("marked") == "yes"
    assert "Harmony Link calls Text Generation and Speech Engine." in stack(shown).sections.map.accessibleDescription()


def test_a_change_is_shown_at_once(panel: Make) -> None:
    shown = panel("ready")
    shown.replay("out-of-memory")
    assert "Harmony cannot speak" in texts(shown.window)
    assert stack(shown).sections.services.rows[SPEECH].light.accessibleName() == "Speech Engine: failed"
    assert stack(shown).sections.services.rows[SPEECH].light.light is Light.FAILED


def test_rows_keep_their_places_when_values_change(panel: Make) -> None:
    shown = panel("ready")
    rows = stack(shown).sections.services.rows
    kept = dict(rows)

    def places() -> dict[str, list[int]]:
        parts = {name: [row.light, *row.findChildren(ElidedLabel)] for name, row in rows.items()}
        return {name: [part.mapTo(row, QPoint()).x() for part in parts[name]] for name, row in rows.items()}

    before, heights = places(), [row.height() for row in rows.values()]
    shown.replay("degraded")
    QApplication.processEvents()
    assert rows == kept
    assert places() == before
    assert [row.height() for row in rows.values()] == heights


def test_progress_tells_steps_and_bytes(panel: Make) -> None:
    shown = panel("pulling")
    words = texts(stack(shown).sections.progress)
    assert "Downloading 3 images" in words
    assert "21 MB/s · over 6 min left · 2 of 14 steps" in words
    assert "1.2 of 5.9 GB" in words
    [note] = texts(stack(shown).sections.notes)
    assert "make sure that it has that much room" in note
    shown.replay("cancelling")
    assert "Cancelling…" in texts(stack(shown).sections.progress)
    shown.replay("ready")
    assert not stack(shown).sections.progress.isVisible()


def test_usage_is_watched_only_while_the_page_is_seen(panel: Make) -> None:
    shown = panel("ready")
    watched = [call for call in shown.intents.calls if call[0] == "watch_usage"]
    assert watched[-1] == ("watch_usage", True)
    assert "182 MB" in texts(shown.window)
    shown.window.show_page(LOGS)
    assert shown.intents.calls[-1] == ("watch_usage", False)
    shown.window.show_page(STACK)
    assert ("watch_usage", True) in shown.intents.calls[-2:]
    shown.window.hide()
    assert ("watch_usage", False) in shown.intents.calls[-2:]
    assert ("set_visible", False) in shown.intents.calls[-2:]


@pytest.mark.parametrize("name", ["starting", "planning", "ready", "engine-searching"])
@pytest.mark.parametrize("page", [STACK, LOGS, HARDWARE, CHECKUP, SETTINGS])
def test_a_hidden_or_minimised_window_does_nothing(panel: Make, name: str, page: str) -> None:
    shown = panel(name)
    shown.window.show_page(page)
    for rest in (shown.window.hide, shown.window.showMinimized):
        shown.window.showNormal()
        QApplication.processEvents()
        rest()
        QApplication.processEvents()
        shown.intents.logs.append(LINK, [(1, "a line while nobody looks")])
        shown.replay("starting")
        active = [t for t in shown.window.findChildren(QTimer) if t.isActive()]
        assert not active
        assert not shown.window.turning.active


def test_rings_turn_only_where_one_is_seen(panel: Make) -> None:
    shown = panel("ready")

    def turns() -> bool:
        return shown.window.turning.active

    assert not turns()
    shown.replay("starting")
    assert turns()
    shown.window.show_page(SETTINGS)
    assert not turns()
    shown.window.show_page(STACK)
    assert turns()
    shown.replay("ready")
    assert not turns()


def test_pages_are_made_when_they_are_wanted(panel: Make) -> None:
    shown = panel("ready")
    assert set(shown.window._pages) == {STACK}
    QTest.keyClick(shown.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert set(shown.window._pages) == {STACK, HARDWARE}


def test_keyboard_shortcuts(panel: Make) -> None:
    shown = panel("ready")
    control = Qt.KeyboardModifier.ControlModifier
    for key, page in (
        (Qt.Key.Key_2, LOGS),
        (Qt.Key.Key_3, HARDWARE),
        (Qt.Key.Key_4, CONFIGURATION),
        (Qt.Key.Key_5, CHECKUP),
        (Qt.Key.Key_6, MODELS),
        (Qt.Key.Key_7, SETTINGS),
        (Qt.Key.Key_1, STACK),
    ):
        QTest.keyClick(shown.window, key, control)
        assert shown.window.page == page
    QTest.keyClick(shown.window, Qt.Key.Key_F, control)
    assert shown.window.page == LOGS
    QTest.keyClick(shown.window, Qt.Key.Key_F5)
    assert shown.calls()[-2:] == [("retry_engine",), ("look_at_machine",)]


def test_every_button_can_be_reached_by_tab(panel: Make, qtbot: QtBot) -> None:
    shown = panel("partly")
    shown.window.activateWindow()
    qtbot.waitUntil(shown.window.isActiveWindow)
    names: set[str] = set()
    widget: QWidget = shown.window
    for _ in range(120):
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget() or widget
        names.add(widget.accessibleName() or getattr(widget, "text", str)())
    assert names >= {
        "Start",
        "Stop",
        "Restart",
        "Stack",
        "All logs",
        "Start Speech UI",
        "More for Speech Engine",
    }


def test_arrows_go_through_the_pages(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.activateWindow()
    qtbot.waitUntil(shown.window.isActiveWindow)
    shown.button("Stack").setFocus()
    QTest.keyClick(shown.button("Stack"), Qt.Key.Key_Down)
    assert shown.window.focusWidget() is shown.button("Logs")
    QTest.keyClick(shown.button("Logs"), Qt.Key.Key_Space)
    assert shown.window.page == LOGS


def test_enter_presses_the_button_in_focus(panel: Make) -> None:
    shown = panel("stopped")
    shown.button("Start").setFocus()
    QTest.keyClick(shown.button("Start"), Qt.Key.Key_Space)
    assert shown.calls() == [("start", ())]


def test_everything_that_can_be_pressed_has_a_name(panel: Make) -> None:
    for name in ("ready", "out-of-memory", "pulling", "first-run", "notes"):
        shown = panel(name)
        for page in [] if name == "first-run" else [STACK, LOGS, HARDWARE, CHECKUP, SETTINGS]:
            shown.window.show_page(page)
        for kind in (LightWidget, QLineEdit):
            for made in shown.window.findChildren(kind):
                assert made.accessibleName() or not made.isVisible()
        for button in shown.window.findChildren(QWidget):
            if button.isVisible() and button.focusPolicy() & Qt.FocusPolicy.TabFocus and hasattr(button, "text"):
                assert button.accessibleName() or button.text() or isinstance(button, QLabel)


def test_size_and_page_are_remembered(panel: Make) -> None:
    shown = panel("ready")
    shown.window.resize(940, 640)
    shown.window.show_page(HARDWARE)
    shown.window.finish()
    assert shown.settings.get(Key.WINDOW_SIZE) == [940, 640]
    again = panel("ready", window__page=HARDWARE, window__size=[940, 640])
    assert again.window.page == HARDWARE


@pytest.mark.parametrize("size", [None, "big", [1], [1, "x"], [10, 10], [True, None]])
def test_odd_settings_are_survived(panel: Make, size: object) -> None:
    shown = panel("ready", window__size=size, window__page=size, appearance__scheme=size)
    assert shown.window.width() >= shown.window.minimumWidth()
    assert shown.window.page == STACK


def test_the_hardware_page(panel: Make) -> None:
    shown = panel("no-toolkit")
    shown.window.show_page(HARDWARE)
    words = texts(shown.window.widget(HARDWARE))
    assert "Harmony uses the processor" in words
    assert "NVIDIA GeForce RTX 4090" in words
    assert "24 GB memory · compute 8.9 · driver 580.65" in words
    assert any("NVIDIA Container Toolkit is missing" in text for text in words)
    click(shown, "NVIDIA card")
    click(shown, "Look again")
    assert shown.calls() == [("choose_hardware", "nvidia"), ("look_at_machine",)]


def test_the_choice_follows_the_state(panel: Make) -> None:
    shown = panel("ready-nvidia")
    shown.window.show_page(HARDWARE)
    choice = child(shown.window.widget(HARDWARE), ProfileChoice)
    assert choice.choice == "auto"
    shown.change(hardware=replace(shown.state.hardware, profile="cpu", automatic=False))
    assert choice.choice == "cpu"


def test_the_foot_tells_engine_profile_and_card(panel: Make) -> None:
    words = texts(panel("ready-nvidia").window.navigation)
    assert words[-3:] == ["Docker 28.5 · ready", "NVIDIA profile", "RTX 4090, 24 GB"]


def test_the_scheme_can_be_chosen(panel: Make) -> None:
    shown = panel("ready", appearance__scheme="light")
    shown.window.show_page(SETTINGS)
    dark = next(b for b in shown.window.findChildren(QRadioButton) if b.text() == "Dark")
    QTest.mouseClick(dark, Qt.MouseButton.LeftButton)
    assert shown.ui.theme.is_dark
    assert shown.settings.get(Key.SCHEME) == "dark"


def test_the_first_run_ends_with_a_stack(panel: Make) -> None:
    shown = panel("first-run")
    assert "Stack" not in shown.buttons()
    click(shown, "Begin")
    shown.replay("stopped")
    assert shown.window.page == STACK
    assert "Start" in shown.buttons()


def test_services_may_come_and_go(panel: Make) -> None:
    shown = panel("ready")
    for name in ("twelve", "empty", "ready", "loading", "stopped"):
        shown.replay(name)
        QApplication.processEvents()
        assert set(stack(shown).sections.services.rows) == {s.name for s in shown.state.services}
    assert not shown.window.grab().isNull()


def test_sixty_four_services(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    one = shown.state.services[0]
    many = tuple(replace(one, name=f"s{i}", title=f"Service {i}", uses=()) for i in range(64))
    shown.change(services=many)
    qtbot.waitUntil(lambda: len(stack(shown).sections.services.rows) == 64)
    assert not shown.window.grab().isNull()


@pytest.mark.parametrize("name", ["ready", "out-of-memory", "pulling", "first-run-no-engine", "twelve"])
def test_nothing_hangs_out_of_the_smallest_window(panel: Make, name: str, qtbot: QtBot) -> None:
    shown = panel(name)
    shown.window.resize(shown.window.minimumSize())
    QApplication.processEvents()
    shows = shown.window._pages[shown.window.page]
    page = shows if isinstance(shows, QScrollArea) else child(shows, QScrollArea)
    inner = page.widget()
    assert inner is not None
    qtbot.waitUntil(lambda: inner.minimumSizeHint().width() <= page.viewport().width())
    qtbot.waitUntil(lambda: inner.width() <= page.viewport().width())
    for part in inner.findChildren(QWidget):
        if part.isVisible():
            right = part.mapTo(inner, part.rect().topRight()).x()
            assert right <= inner.width(), (part, part.accessibleName())


def test_a_panel_leaves_nothing_behind(panel: Make) -> None:
    shown = panel("ready")
    shown.ui.destroy()
    before = len(shown.intents.calls)
    shown.replay("stopped")
    shown.intents.logs.append(LINK, [(1, "late")])
    QApplication.processEvents()
    assert [c for c in shown.intents.calls[before:] if c[0] not in {"watch_usage", "set_visible"}] == []
    gc.collect()
