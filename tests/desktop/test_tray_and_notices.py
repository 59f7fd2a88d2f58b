"""Tray icon, its menu and the notifications, as a desktop sees them: the real panel, a session bus of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.desktop.screen import Desktop, PanelProcess
from tests.desktop.session_bus import SessionBus
from tests.lab.lab import Lab
from tests.lab.waiting import wait_until as wait_until_often

wait_until = partial(wait_until_often, pause=0.1)

pytestmark = [pytest.mark.desktop, pytest.mark.lab]


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    """A desktop without the older tray: what there is to see of the icon is on the bus."""
    folder = tmp_path / "desktop"
    folder.mkdir(mode=0o700)
    with Desktop(folder, tray=False) as running:
        yield running


@pytest.fixture
def bus(desktop: Desktop) -> Iterator[SessionBus]:
    with SessionBus(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as playing:
        yield playing


@pytest.fixture
def panel(clean_engine: Lab, desktop: Desktop, tmp_path: Path, stack_ports_free: dict[str, int]) -> Panel:
    home = tmp_path / "home"
    home.mkdir()
    made = Panel(clean_engine, home)
    made("setup", "--yes", "--folder", str(home / "Harmony"))
    return made


def open_panel(desktop: Desktop, panel: Panel, *args: str) -> PanelProcess:
    env = {**panel.environment, **panel.lab.environment}
    return PanelProcess(desktop, [sys.executable, "-m", "harmony_desktop", *args], env)


def gallery(desktop: Desktop, tmp_path: Path, name: str, *args: str) -> PanelProcess:
    """The panel in a recorded state: for what needs no engine."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    env = {**desktop.environment, "HOME": str(home)}
    return PanelProcess(desktop, [sys.executable, "-m", "harmony_desktop", "--gallery", name, *args], env)


def test_the_main_job_from_the_tray_alone(panel: Panel, desktop: Desktop, bus: SessionBus, clean_engine: Lab) -> None:
    bus.start_watcher()
    bus.start_notifications()
    with open_panel(desktop, panel, "--minimized") as running:
        bus.wait_for_icon()
        wait_until(lambda: bus.tooltip().startswith("Harmony is stopped"), "the sentence")
        assert bus.property("Id") == "harmony-desktop"
        assert bus.property("Status") == "Active"
        assert not desktop.shows("Start", "button"), "it began in the tray"
        stopped, menu = bus.picture(), bus.menu()
        assert menu.labels()[:4] == ["Harmony is stopped", "Start", "Stop", "Restart"]
        assert menu.labels()[-3:] == ["Compute on", "Show Harmony", "Quit"]
        assert [(e.label, e.checked) for e in menu.find("Compute on").below] == [
            ("Automatic", True),
            ("NVIDIA card", False),
            ("Processor only", False),
        ]
        assert (menu.find("Start").enabled, menu.find("Stop").enabled) == (True, False)

        bus.press("Processor only")
        wait_until(lambda: bus.menu().find("Processor only").checked, "what is in force")
        assert not bus.menu().find("Automatic").checked

        bus.press("Start")
        wait_until(lambda: bus.tooltip() == "Harmony is ready", "the tooltip", seconds=90)
        wait_until(lambda: "Harmony is ready" in bus.titles(), "the notice")
        assert {row["stage"] for row in panel.json("ps")} == {"ready"}
        assert bus.picture() != stopped, "another picture for another state"
        menu = bus.menu()
        assert (menu.find("Start").enabled, menu.find("Stop").enabled) == (False, True)
        assert "Open Harmony Link" in menu.labels()

        clean_engine.api.call("POST", "/containers/harmony-harmonyspeech-engine-1/kill")
        wait_until(lambda: "Speech Engine failed" in bus.titles(), "the notice of the failure")
        assert bus.tooltip().startswith("Harmony cannot speak")

        bus.click_note(bus.notes[-1])
        desktop.wait_for("Harmony cannot speak")
        bus.press("Restart")
        wait_until(lambda: bus.tooltip() == "Harmony is ready", "the tooltip", seconds=90)
        bus.press("Stop")
        wait_until(lambda: bus.tooltip().startswith("Harmony is stopped"), "the end", seconds=90)
        bus.press("Quit")
        assert running.finish() == 0


def test_a_tray_that_comes_goes_and_comes_back(desktop: Desktop, bus: SessionBus, tmp_path: Path) -> None:
    bus.start_notifications()
    with gallery(desktop, tmp_path, "stopped") as running:
        desktop.wait_for("Start", "button")
        bus.start_watcher()
        bus.wait_for_icon()
        desktop.key("alt+F4")
        wait_until(lambda: not desktop.shows("Start", "button"), "the window to hide")
        assert bus.titles() == ["Harmony is still there"]

        bus.stop_watcher()
        desktop.wait_for("Start", "button")

        bus.start_watcher()
        bus.wait_for_icon()
        assert bus.tooltip().startswith("Harmony is stopped")
        desktop.key("alt+F4")
        wait_until(lambda: not desktop.shows("Start", "button"), "the window to hide")
        bus.activate()
        desktop.wait_for("Start", "button")
        assert bus.titles() == ["Harmony is still there"], "said once"
        running.process.terminate()
        assert running.finish() == 0


def test_an_update_stands_in_the_menu_and_the_menu_shows_the_window(
    desktop: Desktop, bus: SessionBus, tmp_path: Path
) -> None:
    bus.start_watcher()
    with gallery(desktop, tmp_path, "updates") as running:
        desktop.wait_for("Stop", "button")
        bus.wait_for_icon()
        wait_until(lambda: "Update 2 services" in bus.menu().labels(), "the update")
        assert bus.menu().find("Update 2 services").enabled
        desktop.key("alt+F4")
        wait_until(lambda: not desktop.shows("Stop", "button"), "the window to hide")
        bus.press("Show Harmony")
        desktop.wait_for("Stop", "button")
        running.process.terminate()
        assert running.finish() == 0


def test_without_a_tray_nothing_hides(desktop: Desktop, bus: SessionBus, tmp_path: Path) -> None:
    with gallery(desktop, tmp_path, "ready") as running:
        desktop.wait_for("Stop", "button")
        desktop.key("alt+F4")
        desktop.wait_for("Quit the panel", "button")
        desktop.key("Escape")
        wait_until(lambda: not desktop.shows("Quit the panel", "button"), "the question to go")
        assert desktop.shows("Stop", "button")
        desktop.key("ctrl+q")
        desktop.wait_for("Quit the panel", "button")
        desktop.key("Return")
        assert running.finish() == 0


def test_minimised_without_a_tray_it_waits_among_the_windows(panel: Panel, desktop: Desktop, bus: SessionBus) -> None:
    with open_panel(desktop, panel, "--minimized") as running:
        wait_until(desktop.windows, "the window")
        assert not desktop.shows("Start", "button")
        with open_panel(desktop, panel) as second:
            assert second.finish() == 0
        desktop.wait_for("Start", "button")
        running.process.terminate()
        assert running.finish() == 0


def test_a_second_launch_raises_the_window_out_of_the_tray(panel: Panel, desktop: Desktop, bus: SessionBus) -> None:
    bus.start_watcher()
    with open_panel(desktop, panel) as running:
        desktop.wait_for("Start", "button")
        bus.wait_for_icon()
        desktop.key("alt+F4")
        wait_until(lambda: not desktop.shows("Start", "button"), "the window to hide")
        with open_panel(desktop, panel) as second:
            assert second.finish() == 0
        desktop.wait_for("Start", "button")
        assert len(bus.items) == 1, "one panel, one icon"
        running.process.terminate()
        assert running.finish() == 0
