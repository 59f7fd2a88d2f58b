"""The main job as a person does it: the real window and tray under a real screen, on a real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.desktop.screen import Desktop, PanelProcess
from tests.lab.lab import Lab
from tests.lab.nvml_standin import NvmlStandIn
from tests.lab.waiting import wait_until as wait_until_often

#: Walking a whole accessibility tree is hundreds of calls, answered by the panel's own loop: not without a pause.
wait_until = partial(wait_until_often, pause=0.1)

TITLES = ("Harmony Link", "Text Generation", "Speech Engine", "Speech UI")
WATCHED = Path(__file__).with_name("watched_panel.py")
#: CPU seconds that one callback of the loop may take.
LONGEST_CALLBACK = 0.05

pytestmark = [pytest.mark.desktop, pytest.mark.lab]


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    folder = tmp_path / "desktop"
    folder.mkdir(mode=0o700)
    with Desktop(folder) as running:
        yield running


@pytest.fixture
def panel(clean_engine: Lab, desktop: Desktop, tmp_path: Path) -> Panel:
    home = tmp_path / "home"
    home.mkdir()
    return Panel(clean_engine, home)


@pytest.fixture
def stack_folder(panel: Panel, stack_ports_free: dict[str, int]) -> Path:
    folder = panel.home / "Harmony"
    panel("setup", "--yes", "--folder", str(folder))
    return folder


def open_panel(desktop: Desktop, panel: Panel, *args: str) -> PanelProcess:
    watch = panel.home / "loop.json"
    env = {
        **panel.environment,
        **panel.lab.environment,
        "LOOP_WATCH": str(watch),
        "PYTHONPATH": str(WATCHED.parents[2]),
        "PYTHONWARNINGS": "default",
    }
    return PanelProcess(desktop, [sys.executable, str(WATCHED), *args], env)


def stages(desktop: Desktop) -> dict[str, str]:
    """What the lights say to a screen reader."""
    said = (name.partition(": ") for name in desktop.names())
    return {title: stage for title, _, stage in said if title in TITLES and stage}


def all_are(desktop: Desktop, stage: str) -> bool:
    return stages(desktop) == dict.fromkeys(TITLES, stage)


def test_start_watch_stop_and_quit(panel: Panel, stack_folder: Path, desktop: Desktop, clean_engine: Lab) -> None:
    with open_panel(desktop, panel) as running:
        desktop.wait_for("Start", "button")
        wait_until(lambda: all_are(desktop, "absent"), "four services that are not there yet")
        desktop.picture("1-stopped")

        desktop.click("Start")
        wait_until(lambda: all_are(desktop, "ready"), "four green lights", seconds=60)
        desktop.wait_for("Harmony is ready")
        desktop.picture("2-ready")
        assert {row["stage"] for row in panel.json("ps")} == {"ready"}
        assert desktop.shows("Open Harmony Link", "button")

        # Logs appear live.
        desktop.key("ctrl+2")
        clean_engine.behave("harmony-harmonyspeech-ui-1", "flood=20", "flood-lines=40")
        wait_until(lambda: "flood" in log_text(desktop), "live lines in the log pane")
        desktop.picture("3-logs")
        desktop.key("ctrl+1")

        # One of them dies outside of the panel.
        clean_engine.api.call("POST", "/containers/harmony-harmonyspeech-engine-1/kill")
        wait_until(lambda: stages(desktop)["Speech Engine"] == "failed", "the light of what was killed", seconds=1)
        wait_until(lambda: stages(desktop)["Harmony Link"] == "limited", "those who use it", seconds=1)
        desktop.wait_for("Harmony cannot speak")
        desktop.picture("4-failed")
        desktop.click("Restart", "button")
        wait_until(lambda: all_are(desktop, "ready"), "four green lights again", seconds=60)

        # The tray's menu stops the stack.
        popups = desktop.popups()
        desktop.click_at(*desktop.tray_icon(), button=3)
        wait_until(lambda: desktop.popups() > popups, "the tray's menu")
        desktop.picture("5-tray")
        desktop.key("Down")  # the first that can be chosen now: Stop, for Start is grey
        desktop.key("Return")
        wait_until(lambda: all_are(desktop, "stopped"), "grey lights", seconds=60)
        desktop.picture("6-stopped")

        desktop.key("ctrl+q")
        assert running.finish() == 0
    assert said_on_terminal(running) == [], "no warning, no Qt message"
    longest = json.loads((panel.home / "loop.json").read_text())
    assert longest[0][0] <= LONGEST_CALLBACK, longest


def said_on_terminal(running: PanelProcess) -> list[str]:
    """What the panel printed, without what Qt's accessibility bridge says to a client that walks its whole tree."""
    return [line for line in running.log.read_text().splitlines() if "qt.accessibility.atspi:" not in line]


def log_text(desktop: Desktop) -> str:
    """What the log pane gives to a screen reader: its newest lines."""
    return "\n".join(node["description"] for node in desktop.ask("find", name="Log lines"))


