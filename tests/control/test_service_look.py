"""The details of one service: what is known at once, what the engine is asked for, and its absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harmony_desktop.control.ports import EngineError
from harmony_desktop.control.service_look import ServiceLook, ServiceScout, ServiceSight, image_facts
from harmony_desktop.plan.observed import Detail, Health, Image, Observed
from harmony_desktop.stack.project import Mount, MountType, Volume
from tests.control.scripted import ScriptedEngine, until
from tests.plan.builders import container, project, service

MOUNTS = (
    Mount(MountType.BIND, "/stack/models", "/models"),
    Mount(MountType.VOLUME, "cache", "/cache", read_only=True),
)
PROJECT = project(
    replace(service("speech", image="example/speech:1"), mounts=MOUNTS), volumes=[Volume("cache", "p_cache", {}, "h")]
)
IMAGE = Image("sha256:1", ("example/speech@sha256:abc",), 512, "2026-03-20T09:00:00.5Z")


def scout(engine: ScriptedEngine | None, *, local: bool = True) -> ServiceScout:
    detail = Detail(started_at=datetime(2026, 1, 2, tzinfo=UTC), restart_count=3, health=Health.HEALTHY, memory_limit=7)
    runs = Observed((replace(container("speech"), detail=detail), container("other")))
    return ServiceScout(lambda: ServiceSight(PROJECT, engine, runs if engine else None, local))


async def test_tells_of_containers_folders_and_the_image() -> None:
    looked = scout(ScriptedEngine(images_here={"example/speech:1": IMAGE}))
    looked.look("speech")
    first = looked.store.value
    assert first.looking
    assert [(c.name, c.restarts, c.health, c.memory_limit) for c in first.containers] == [
        ("p-speech-1", 3, "healthy", 7)
    ]
    assert [(m.source, m.target, m.here, m.read_only) for m in first.mounts] == [
        ("/stack/models", "/models", True, False),
        ("p_cache", "/cache", False, True),
    ]
    await until(lambda: not looked.store.value.looking)
    found = looked.store.value.image
    assert found is not None
    assert (found.digest, found.size) == ("sha256:abc", 512)
    assert found.created is not None
    assert found.created.year == 2026
    await looked.close()


async def test_an_image_that_is_not_there_and_an_engine_that_does_not_tell() -> None:
    engine = ScriptedEngine()
    looked = scout(engine)
    looked.look("speech")
    await until(lambda: not looked.store.value.looking)
    assert looked.store.value.image is None
    assert looked.store.value.fault == ""
    engine.faults["images"] = EngineError("No", cause="it refuses")
    looked.look("speech")
    await until(lambda: looked.store.value.fault == "it refuses")
    await looked.close()


async def test_folders_of_another_computer_cannot_be_opened() -> None:
    looked = scout(None, local=False)
    looked.look("speech")
    assert not looked.store.value.looking
    assert looked.store.value.containers == ()
    assert not any(mount.here for mount in looked.store.value.mounts)
    looked.look("")
    assert looked.store.value == ServiceLook()


@pytest.mark.parametrize("created", ["", "0001-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "yesterday", "2026-01-01"])
def test_times_that_no_image_was_made_at(created: str) -> None:
    assert image_facts(Image("sha256:1", (), 0, created)).created is None
