"""The first run as a person does it: from no folder to a spoken sentence, in the real window, on a real engine."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from harmony_desktop.control.sound import read_wave
from tests.cli.panel import Panel
from tests.desktop.screen import Desktop
from tests.desktop.test_main_job import desktop, open_panel, panel, wait_until  # noqa: F401 - fixtures
from tests.lab.lab import Lab

pytestmark = [pytest.mark.desktop, pytest.mark.lab]


def through(desktop: Desktop, headline: str, picture: str) -> None:  # noqa: F811 - the fixture's value
    """Wait for a page, look at it, and go on."""
    desktop.wait_for(headline)
    wait_until(lambda: desktop.shows("Continue", "button"), f"the way on from {headline}")
    desktop.picture(picture)
    desktop.click("Continue")


def test_from_nothing_to_a_sentence(
    panel: Panel,  # noqa: F811 - the fixture
    desktop: Desktop,  # noqa: F811 - the fixture
    clean_engine: Lab,
    stack_ports_free: dict[str, int],
) -> None:
    folder = panel.home / "Harmony"
    with open_panel(desktop, panel) as running:
        desktop.wait_for("Welcome to Harmony")
        desktop.picture("wizard-1-welcome")
        desktop.click("Begin")
        through(desktop, "Docker is ready", "wizard-2-docker")
        through(desktop, "Your processor does it", "wizard-3-machine")
        desktop.wait_for("A new folder")
        assert not folder.exists()
        # The computer goes out: at the next start it goes on with this page.
        wait_until(lambda: kept(panel).get("page") == "folder", "the page is remembered")
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    with open_panel(desktop, panel) as running:
        desktop.wait_for("A new folder")
        through(desktop, "Where shall it live?", "wizard-4-folder")
        desktop.wait_for("Harmony Speech V1")
        through(desktop, "Voices and models", "wizard-5-models")
        desktop.wait_for("Harmony Link: characters and games")
        through(desktop, "Ports and access", "wizard-6-ports")
        desktop.wait_for("Ready to begin")
        desktop.picture("wizard-7-summary")
        assert not folder.exists()
        desktop.click("Prepare and start")
        desktop.wait_for("Harmony is ready", seconds=60)
        assert (folder / "docker-compose.yml").is_file()
        through(desktop, "Harmony is ready", "wizard-8-started")
        desktop.click("Try it")
        desktop.wait_for("Harmony speaks", seconds=60)
        desktop.picture("wizard-9-proved")
        desktop.wait_for("Listen", "button")
        assert read_wave((folder / ".harmony/hello.wav").read_bytes()) is not None
        desktop.click("Finish")
        desktop.wait_for("Stop", "button")
        wait_until(lambda: kept(panel).get("open") is False, "the set-up is over")
        running.process.terminate()
        assert running.process.wait(20) == 0


def kept(panel: Panel) -> dict[str, object]:  # noqa: F811 - the fixture's value
    file = Path(panel.environment["XDG_CONFIG_HOME"]) / "harmony-desktop/setup.json"
    try:
        found: dict[str, object] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found
