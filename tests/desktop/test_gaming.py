"""Gaming mode from the tray alone, with a panel that is killed in between; and the start with the session."""

from __future__ import annotations

import json
import signal
import subprocess
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

TEXT, SPEECH = "harmony-text-generation-webui-harmonyai-1", "harmony-harmonyspeech-engine-1"
MODEL = "Mine-8B.Q5_K_M.gguf"


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    folder = tmp_path / "desktop"
    folder.mkdir(mode=0o700)
    with Desktop(folder, tray=False) as running:
        yield running


@pytest.fixture
def bus(desktop: Desktop) -> Iterator[SessionBus]:
    with SessionBus(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as playing:
        yield playing


@pytest.fixture
def panel(clean_engine: Lab, tmp_path: Path, stack_ports_free: dict[str, int]) -> Panel:
    del stack_ports_free
    home = tmp_path / "home"
    home.mkdir()
    made = Panel(clean_engine, home)
    made("setup", "--yes", "--folder", str(home / "Harmony"))
    return made


def open_panel(desktop: Desktop, panel: Panel, *args: str) -> PanelProcess:
    env = {**panel.environment, **panel.lab.environment}
    return PanelProcess(desktop, [sys.executable, "-m", "harmony_desktop", *args], env)


def loaded(lab: Lab) -> str:
    _, told = lab.api.execute(TEXT, "wget", "-qO-", "http://127.0.0.1:5000/v1/internal/model/info")
    return str(json.loads(told)["model_name"])


def test_a_game_gets_the_card_from_the_tray_and_gives_it_back(
    panel: Panel, desktop: Desktop, bus: SessionBus, clean_engine: Lab
) -> None:
    """The stack starts with the panel, for that is switched on."""
    settings = panel.home / ".config" / "harmony-desktop" / "settings.json"
    content = json.loads(settings.read_text())
    content["ui"] = {**content.get("ui", {}), "startup.stack": True}
    settings.write_text(json.dumps(content))
    bus.start_watcher()
    bus.start_notifications()
    with open_panel(desktop, panel, "--minimized") as running:
        bus.wait_for_icon()
        wait_until(lambda: bus.tooltip() == "Harmony is ready", "the stack to start by itself", seconds=90)
        ready = bus.picture()
        clean_engine.behave(TEXT, f"model={MODEL}")
        bus.press("Gaming mode: free memory and processor")
        wait_until(lambda: bus.tooltip().startswith("Gaming mode is on"), "the mode", seconds=30)
        wait_until(lambda: "Gaming mode is on" in bus.titles(), "the notice")
        assert bus.picture() != ready
        assert loaded(clean_engine) == "None"
        assert clean_engine.api.inspect(SPEECH)["State"]["Status"] == "exited"
        assert not [title for title in bus.titles() if "failed" in title]
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()

    with open_panel(desktop, panel, "--minimized") as running:
        wait_until(lambda: len(bus.items) == 2, "the new icon", seconds=60)
        wait_until(lambda: bus.tooltip().startswith("Gaming mode is on"), "the mode, after the kill", seconds=30)
        bus.press("Bring everything back")
        wait_until(lambda: bus.tooltip() == "Harmony is ready", "all to be back", seconds=90)
        assert loaded(clean_engine) == MODEL
        assert clean_engine.api.inspect(SPEECH)["State"]["Status"] == "running"
        wait_until(lambda: "Everything is back" in bus.titles(), "the notice")
        running.process.terminate()
        assert running.finish() == 0


def test_the_entry_that_the_settings_write_starts_the_panel(panel: Panel, desktop: Desktop, bus: SessionBus) -> None:
    """Switched on in the settings; the session then starts what stands there."""
    bus.start_watcher()
    entry = panel.home / ".config" / "autostart" / "harmony-desktop.desktop"
    with open_panel(desktop, panel) as running:
        desktop.wait_for("Start", "button")
        desktop.key("ctrl+7")
        desktop.wait_for("Start Harmony when I log in", "check box")
        desktop.click("Start Harmony when I log in", "check box")
        wait_until(entry.is_file, "the entry")
        bus.wait_for_icon()
        running.process.terminate()
        assert running.finish() == 0
    launch = [sys.executable, "-c", _AS_A_SESSION, str(entry)]
    environment = {**desktop.environment, **panel.environment, **panel.lab.environment}
    started = subprocess.Popen(launch, env=environment, cwd="/")
    try:
        wait_until(lambda: len(bus.items) == 2, "the new icon", seconds=60)
        wait_until(lambda: bus.tooltip().startswith("Harmony is stopped"), "the panel in the tray", seconds=30)
        assert not desktop.shows("Start", "button")
    finally:
        started.terminate()
        started.wait(30)


#: What a desktop does with an entry: the command of its Exec line, in the folder of its Path.
_AS_A_SESSION = """
import configparser, os, shlex, sys
entry = configparser.ConfigParser(interpolation=None)
entry.optionxform = str
entry.read(sys.argv[1], "utf-8")
keys = entry["Desktop Entry"]
os.chdir(keys.get("Path", "/"))
argv = shlex.split(keys["Exec"].replace("\\\\\\\\", "\\\\"))
os.execv(argv[0], argv)
"""
