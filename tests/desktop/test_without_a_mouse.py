"""The main job on a real engine, once through the accessibility interface alone, once with keys alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.panel import Panel
from tests.desktop.screen import Desktop, PanelProcess
from tests.lab.lab import Lab
from tests.lab.waiting import wait_until as wait_until_often

#: Walking a whole accessibility tree is hundreds of calls, answered by the panel's own loop: not without a pause.
wait_until = partial(wait_until_often, pause=0.15)

TITLES = ("Harmony Link", "Text Generation", "Speech Engine", "Speech UI")

pytestmark = [pytest.mark.desktop, pytest.mark.lab]


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    folder = tmp_path / "desktop"
    folder.mkdir(mode=0o700)
    with Desktop(folder, tray=False) as running:
        yield running


@pytest.fixture
def panel(clean_engine: Lab, tmp_path: Path, stack_ports_free: dict[str, int]) -> Panel:
    home = tmp_path / "home"
    home.mkdir()
    made = Panel(clean_engine, home)
    made("setup", "--yes", "--folder", str(home / "Harmony"))
    return made


@pytest.fixture
def running(panel: Panel, desktop: Desktop) -> Iterator[PanelProcess]:
    env = {**panel.environment, **panel.lab.environment}
    with PanelProcess(desktop, [sys.executable, "-m", "harmony_desktop"], env) as process:
        wait_until(lambda: says(desktop, "absent"), "four services that are not there yet", seconds=60)
        yield process


def says(desktop: Desktop, stage: str) -> bool:
    """Whether each light tells a screen reader this stage."""
    return set(desktop.names("label")) >= {f"{title}: {stage}" for title in TITLES}


def count_of_matches(desktop: Desktop) -> str:
    """What the search field tells of itself."""
    (field,) = desktop.ask("find", name="Search in the log")
    return str(field["description"])


def focused(desktop: Desktop) -> str:
    """The name of what has the focus."""
    return str(desktop.ask("focus")["name"])


def test_through_the_accessibility_interface_alone(desktop: Desktop, running: PanelProcess, clean_engine: Lab) -> None:
    desktop.listen()
    desktop.ask("press", name="Start", role="button")
    wait_until(lambda: says(desktop, "ready"), "four lights that say so", seconds=90)
    heard = desktop.heard()
    assert "Harmony is starting" in heard
    wait_until(lambda: "Harmony is ready" in desktop.heard(), "the announcement")
    for title in TITLES:
        assert f"{title}: ready" in desktop.heard()

    # The logs: a filter, a search, the number of matches.
    clean_engine.behave("harmony-harmonyspeech-ui-1", "flood=20", "flood-lines=40")
    desktop.ask("press", name="Logs", role="radio button")
    desktop.wait_for("Search in the log", "text")
    chip = {"name": "Speech UI", "role": "check box"}
    assert not desktop.ask("find", **chip)[0]["checked"]
    desktop.ask("press", **chip)
    wait_until(lambda: desktop.ask("find", **chip)[0]["checked"], "the filter")
    assert desktop.ask("type", name="Search in the log", text="flood")
    wait_until(lambda: count_of_matches(desktop).endswith("found"), "the number of matches")
    wait_until(lambda: "found" in desktop.heard(), "the number of matches, announced")
    text = desktop.ask("text", name="Log lines")
    assert "flood" in text

    # One of them dies; that is told on this page too.
    clean_engine.api.call("POST", "/containers/harmony-harmonyspeech-engine-1/kill")
    wait_until(lambda: "Speech Engine: failed" in desktop.heard(), "the failure, announced")

    desktop.ask("press", name="Stack", role="radio button")
    desktop.wait_for("Restart", "button")
    desktop.ask("press", name="Restart", role="button")
    wait_until(lambda: says(desktop, "ready"), "four lights again", seconds=90)
    desktop.ask("press", name="Stop", role="button")
    wait_until(lambda: says(desktop, "stopped"), "the end", seconds=90)
    running.process.terminate()
    assert running.finish() == 0


def test_with_keys_alone(desktop: Desktop, running: PanelProcess, clean_engine: Lab) -> None:
    # Tab to the button, Enter.
    tab_to(desktop, "Start")
    desktop.key("Return")
    wait_until(lambda: says(desktop, "ready"), "four lights that say so", seconds=90)

    # The list of pages, the logs, a search.
    clean_engine.behave("harmony-harmonyspeech-ui-1", "flood=20", "flood-lines=40")
    desktop.key("F6")
    wait_until(lambda: focused(desktop) == "Stack", "the list of pages")
    desktop.key("Down")
    desktop.key("space")
    desktop.wait_for("Search in the log", "text")
    desktop.key("ctrl+f")
    wait_until(lambda: focused(desktop) == "Search in the log", "the search")
    desktop.xdotool("type", "flood")
    wait_until(lambda: count_of_matches(desktop).endswith("found"), "the number of matches")
    desktop.key("Return")
    wait_until(lambda: " of " in count_of_matches(desktop), "the first match")
    tab_to(desktop, "Speech UI")
    desktop.key("space")
    wait_until(lambda: desktop.ask("find", name="Speech UI", role="check box")[0]["checked"], "the filter")

    # The menu of a service, opened from its row.
    desktop.key("ctrl+1")
    tab_to(desktop, "More for Speech UI")
    desktop.key("shift+F10")
    wait_until(lambda: desktop.popups() > 1, "the menu")
    desktop.key("Down")
    desktop.key("Return")
    desktop.wait_for("Speech UI: stopped", "label", seconds=60)

    # The palette: what is typed is done; what one does not want is left by Escape.
    desktop.key("ctrl+slash")
    desktop.wait_for("Find anything that can be done, by typing", "label")
    desktop.key("Escape")
    wait_until(lambda: not desktop.shows("Find anything that can be done, by typing", "label"), "the help to go")
    desktop.key("ctrl+k")
    wait_until(lambda: focused(desktop) == "What would you like to do?", "the palette")
    desktop.xdotool("type", "stop harmony")
    desktop.key("Return")
    wait_until(lambda: says(desktop, "stopped"), "the end", seconds=90)
    desktop.key("ctrl+q")
    assert running.finish() == 0


def tab_to(desktop: Desktop, name: str) -> None:
    """Press Tab until something has the focus, as a person does who looks after each press."""
    seen = []
    for _ in range(60):
        before = desktop.ask("focus")
        if before["name"] == name:
            return
        seen.append(before["name"])
        desktop.key("Tab")

        def moved(before: dict[str, Any] = before) -> bool:
            return bool(desktop.ask("focus") != before)

        wait_until(moved, f"another focus than {before}")
    raise AssertionError(f"{name} is not among {seen}")
