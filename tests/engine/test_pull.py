"""Fetching images from the lab's registry, and every way in which it fails."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.fetching import Fetcher, Patience
from harmony_desktop.control.ports import LayerPhase, LayerProgress, PullProgress, RegistryError
from harmony_desktop.engine.pull import LayerTally, progress_of
from harmony_desktop.engine.pull_faults import fault
from tests.engine.cases import IMAGE
from tests.engine.conftest import connected
from tests.lab.registry_proxy import Faults
from tests.lab.waiting import wait_until

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab
    from tests.lab.registry_proxy import RegistryProxy

#: A newer release, whose last layer is its own.
NEXT = "harmonyai/harmonyspeech-ui:next"


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
    assert last.layers_done == last.layers == len(last.parts) > 1
    assert {part.phase for part in last.parts} == {LayerPhase.DONE}
    assert all(part.current == part.total > 0 for part in last.parts)
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
        assert "docker-credential-not-installed-anywhere" in await engine.pull(IMAGE, lambda _: None)
        with pytest.raises(RegistryError, match=r"docker-credential-not-installed-anywhere .* is not installed"):
            await engine.pull("harmonyai/unknown:latest", lambda _: None)


@pytest.mark.both_engines
async def test_cancelling_ends_the_download_on_the_engine(
    empty_engine: Lab, engine: Engine, registry_proxy: RegistryProxy
) -> None:
    registry_proxy.faults.rate = 100_000
    image = f"{registry_proxy.address}/{IMAGE}"
    begun = asyncio.Event()
    threads = {thread for thread in threading.enumerate() if thread.name == "engine-stream"}

    def progress(state: PullProgress) -> None:
        if state.current > 0:
            begun.set()

    pulling = asyncio.create_task(engine.pull(image, progress))
    await begun.wait()
    assert registry_proxy.fetching > 0
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    assert {thread for thread in threading.enumerate() if thread.name == "engine-stream"} == threads
    await asyncio.to_thread(wait_until, lambda: registry_proxy.fetching == 0, "the engine to hang up")
    size = sum(layer["size"] for layer in manifest(empty_engine, IMAGE)["layers"])
    assert sum(registry_proxy.served.values()) < size, "it did not go on in silence"
    assert (await engine.info()).version
    registry_proxy.faults.rate = 0
    await engine.pull(image, progress)
    assert image in empty_engine.api.image_names()


def manifest(lab: Lab, image: str) -> dict[str, Any]:
    """What the registry says an image is made of."""
    name, _, tag = image.rpartition(":")
    accept = "application/vnd.docker.distribution.manifest.v2+json"
    request = Request(f"http://{lab.registry.address}/v2/{name}/manifests/{tag}", headers={"Accept": accept})
    with urlopen(request, timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


async def test_layers_that_are_there_are_not_fetched_again(
    clean_engine: Lab, engine: Engine, registry_proxy: RegistryProxy
) -> None:
    seen: list[PullProgress] = []
    await engine.pull(f"{registry_proxy.address}/{NEXT}", seen.append)
    phases = [part.phase for part in seen[-1].parts]
    assert phases.count(LayerPhase.THERE) == 3
    assert phases.count(LayerPhase.DONE) == 1
    layers = manifest(clean_engine, NEXT)["layers"]
    assert [layer["digest"] for layer in layers if layer["digest"] in registry_proxy.served] == [layers[-1]["digest"]]


@pytest.mark.both_engines
async def test_complete_layers_outlive_a_cancelled_download(clean_engine: Lab, registry_proxy: RegistryProxy) -> None:
    """Where the engine keeps them: with containerd's image store. The older store throws them away, for everybody."""
    kept = clean_engine.engine.flavour.name == "new"
    store = {"features": {"containerd-snapshotter": True}} if kept else {}
    clean_engine.api.call("DELETE", f"/images/{IMAGE}", force=True)
    image = f"{registry_proxy.address}/{IMAGE}"
    registry_proxy.faults.rate = 200_000
    complete = asyncio.Event()

    def progress(state: PullProgress) -> None:
        if any(part.phase is LayerPhase.FETCHED for part in state.parts):
            complete.set()

    with clean_engine.other_engine(configuration=json.dumps(store)):
        async with connected(clean_engine) as engine:
            pulling = asyncio.create_task(engine.pull(image, progress))
            await complete.wait()
            pulling.cancel()
            await asyncio.wait({pulling})
            await asyncio.to_thread(wait_until, lambda: registry_proxy.fetching == 0, "the engine to hang up")
            registry_proxy.faults.rate = 0
            seen: list[PullProgress] = []
            await engine.pull(image, seen.append)
    base = 2  # layers that other images have as well
    there = sum(part.phase is LayerPhase.THERE for part in seen[-1].parts)
    assert there > 0 if kept else there == base


