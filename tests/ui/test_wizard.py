"""The set-up's pages: what each says, what can be pressed on it, and what comes of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import EngineState, Problem
from harmony_desktop.control.wizard import EVERYBODY, PAGES, Page, WizardState
from harmony_desktop.ui.first_run import FirstRunPage
from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.main_window import MODELS, STACK

from .conftest import Panel, child

Make = Callable[..., Panel]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NAMES = [name for name in gallery() if name.startswith("set-up-")]


def first_run(panel: Panel) -> FirstRunPage:
    return child(panel.window, FirstRunPage)


def words(parent: QWidget) -> str:
    return "\n".join(label.text() for label in parent.findChildren(QLabel) if label.isVisible())


def shown(panel: Panel) -> WizardState:
    return panel.intents.wizard.store.value


@pytest.mark.parametrize("name", NAMES)
def test_every_page_fits_the_smallest_window_and_can_be_read_out(panel: Make, name: str) -> None:
    made = panel(name)
    made.window.resize(900, 560)
    QApplication.processEvents()
    page = first_run(made).page(shown(made).page)
    inner = page.widget()
    assert inner is not None
    assert inner.width() <= page.viewport().width()
    for field in page.findChildren(QLineEdit):
        assert field.accessibleName()
    assert not made.window.grab().isNull()


def test_through_all_pages_by_keyboard(panel: Make, qtbot: QtBot) -> None:
    made = panel("set-up-welcome")
    run = first_run(made)
    made.window.activateWindow()
    run.next.setFocus()
    for page in PAGES[1 : PAGES.index(Page.START) + 1]:
        QTest.keyClick(made.window, Qt.Key.Key_Return)
        assert shown(made).page is page
        qtbot.waitUntil(lambda: run.next.hasFocus() or not run.next.isEnabled())
    assert "This is what will be done. Nothing has been written or fetched yet." in words(made.window)
    made.button("Prepare and start").click()
    assert made.calls()[-1] == ("prepare_set_up", True)
    for page in reversed(PAGES[: PAGES.index(Page.START)]):
        run.back.click()
        assert shown(made).page is page
    assert not run.back.isVisible()


def test_the_steps_tell_where_one_is_and_lead_back(panel: Make) -> None:
    made = panel("set-up-ports")
    steps = first_run(made).steps
    assert steps.buttons[Page.PORTS].isChecked()
    assert steps.buttons[Page.MACHINE].isEnabled()
    assert not steps.buttons[Page.PROOF].isEnabled()
    steps.buttons[Page.MACHINE].click()
    assert shown(made).page is Page.MACHINE
    assert not steps.leave.isVisible()  # there is no stack to go to yet


def test_without_docker_one_can_go_on_later(panel: Make) -> None:
    made = panel("set-up-no-engine")
    run = first_run(made)
    assert not run.next.isEnabled()
    assert "Docker is missing" in words(made.window)
    made.button("Install it now").click()
    assert made.calls()[-1] == ("install",)
    run.later.click()
    assert shown(made).page is Page.MACHINE
    assert Page.ENGINE not in shown(made).progress.done


def test_docker_that_appears_is_seen_by_itself(panel: Make) -> None:
    made = panel("set-up-no-engine")
    made.change(engine=EngineState(EngineStatus.READY, "28.5.2"))
    assert "Docker is ready" in words(made.window)
    assert first_run(made).next.isEnabled()
    assert not [label for label in made.window.findChildren(QPlainTextEdit) if label.isVisible()]


def test_what_the_installer_says_is_seen(panel: Make) -> None:
    made = panel("set-up-installing")
    log = child(made.window, QPlainTextEdit)
    assert "Unpacking docker-ce" in log.toPlainText()
    assert log.accessibleName()
    made.button("Cancel").click()
    assert made.calls()[-1] == ("cancel_install",)
    store = made.intents.wizard.store
    install = replace(store.value.install, lines=(*store.value.install.lines, "Setting up docker-ce ..."))
    store.set(replace(store.value, install=install))
    assert log.toPlainText().endswith("Setting up docker-ce ...")


def test_a_failed_installation_says_why(panel: Make) -> None:
    made = panel("set-up-install-failed")
    assert "Could not get lock" in words(made.window)
    assert made.button("Install it again").isEnabled()


def test_the_toolkits_commands_are_copied(panel: Make) -> None:
    made = panel("set-up-no-toolkit")
    made.button("Copy the commands").click()
    assert "nvidia-ctk runtime configure --runtime=docker" in QGuiApplication.clipboard().text()
    made.button("Look again").click()
    assert ("look_at_machine",) in made.calls()
    made.button("NVIDIA card").click()
    assert shown(made).choices.hardware == "nvidia"


def test_a_folder_is_typed(panel: Make, tmp_path: Path) -> None:
    made = panel("set-up-folder")
    field = child(first_run(made).page(Page.FOLDER), QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, str(tmp_path))
    assert shown(made).choices.folder == str(tmp_path)


def test_a_folder_that_is_none_holds_one_up(panel: Make) -> None:
    made = panel("set-up-bad-place")
    assert "You may not create files in /opt." in words(made.window)
    assert not first_run(made).next.isEnabled()


def test_taking_over_is_shown_and_asked(panel: Make) -> None:
    made = panel("set-up-quickstart")
    assert "harmony-link/harmony-user.key" in words(made.window)
    assert not first_run(made).next.isEnabled()
    box = next(b for b in made.window.findChildren(QCheckBox) if b.isVisible())
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert shown(made).choices.adopt
    assert first_run(made).next.isEnabled()


def test_voices_are_chosen_against_the_memory(panel: Make) -> None:
    made = panel("set-up-tight-memory")
    assert "it does not fit" in words(made.window)
    for box in made.window.findChildren(QCheckBox):
        if box.isVisible() and box.isChecked() and "medium" in box.text():
            box.click()
    assert shown(made).choices.speech == {"fw:medium": False}
    assert "it does not fit" not in words(made.window)


def test_ports_and_access(panel: Make) -> None:
    made = panel("set-up-held-ports")
    assert "held by AirPlay Receiver" in words(made.window)
    assert "None of the services asks for a password" in words(made.window)
    made.button("Use the free ports").click()
    assert made.calls()[-1] == ("use_offered_ports",)
    field = next(f for f in made.window.findChildren(QLineEdit) if f.accessibleName() == "Port of Speech UI: web page")
    field.selectAll()
    QTest.keyClicks(field, "9090")
    assert shown(made).choices.ports["HARMONY_SPEECH_UI_PORT"] == 9090
    here = next(b for b in made.window.findChildren(QRadioButton) if b.text() == "Only this computer")
    assert shown(made).wanted_address == EVERYBODY
    here.click()
    assert "None of the services asks for a password" not in words(made.window)


def test_a_download_can_be_cancelled_and_gone_on_with(panel: Make) -> None:
    made = panel("set-up-pulling")
    made.button("Cancel").click()
    assert made.calls()[-1] == ("cancel",)
    made.change(operation=None)
    made.button("Start Harmony").click()
    assert made.calls()[-1] == ("start", ())


def test_the_lights_of_the_services_are_seen(panel: Make) -> None:
    made = panel("set-up-started")
    assert {"Harmony is ready", "Harmony Link", "Speech Engine", "Ready"} <= set(words(made.window).splitlines())
    first_run(made).next.click()
    assert shown(made).page is Page.PROOF
    made.button("Try it").click()
    assert made.calls()[-1] == ("prove", "")


def test_the_sentence_is_opened_in_the_systems_player(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    made = panel("set-up-proved")
    made.button("Listen").click()
    assert [url.toLocalFile() for url in opened] == ["/home/you/Harmony/.harmony/hello.wav"]
    made.button("Finish").click()
    assert made.calls()[-1] == ("finish_set_up",)


def test_what_failed_leads_on(panel: Make) -> None:
    made = panel("set-up-proof-failed")
    made.button("Try again: A voice speaks").click()
    assert made.calls()[-1] == ("prove", "12080")
    made.button("Choose a model").click()
    assert made.calls()[-1] == ("leave_set_up",)
    made.change(setting_up=False)
    assert made.window.page == MODELS


def test_leaving_shows_the_stack(panel: Make) -> None:
    made = panel("set-up-started")
    assert not made.window.navigation.isVisible()
    first_run(made).steps.leave.click()
    assert made.calls()[-1] == ("leave_set_up",)
    made.change(setting_up=False)
    assert made.window.page == STACK
    assert made.window.navigation.isVisible()


def test_a_fault_is_told_above_the_page(panel: Make) -> None:
    made = panel("set-up-start")
    store = made.intents.wizard.store
    store.set(
        replace(store.value, problem=Problem("The folder cannot be written", "permission denied", "Choose another."))
    )
    assert "permission denied" in words(made.window)
    child(first_run(made).fault, QToolButton).click()
    assert "permission denied" not in words(made.window)