def test_shows_what_the_official_compose_started(
    panel: Panel, stack_folder: Path, desktop: Desktop, clean_engine: Lab
) -> None:
    clean_engine.compose("up", "-d", cwd=stack_folder)
    with open_panel(desktop, panel) as running:
        wait_until(lambda: all_are(desktop, "ready"), "four green lights", seconds=60)
        clean_engine.compose("stop", cwd=stack_folder)
        wait_until(lambda: all_are(desktop, "stopped"), "grey lights", seconds=60)
        running.process.terminate()
        assert running.finish() == 0


def test_opens_on_files_that_the_caller_names(
    panel: Panel, desktop: Desktop, clean_engine: Lab, stack_ports_free: dict[str, int]
) -> None:
    file = panel.home / "mine.yaml"
    file.write_text("name: mine\nservices:\n  web: {image: harmonyai/harmonyspeech-ui, ports: ['127.0.0.1:8080:80']}\n")
    with open_panel(desktop, panel, "-f", str(file)) as running:
        desktop.wait_for("Start", "button")
        desktop.click("Start")
        wait_until(lambda: desktop.shows("Web: reachable"), "the one service")
        running.process.terminate()
        assert running.finish() == 0


def test_a_second_launch_raises_the_first_and_ends(panel: Panel, stack_folder: Path, desktop: Desktop) -> None:
    with open_panel(desktop, panel, "--minimized") as running:
        wait_until(lambda: desktop.ask("find", showing=False), "the panel on the accessibility bus")
        assert not desktop.shows("Start", "button")
        with open_panel(desktop, panel) as second:
            assert second.finish() == 0
        desktop.wait_for("Start", "button")
        running.process.terminate()
        assert running.finish() == 0


def test_closing_hides_into_the_tray_and_leaves_the_containers(
    panel: Panel, stack_folder: Path, desktop: Desktop
) -> None:
    panel("up", "--wait")
    with open_panel(desktop, panel) as running:
        wait_until(lambda: all_are(desktop, "ready"), "four green lights", seconds=60)
        desktop.key("alt+F4")
        wait_until(lambda: not desktop.shows("Stop", "button"), "the window to hide")
        assert running.process.poll() is None
        running.process.terminate()
        assert running.finish() == 0
    assert {row["stage"] for row in panel.json("ps")} == {"ready"}


def test_the_set_up_prepares_the_folder(
    panel: Panel, desktop: Desktop, clean_engine: Lab, stack_ports_free: dict[str, int]
) -> None:
    """From the first page on, taking what is proposed."""
    with open_panel(desktop, panel) as running:
        turn_page(desktop, "Begin")
        desktop.picture("0-first-page")
        while not desktop.shows("Only prepare the folder", "button"):
            turn_page(desktop, "Continue")
        wait_until(lambda: can_be_pressed(desktop, "Only prepare the folder"), "a folder that can be prepared")
        desktop.click("Only prepare the folder")
        wait_until((panel.home / "Harmony/docker-compose.yml").exists, "the folder")
        running.process.terminate()
        assert running.finish() == 0


def can_be_pressed(desktop: Desktop, name: str) -> bool:
    return any(node["enabled"] for node in desktop.ask("find", name=name, role="button"))


def turn_page(desktop: Desktop, name: str) -> None:
    """Press the button that leads to the next page of the set-up, and wait for that."""
    wait_until(lambda: can_be_pressed(desktop, name), f"“{name}” to press", seconds=60)
    before = desktop.names("label")
    desktop.click(name)
    wait_until(lambda: desktop.names("label") != before, "the next page")


def test_a_card_that_the_engine_cannot_use_is_told_in_the_window(
    panel: Panel, nvml: NvmlStandIn, desktop: Desktop, stack_ports_free: dict[str, int]
) -> None:
    panel.env |= nvml.environment
    panel("setup", "--yes", "--folder", str(panel.home / "Harmony"))
    with open_panel(desktop, panel) as running:
        desktop.wait_for("Start", "button")
        wait_until(lambda: "Toolkit" in " ".join(desktop.names()), "the reason in the window")
        desktop.picture("7-no-toolkit")
        running.process.terminate()
        assert running.finish() == 0


def test_the_engine_goes_and_comes_back(panel: Panel, stack_folder: Path, desktop: Desktop, clean_engine: Lab) -> None:
    panel("up", "--wait")
    with open_panel(desktop, panel) as running:
        wait_until(lambda: all_are(desktop, "ready"), "four green lights", seconds=60)
        clean_engine.engine.kill()
        wait_until(lambda: all_are(desktop, "unknown"), "no light stays green")
        desktop.picture("8-no-engine")
        clean_engine.engine.start()
        wait_until(lambda: "unknown" not in stages(desktop).values(), "lights again", seconds=60)
        running.process.terminate()
        assert running.finish() == 0


def test_without_a_screen_it_says_so(panel: Panel) -> None:
    env = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    env.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(
        [sys.executable, "-m", "harmony_desktop"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no screen" in done.stderr
    assert "--help" in done.stderr
