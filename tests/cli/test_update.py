"""Updates that can be undone, on a real engine and a real registry, with the official Compose as the witness."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.cli.publisher import LINK, SPEECH, Publisher
from tests.cli.small_stack import SmallStack
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab

SERVICES = {"harmony-link", "harmonyspeech-engine", "harmonyspeech-ui", "text-generation-webui-harmonyai"}
BOTH_READY = {"link": "ready", "speech": "ready"}


@pytest.fixture
def publisher(clean_engine: Lab) -> Iterator[Publisher]:
    made = Publisher(clean_engine)
    made.begin()
    yield made
    made.end()


@pytest.fixture
def stack(
    publisher: Publisher, stack_ports_free: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SmallStack:
    """A stack of two that is not there yet; its memory lies in a home of the test's own."""
    for name in [name for name in os.environ if name.startswith(("DOCKER_", "COMPOSE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for kind in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / "home" / kind.lower()))
    folder = tmp_path / "stack"
    folder.mkdir()
    return SmallStack(folder, publisher)


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
    assert panel.stages() == dict.fromkeys(SERVICES, "ready")
    official_agrees(publisher, stack_folder)
    assert "Everything is up to date." in panel("update").stderr

    plan = panel("rollback", "--dry-run").stdout
    assert "point harmonyai/harmony-link:latest to sha256:" in plan
    assert "create harmony-harmony-link-1: image changed" in plan
    assert publisher.images() == second
    panel("rollback")
    assert publisher.images() == first
    assert panel.stages() == dict.fromkeys(SERVICES, "ready")
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
    stack: SmallStack, publisher: Publisher
) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(SPEECH, tag="broken")
    failed = stack("update", check=False)
    assert failed.returncode == 1
    assert "The update did not work: Speech Engine failed" in failed.stderr
    assert "harmony-desktop rollback" in failed.stderr
    publisher.lab.docker("image", "prune", "--force")
    stack("rollback")
    assert publisher.images() == first
    assert stack.stages() == BOTH_READY
    stack.official_agrees()


def test_a_failed_update_returns_by_itself_when_asked_to(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(SPEECH, tag="broken")
    failed = stack("update", "--rollback-on-failure", check=False)
    assert failed.returncode == 1
    assert "The earlier version runs again." in failed.stderr
    assert publisher.images() == first
    assert stack.stages() == BOTH_READY


def test_what_was_stopped_stays_stopped(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    stack("stop", "link")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    stack("update")
    assert stack.stages() == {"link": "stopped", "speech": "ready"}
    assert publisher.images()["speech"] != first["speech"]
    stack("rollback")
    assert publisher.images() == first
    assert stack.stages()["link"] == "stopped"
    stack("up", "--wait")
    assert publisher.images() == first
    assert stack.stages() == BOTH_READY


def test_one_service_is_updated_alone(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    stack("update", "speech")
    now = publisher.images()
    assert (now["link"] == first["link"], now["speech"] == first["speech"]) == (True, False)
    stack.official_agrees()


def test_without_a_registry_an_update_fails_and_changes_nothing(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    containers = publisher.ids()
    publisher.lab.registry.stop()
    for call in (("update",), ("update", "--check"), ("update", "--dry-run")):
        failed = stack(*call, check=False)
        assert failed.returncode == 1, call
        assert "Error: " in failed.stderr
    assert publisher.ids() == containers
    assert stack.stages() == BOTH_READY


def test_a_rollback_needs_no_registry(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    stack("update")
    publisher.lab.registry.stop()
    stack("rollback")
    assert publisher.images() == first


def test_an_earlier_image_that_was_removed_is_fetched_by_its_digest(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    stack("update")
    for name in publisher.kept():
        publisher.lab.docker("rmi", name)
    publisher.lab.docker("image", "prune", "--all", "--force")
    assert publisher.image(first["link"]) is None
    stack("rollback")
    assert publisher.images() == first
    stack.official_agrees()


def test_a_stack_that_is_down_is_updated_for_its_next_start(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    first = publisher.images()
    stack("down")
    publisher.release(LINK)
    stack("update")
    assert stack.json("ps") == []
    stack("up", "--wait")
    assert publisher.images()["link"] != first["link"]
    stack("rollback")
    assert publisher.images() == first


def test_with_nothing_remembered_a_rollback_says_so(stack: SmallStack, publisher: Publisher) -> None:
    failed = stack("rollback", check=False)
    assert failed.returncode == 1
    assert "There is no earlier version to return to" in failed.stderr
    assert "Nothing is remembered yet" in failed.stderr
    assert stack("rollback", "--dry-run", check=False).returncode == 1


def test_up_does_not_fetch_again_what_was_rolled_back(stack: SmallStack, publisher: Publisher) -> None:
    stack.write(missing="always")
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    stack("update")
    stack("rollback")
    said = stack("up").stderr
    assert "harmonyai/harmony-link:latest is kept at the earlier version" in said
    assert "Pulled  harmonyai/harmonyspeech-engine-cpu:latest" in said
    assert publisher.images() == first
    rows = {row["service"]: row for row in stack.json("update", "--check")}
    assert rows["link"]["status"] == "held back"
    stack("pull", "link")
    stack("up")
    assert publisher.images()["link"] != first["link"]


def test_check_tells_what_there_is_and_fetches_nothing(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    assert "Everything is up to date." in stack("update", "--check").stderr
    publisher.release(LINK)
    image = publisher.image(f"{LINK}:latest")
    rows = {row["service"]: row for row in stack.json("update", "--check")}
    assert set(rows) == {"link", "speech"}
    assert rows["speech"]["status"] == "up to date"
    assert rows["link"]["status"] == "update"
    assert rows["link"]["current"] != rows["link"]["available"]
    plan = stack("update", "--dry-run").stdout
    assert "create harmony-link-1: image changed" in plan
    assert "speech" not in plan
    assert publisher.image(f"{LINK}:latest") == image


def test_images_that_are_remembered_no_longer_give_their_room_back(stack: SmallStack, publisher: Publisher) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK)
    stack("update")
    assert len(publisher.kept()) == 3
    publisher.release(LINK, tag="broken")
    stack("update", check=False)
    stack("rollback")
    publisher.lab.docker("image", "prune", "--force")
    assert publisher.image(first["link"]), "the one before is kept, too"
    stack("rollback")
    assert publisher.images() == first
    assert len(publisher.kept()) == 2


@pytest.mark.parametrize("moment", ["Pulled  ", "Stopped  ", "Created  ", "Waiting until"])
def test_an_update_that_is_killed_is_finished_by_up_and_can_be_undone(
    stack: SmallStack, publisher: Publisher, moment: str
) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    stack.kill_when(moment, "update")
    stack("up", "--wait")
    assert stack.stages() == BOTH_READY
    stack.official_agrees()
    stack("rollback")
    assert publisher.images() == first
    assert stack.stages() == BOTH_READY
    stack.official_agrees()


@pytest.mark.parametrize("moment", ["Returned to", "Stopped  "])
def test_a_rollback_that_is_killed_is_finished_by_up(stack: SmallStack, publisher: Publisher, moment: str) -> None:
    stack("up", "--wait")
    first = publisher.images()
    publisher.release(LINK, SPEECH)
    stack("update")
    stack.kill_when(moment, "rollback")
    stack("up", "--wait")
    stack("rollback", check=False)
    assert publisher.images() == first
    assert stack.stages() == BOTH_READY
