"""The details of a service: how one gets there and back, by pointer and by keyboard, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from harmony_desktop.control.service_look import ServiceLook
from harmony_desktop.ui import details_parts
from harmony_desktop.ui.details_words import image_lines
from harmony_desktop.ui.gallery import LINK, SPEECH, SPEECH_UI, TEXT
from harmony_desktop.ui.labels import NameButton
from harmony_desktop.ui.main_window import LOGS, STACK
from harmony_desktop.ui.service_details import ServiceDetails
from harmony_desktop.ui.service_row import ServiceRow
from harmony_desktop.ui.stack_map import neighbour
from harmony_desktop.ui.stack_page import StackPage

from .conftest import Panel

Make = Callable[..., Panel]


def stack(panel: Panel) -> StackPage:
    page = panel.window.widget(STACK)
    assert isinstance(page, StackPage)
    return page


def row(panel: Panel, service: str) -> ServiceRow:
    return stack(panel).sections.services.rows[service]


def name_of(panel: Panel, service: str) -> NameButton:
    found = row(panel, service).findChild(NameButton)
    assert found is not None
    return found


def sheet(panel: Panel) -> ServiceDetails:
    return panel.window.details.sheet


def words(widget: QWidget) -> str:
    shown = (made.text() for made in widget.findChildren(QLabel) if made.isVisible())
    return "\n".join(shown).replace("\u200b", "")


def tool(panel: Panel, name: str) -> QToolButton:
    return next(made for made in sheet(panel).findChildren(QToolButton) if made.accessibleName() == name)


@pytest.mark.parametrize("way", ["name", "row", "map", "menu"])
def test_a_click_leads_to_the_details(panel: Make, way: str) -> None:
    shown = panel("ready")
    if way == "name":
        QTest.mouseClick(name_of(shown, TEXT), Qt.MouseButton.LeftButton)
    elif way == "row":
        QTest.mouseClick(row(shown, TEXT), Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    elif way == "map":
        node = stack(shown).sections.map.node(TEXT)
        assert node is not None
        QTest.mouseClick(node, Qt.MouseButton.LeftButton)
    else:
        next(action for action in row(shown, TEXT).menu().actions() if action.text() == "Details").trigger()
    assert sheet(shown).isVisible()
    assert sheet(shown).accessibleName() == "Details of Text Generation"
    assert row(shown, TEXT).property("marked") == "yes"


def test_enter_opens_them_and_escape_leads_back(panel: Make) -> None:
    shown = panel("ready")
    shown.window.activateWindow()
    row(shown, SPEECH).focus_name()
    QTest.keyClick(name_of(shown, SPEECH), Qt.Key.Key_Return)
    assert sheet(shown).isVisible()
    assert QApplication.focusWidget() is sheet(shown)
    QTest.keyClick(sheet(shown), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is tool(shown, "Close the details (Esc)")
    QTest.keyClick(tool(shown, "Close the details (Esc)"), Qt.Key.Key_Escape)
    assert not sheet(shown).isVisible()
    assert QApplication.focusWidget() is name_of(shown, SPEECH)
    assert row(shown, SPEECH).property("marked") == "no"
    assert shown.intents.calls[-1] == ("look_at_service", "")


def test_they_say_what_it_is_made_of(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    monkeypatch.setattr(details_parts, "QDesktopServices", QDesktopServices)
    shown = panel("details")
    shown.window.show_details(TEXT)
    said = words(sheet(shown))
    for part in (
        "Ready, since",
        "Model Hermes 3 8B loaded",
        "harmonyai/text-generation-webui-harmony-ai-cpu:latest",
        "sha256:a11405fab50f…",
        "harmony-text-generation-webui-harmonyai-1",
        "127.0.0.1:7860 → 7860/tcp in the container",
        f"/home/you/Harmony/{TEXT}/config as /app/config (read only)",
        "7.9 GB of the graphics card’s memory",
        "2.4 GB",
    ):
        assert part in said
    tool(shown, f"Open /home/you/Harmony/{TEXT}/models").click()
    assert opened == [f"/home/you/Harmony/{TEXT}/models"]
    tool(shown, "Copy 127.0.0.1:5000").click()
    assert QGuiApplication.clipboard().text() == "127.0.0.1:5000"


def test_what_can_be_done_becomes_intents(panel: Make) -> None:
    shown = panel("ready")
    shown.window.show_details(SPEECH)
    for name in ("Stop Speech Engine", "Restart Speech Engine"):
        QTest.mouseClick(shown.button(name, sheet(shown)), Qt.MouseButton.LeftButton)
    assert shown.calls() == [("stop", (SPEECH,)), ("restart", (SPEECH,))]
    QTest.mouseClick(shown.button("Show log", sheet(shown)), Qt.MouseButton.LeftButton)
    assert shown.window.page == LOGS
    assert not sheet(shown).isVisible()
    shown.window.show_page(STACK)
    assert sheet(shown).isVisible()


def test_they_lead_to_where_a_fault_began(panel: Make) -> None:
    shown = panel("root-cause")
    shown.window.show_details(LINK)
    assert "Where it began" in words(sheet(shown))
    QTest.mouseClick(shown.button("Details of Speech Engine", sheet(shown)), Qt.MouseButton.LeftButton)
    assert sheet(shown).service == SPEECH
    assert "Failed, since" in words(sheet(shown))


def test_they_follow_the_state_and_close_with_their_service(panel: Make) -> None:
    shown = panel("ready")
    shown.window.show_details(SPEECH)
    shown.replay("out-of-memory")
    assert "It ended with exit code 137." in words(sheet(shown))
    shown.replay("engine-stopped")
    assert "Unknown" in words(sheet(shown))
    shown.change(services=tuple(s for s in shown.state.services if s.name != SPEECH))
    assert not sheet(shown).isVisible()


def test_they_stand_beside_the_page_where_there_is_room(panel: Make) -> None:
    shown = panel("ready")
    shown.window.resize(1400, 780)
    shown.window.show_details(LINK)
    QApplication.processEvents()
    edge = stack(shown).mapTo(shown.window, stack(shown).rect().topRight()).x()
    assert edge < sheet(shown).mapTo(shown.window, QPoint(0, 0)).x()
    shown.window.resize(900, 560)
    QApplication.processEvents()
    assert stack(shown).mapTo(shown.window, stack(shown).rect().topRight()).x() > sheet(shown).x()
    body = sheet(shown).parentWidget()
    assert body is not None
    assert sheet(shown).geometry().right() == body.rect().right()


def test_nothing_is_asked_while_nobody_looks(panel: Make) -> None:
    shown = panel("ready-nvidia")
    shown.window.show_details(LINK)
    assert ("watch_machine", True, "stack") in shown.intents.calls
    shown.window.showMinimized()
    shown.intents.calls.clear()
    shown.change(services=tuple(replace(s, reason="changed") for s in shown.state.services))
    assert not [call for call in shown.intents.calls if call[0] == "look_at_service"]


def test_a_service_whose_image_is_not_there_yet() -> None:
    lines = image_lines(ServiceLook("x", reference="example/x:1"))
    assert [line.text for line in lines] == ["example/x:1", "It is not on this computer yet: a start fetches it."]
    asked = image_lines(ServiceLook("x", looking=True, reference="example/x:1"))
    assert asked[-1].text == "Asking Docker…"


def test_the_map_is_one_tab_stop_and_arrows_go_through_it(panel: Make) -> None:
    shown = panel("ready")
    shown.window.activateWindow()
    drawn = stack(shown).sections.map
    nodes = {name: drawn.node(name) for name in (LINK, SPEECH_UI, TEXT, SPEECH)}
    tabbed = [n for n, node in nodes.items() if node and node.focusPolicy().value & Qt.FocusPolicy.TabFocus.value]
    assert tabbed == [LINK]
    at = nodes[LINK]
    assert at is not None
    at.setFocus(Qt.FocusReason.TabFocusReason)
    for key, name in ((Qt.Key.Key_Right, TEXT), (Qt.Key.Key_Down, SPEECH), (Qt.Key.Key_Left, SPEECH_UI)):
        QTest.keyClick(at, key)
        at = nodes[name]
        assert at is not None
        assert QApplication.focusWidget() is at
    QTest.keyClick(at, Qt.Key.Key_Return)
    assert sheet(shown).service == SPEECH_UI


def test_a_neighbour_is_what_lies_in_that_direction() -> None:
    centres = {"": (0.0, 50.0), "a": (100.0, 0.0), "b": (100.0, 100.0), "c": (200.0, 90.0)}
    assert neighbour(centres, "a", Qt.Key.Key_Down) == "b"
    assert neighbour(centres, "a", Qt.Key.Key_Left) == ""
    assert neighbour(centres, "b", Qt.Key.Key_Right) == "c"
    assert neighbour(centres, "c", Qt.Key.Key_Home) == "a"
    assert neighbour(centres, "a", Qt.Key.Key_End) == "c"