@pytest.mark.both_engines
async def test_a_connection_that_broke_goes_on_where_it_was(
    clean_engine: Lab, engine: Engine, registry_proxy: RegistryProxy
) -> None:
    """The engine tries again by itself, after five seconds."""
    registry_proxy.faults.break_after = 100_000
    phases: set[LayerPhase] = set()

    def progress(state: PullProgress) -> None:
        phases.update(part.phase for part in state.parts)
        if LayerPhase.RETRYING in phases:
            registry_proxy.faults.break_after = None

    await engine.pull(f"{registry_proxy.address}/{NEXT}", progress)
    assert {LayerPhase.DOWNLOADING, LayerPhase.RETRYING, LayerPhase.DONE} <= phases


@pytest.mark.both_engines
async def test_a_registry_that_tells_no_sizes(clean_engine: Lab, engine: Engine, registry_proxy: RegistryProxy) -> None:
    registry_proxy.faults = Faults(no_length=True, rate=400_000)
    seen: list[PullProgress] = []
    await engine.pull(f"{registry_proxy.address}/{NEXT}", seen.append)
    last = seen[-1]
    assert last.layers_done == last.layers
    assert last.current == last.total > 0, "what came is the size"


@pytest.mark.parametrize("answered", [False, True], ids=["no answer at all", "nothing but the beginning of a layer"])
async def test_a_registry_that_falls_silent(
    clean_engine: Lab, engine: Engine, registry_proxy: RegistryProxy, answered: bool
) -> None:
    """The engine would wait for ever."""
    if answered:
        registry_proxy.faults.stall_after = 50_000
    else:
        registry_proxy.faults.silent = "/manifests/"
    fetcher = Fetcher(engine, SystemClock(), lambda _: None, Patience(spare=1.0))
    with pytest.raises(RegistryError, match="Cannot fetch") as told:
        await fetcher.fetch(f"{registry_proxy.address}/{NEXT}", missing=False)
    assert "has sent nothing for 1 seconds" in told.value.cause


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


def test_layers_and_their_sum() -> None:
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
    told = tally.progress()
    assert (told.current, told.total, told.layers_done, told.layers) == (65, 100, 1, 3)
    assert told.parts == (
        LayerProgress("a", LayerPhase.THERE),
        LayerProgress("b", LayerPhase.DOWNLOADING, 60, 100),
        LayerProgress("c", LayerPhase.DOWNLOADING, 5, 0),
    )
    for item in (
        message("Verifying Checksum", "b"),
        message("Download complete", "b"),
        message("Extracting", "b", current=50, total=100),
        message("Retrying in 5 seconds", "c"),
    ):
        tally.take(item)
    assert tally.progress().parts[1:] == (
        LayerProgress("b", LayerPhase.EXTRACTING, 100, 100),
        LayerProgress("c", LayerPhase.RETRYING, 5, 0),
    )
    for item in (message("Pull complete", "b"), message("Download complete", "c"), message("Digest: sha256:abc")):
        tally.take(item)
    told = tally.progress()
    assert (told.current, told.total, told.layers_done) == (105, 105, 2)


def test_time_is_not_taken_for_bytes() -> None:
    """An engine with containerd's image store tells how long it has been unpacking."""
    tally = LayerTally("image")
    tally.take(message("Downloading", "a", current=100, total=100))
    tally.take({"status": "Extracting", "id": "a", "progressDetail": {"current": 3, "units": "s"}})
    assert tally.progress().parts == (LayerProgress("a", LayerPhase.EXTRACTING, 100, 100),)


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
        (0, "write /var/lib/docker/tmp: no space left on device", "Make room"),
        (0, "no matching manifest for linux/arm64/v8 in the manifest list entries", "another tag"),
        (500, "something else", "Try again"),
    ],
)
def test_advice(status: int, text: str, advice: str) -> None:
    error = fault("image:1", status, text)
    assert advice in error.advice
    assert text in error.cause
