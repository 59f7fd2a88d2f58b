"""Updates that can be undone, on a real engine and a real registry, with the official Compose as the witness."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.cli.publisher import LINK, SPEECH, Publisher
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab

SERVICES = {"harmony-link", "harmonyspeech-engine", "harmonyspeech-ui", "text-generation-webui-harmonyai"}
ALL_READY = dict.fromkeys(SERVICES, "ready")


@pytest.fixture
def publisher(clean_engine: Lab) -> Iterator[Publisher]:
    made = Publisher(clean_engine)
    made.begin()
    yield made
    made.end()


def official_agrees(publisher: Publisher, folder: Path) -> None:
    """The official ``up`` finds everything as it should be."""
    before = publisher.ids()
    told = publisher.lab.compose("up", "-d", cwd=folder).stderr
    assert told.count("Running") == len(before), told
    assert publisher.ids() == before


@pytest.mark.both_engines
def test_an_update_recreates_what_changed_and_a_rollback_returns(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    first, containers = publisher.images(), publisher.ids()
    publisher.release(LINK)

    said = panel("update").stderr
    assert "Harmony Link: " in said
    assert " -> " in said
    second = publisher.images()
    assert second["harmony-link"] != first["harmony-link"]
    unchanged = SERVICES - {"harmony-link"}
    assert {name: publisher.ids()[name] for name in unchanged} == {name: containers[name] for name in unchanged}
    assert panel.stages() == ALL_READY
    official_agrees(publisher, stack_folder)
    assert "Everything is up to date." in panel("update").stderr

    plan = panel("rollback", "--dry-run").stdout
    assert "point harmonyai/harmony-link:latest to sha256:" in plan
    assert "create harmony-harmony-link-1: image changed" in plan
    assert publisher.images() == second
    panel("rollback")
    assert publisher.images() == first
    assert panel.stages() == ALL_READY
    official_agrees(publisher, stack_folder)

    again = panel("rollback", check=False)
    assert again.returncode == 1
    assert "There is no earlier version to return to" in again.stderr
    assert publisher.images() == first

    panel("update")
    assert publisher.images() == second, "an update asks for what was held back"
    official_agrees(publisher, stack_folder)


@pytest.mark.both_engines
def test_a_release_that_crashes_is_told_with_its_reason_and_can_be_undone(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(SPEECH, tag="broken")
    failed = panel("update", check=False)
    assert failed.returncode == 1
    assert "The update did not work: Speech Engine failed" in failed.stderr
    assert "harmony-desktop rollback" in failed.stderr
    publisher.lab.docker("image", "prune", "--force")
    panel("rollback")
    assert publisher.images() == first
    assert panel.stages() == ALL_READY
    official_agrees(publisher, stack_folder)


def test_a_failed_update_returns_by_itself_when_asked_to(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(SPEECH, tag="broken")
    failed = panel("update", "--rollback-on-failure", check=False)
    assert failed.returncode == 1
    assert "The earlier version runs again." in failed.stderr
    assert publisher.images() == first
    assert panel.stages() == ALL_READY


def test_what_was_stopped_stays_stopped(panel: Panel, stack_folder: Path, publisher: Publisher) -> None:
    panel("up", "--wait")
    panel("stop", "harmonyspeech-ui", "harmony-link")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    panel("update")
    stages = panel.stages()
    assert stages["harmony-link"] == stages["harmonyspeech-ui"] == "stopped"
    assert publisher.images()["harmonyspeech-engine"] != first["harmonyspeech-engine"]
    panel("rollback")
    assert publisher.images() == first
    assert panel.stages()["harmony-link"] == "stopped"
    panel("up", "--wait")
    assert publisher.images() == first
    assert panel.stages() == ALL_READY


def test_one_service_is_updated_alone(panel: Panel, stack_folder: Path, publisher: Publisher) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    panel("update", "harmonyspeech-engine")
    now = publisher.images()
    assert {name for name in SERVICES if now[name] != first[name]} == {"harmonyspeech-engine"}
    official_agrees(publisher, stack_folder)


def test_without_a_registry_an_update_fails_and_changes_nothing(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    containers = publisher.ids()
    publisher.lab.registry.stop()
    for call in (("update",), ("update", "--check"), ("update", "--dry-run")):
        failed = panel(*call, check=False)
        assert failed.returncode == 1, call
        assert "Error: " in failed.stderr
    assert publisher.ids() == containers
    assert panel.stages() == ALL_READY


def test_a_rollback_needs_no_registry(panel: Panel, stack_folder: Path, publisher: Publisher) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    panel("update")
    publisher.lab.registry.stop()
    panel("rollback")
    assert publisher.images() == first


def test_an_earlier_image_that_was_removed_is_fetched_by_its_digest(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    panel("update")
    for name in publisher.kept():
        publisher.lab.docker("rmi", name)
    publisher.lab.docker("image", "prune", "--all", "--force")
    assert publisher.image(first["harmony-link"]) is None
    panel("rollback")
    assert publisher.images() == first
    official_agrees(publisher, stack_folder)


def test_a_stack_that_is_down_is_updated_for_its_next_start(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    panel("down")
    publisher.release(LINK)
    panel("update")
    assert panel.json("ps") == []
    panel("up", "--wait")
    assert publisher.images()["harmony-link"] != first["harmony-link"]
    panel("rollback")
    assert publisher.images() == first


def test_with_nothing_remembered_a_rollback_says_so(panel: Panel, stack_folder: Path, clean_engine: Lab) -> None:
    failed = panel("rollback", check=False)
    assert failed.returncode == 1
    assert "There is no earlier version to return to" in failed.stderr
    assert "Nothing is remembered yet" in failed.stderr
    (stack_folder / ".harmony/releases.json").write_text('{"format": 1, "proj')
    assert panel("rollback", check=False).returncode == 1, "a damaged memory is none"


def test_up_does_not_fetch_again_what_was_rolled_back(panel: Panel, stack_folder: Path, publisher: Publisher) -> None:
    (stack_folder / "docker-compose.override.yml").write_text(
        "services:\n  harmony-link: {pull_policy: always}\n  harmonyspeech-engine: {pull_policy: always}\n"
    )
    env = stack_folder / ".env"
    env.write_text(
        env.read_text().replace(
            "COMPOSE_FILE=docker-compose.yml", "COMPOSE_FILE=docker-compose.yml:docker-compose.override.yml"
        )
    )
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    panel("update")
    panel("rollback")
    said = panel("up").stderr
    assert "harmonyai/harmony-link:latest is kept at the earlier version" in said
    assert "Pulled  harmonyai/harmonyspeech-engine-cpu:latest" in said
    assert publisher.images() == first
    rows = {row["service"]: row for row in panel.json("update", "--check")}
    assert rows["harmony-link"]["status"] == "held back"
    panel("pull", "harmony-link")
    panel("up")
    assert publisher.images()["harmony-link"] != first["harmony-link"]


def test_check_tells_what_there_is_and_fetches_nothing(panel: Panel, stack_folder: Path, publisher: Publisher) -> None:
    panel("up", "--wait")
    assert "Everything is up to date." in panel("update", "--check").stderr
    publisher.release(LINK)
    image = publisher.image(f"{LINK}:latest")
    rows = {row["service"]: row for row in panel.json("update", "--check")}
    assert set(rows) == SERVICES
    assert {row["status"] for name, row in rows.items() if name != "harmony-link"} == {"up to date"}
    assert rows["harmony-link"]["status"] == "update"
    assert rows["harmony-link"]["current"] != rows["harmony-link"]["available"]
    plan = panel("update", "--dry-run").stdout
    assert "create harmony-harmony-link-1: image changed" in plan
    assert "harmonyspeech" not in plan
    assert publisher.image(f"{LINK}:latest") == image


def test_images_that_are_remembered_no_longer_give_their_room_back(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    panel("update")
    assert len(publisher.kept()) == len(SERVICES) + 1
    publisher.release(LINK, tag="broken")
    panel("update", check=False)
    panel("rollback")
    publisher.lab.docker("image", "prune", "--force")
    assert publisher.image(first["harmony-link"]), "the one before is kept, too"
    remembered = json.loads((stack_folder / ".harmony/releases.json").read_text())
    assert [s["harmony-link"]["image"] for s in remembered["projects"]["harmony"]["ready"]][-1] == first["harmony-link"]


@pytest.mark.parametrize("moment", ["Pulled  ", "Stopped  ", "Created  ", "Waiting until"])
def test_an_update_that_is_killed_is_finished_by_up_and_can_be_undone(
    panel: Panel, stack_folder: Path, publisher: Publisher, moment: str
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    kill_when(panel, moment, "update")
    panel("up", "--wait")
    assert panel.stages() == ALL_READY
    official_agrees(publisher, stack_folder)
    panel("rollback")
    assert publisher.images() == first
    assert panel.stages() == ALL_READY
    official_agrees(publisher, stack_folder)


@pytest.mark.parametrize("moment", ["Returned to", "Stopped  "])
def test_a_rollback_that_is_killed_is_finished_by_up(
    panel: Panel, stack_folder: Path, publisher: Publisher, moment: str
) -> None:
    panel("up", "--wait")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    panel("update")
    kill_when(panel, moment, "rollback")
    panel("up", "--wait")
    panel("rollback", check=False)
    assert publisher.images() == first
    assert panel.stages() == ALL_READY


def kill_when(panel: Panel, moment: str, *arguments: str) -> None:
    """Run a call, and end it with SIGKILL at the first line that begins with some words."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "harmony_desktop", *arguments],
        cwd=panel.home,
        env={**inherited, **panel.lab.environment, **panel.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, process.stderr:
        seen = []
        for line in process.stderr:
            seen.append(line)
            if line.startswith(moment):
                process.send_signal(signal.SIGKILL)
                break
        else:
            pytest.fail("".join(seen))
    assert process.returncode == -signal.SIGKILL
