"""Fetching images from the lab's registry, and every way in which it fails."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harmony_desktop.control.ports import PullProgress, RegistryError
from harmony_desktop.engine.pull import LayerTally, progress_of
from harmony_desktop.engine.pull_faults import fault
from tests.engine.cases import IMAGE
from tests.engine.conftest import connected

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab


@pytest.mark.both_engines
async def test_an_image_is_fetched_with_progress(empty_engine: Lab, engine: Engine) -> None:
    seen: list[PullProgress] = []
    loop_thread = threading.get_ident()

    def progress(state: PullProgress) -> None:
        assert threading.get_ident() == loop_thread
        seen.append(state)

    await engine.pull(IMAGE, progress)
    image = (await engine.images([IMAGE]))[IMAGE]
    assert image is not None
    assert seen
    last = seen[-1]
    assert last.image == IMAGE
    assert last.layers_done == last.layers > 1
    assert last.current == last.total > 0
    assert [state.current for state in seen] == sorted(state.current for state in seen)
    await engine.pull(IMAGE, progress)  # there already


async def test_without_a_tag_only_the_latest_is_fetched(empty_engine: Lab, engine: Engine) -> None:
    await engine.pull("harmonyai/harmony-link", lambda _: None)
    assert empty_engine.api.image_names() == {"harmonyai/harmony-link:latest"}


async def test_a_digest(clean_engine: Lab, engine: Engine) -> None:
    image = (await engine.images([IMAGE]))[IMAGE]
    assert image is not None
    [digest] = image.digests
    await engine.pull(digest, lambda _: None)


@pytest.mark.both_engines
@pytest.mark.parametrize("name", ["harmonyai/harmony-link:nowhere", "harmonyai/unknown:latest"])
async def test_a_name_that_the_registry_does_not_know(empty_engine: Lab, engine: Engine, name: str) -> None:
    with pytest.raises(RegistryError, match=f"Cannot fetch {name}") as told:
        await engine.pull(name, lambda _: None)
    assert told.value.cause
    assert told.value.advice


@pytest.mark.both_engines
async def test_offline(empty_engine: Lab, engine: Engine) -> None:
    empty_engine.registry.stop()
    with pytest.raises(RegistryError) as told:
        await engine.pull(IMAGE, lambda _: None)
    assert "connection to the internet" in told.value.advice


async def test_a_missing_credential_helper_does_not_keep_public_images_away(empty_engine: Lab, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "not-installed-anywhere"}))
    async with connected(empty_engine, DOCKER_CONFIG=str(tmp_path)) as engine:
        await engine.pull(IMAGE, lambda _: None)
        with pytest.raises(RegistryError, match=r"docker-credential-not-installed-anywhere .* is not installed"):
            await engine.pull("harmonyai/unknown:latest", lambda _: None)


async def test_cancelling_ends_the_download(empty_engine: Lab, engine: Engine) -> None:
    begun = asyncio.Event()
    threads = {thread for thread in threading.enumerate() if thread.name == "engine-stream"}
    pulling = asyncio.create_task(engine.pull(IMAGE, lambda _: begun.set()))
    await begun.wait()
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    assert {thread for thread in threading.enumerate() if thread.name == "engine-stream"} == threads
    assert (await engine.info()).version


async def test_a_connection_that_breaks_is_no_success(empty_engine: Lab, engine: Engine) -> None:
    """Half a download must never pass for a whole one."""
    begun = asyncio.Event()
    pulling = asyncio.create_task(engine.pull(IMAGE, lambda _: begun.set()))
    await begun.wait()
    await asyncio.to_thread(empty_engine.engine.kill)
    with pytest.raises(Exception, match="Cannot fetch"):
        await pulling


def message(status: str, layer: str = "", **progress: int) -> dict[str, Any]:
    return {"status": status} | ({"id": layer, "progressDetail": progress} if layer else {})


def test_progress_is_summed_over_layers() -> None:
    tally = LayerTally("image")
    for item in (
        {"status": "Pulling from library/x", "id": "latest"},
        message("Already exists", "a"),
        message("Pulling fs layer", "b"),
        message("Pulling fs layer", "c"),
        message("Waiting", "c"),
        message("Downloading", "b", current=10, total=100),
        message("Downloading", "c", current=5, total=-1),
        message("Downloading", "b", current=60, total=100),
    ):
        tally.take(item)
    assert tally.progress() == PullProgress("image", "Downloading", current=65, total=100, layers_done=1, layers=3)
    for item in (
        message("Download complete", "b"),
        message("Extracting", "b", current=50, total=100),
        message("Pull complete", "b"),
        message("Digest: sha256:abc"),
    ):
        tally.take(item)
    assert tally.progress().current == 105
    assert tally.progress().layers_done == 2


def test_a_fault_within_the_answer() -> None:
    lines = [message("Downloading", "a", current=1, total=2), {"errorDetail": {"message": "broken"}, "error": "broken"}]
    pieces = iter([("\r\n".join(json.dumps(line) for line in lines) + "\r\n").encode()])
    found = progress_of("image", pieces)
    assert next(found).current == 1
    with pytest.raises(Exception, match="broken"):
        next(found)


@pytest.mark.parametrize(
    ("status", "text", "advice"),
    [
        (500, "toomanyrequests: You have reached your pull rate limit", "docker login"),
        (500, "Get https://registry-1.docker.io/v2/: dial tcp: lookup: no such host", "internet"),
        (404, "manifest for x:1 not found: manifest unknown", "name and tag"),
        (404, "pull access denied for x, repository does not exist or may require 'docker login'", "docker login"),
        (0, "write /var/lib/docker/tmp: no space left on device", "disk space"),
        (0, "no matching manifest for linux/arm64/v8 in the manifest list entries", "processor"),
        (500, "something else", "Try again"),
    ],
)
def test_advice(status: int, text: str, advice: str) -> None:
    error = fault("image:1", status, text)
    assert advice in error.advice
    assert text in error.cause
