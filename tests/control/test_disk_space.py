"""Whether images have room on the engine's own disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harmony_desktop.control.disk_space import LEAST, LOW, Space, require_room
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Presentation, Project, Service
from tests.control.scripted import ScriptedEngine
from tests.plan.builders import project, service

GB = 10**9


class Somewhere(ScriptedEngine):
    """An engine that says where it is."""

    def __init__(self, address: str = "unix:///var/run/docker.sock", name: str = "box") -> None:
        super().__init__()
        self._info = EngineInfo(name, "28.5.2", "1.51", "linux", "x86_64", root_dir="/var/lib/docker", address=address)

    async def info(self) -> EngineInfo:
        return self._info


def sized(name: str, size: int, image: str = "") -> Service:
    return replace(service(name, image=image), presentation=Presentation(name.title(), image_size=size))


def stack() -> Project:
    return project(sized("a", 8 * GB), sized("b", 4 * GB), sized("twin", 8 * GB, image="example/a"))


async def told(free: int, missing: set[str], engine: ScriptedEngine | None = None) -> list[str]:
    """What is said of a disk with so many free bytes on this machine, which is called “box”."""
    words: list[str] = []

    def lookup(folder: str, machine: str) -> Space | None:
        assert folder == "/var/lib/docker"
        return Space(free, 100 * GB) if machine == "box" else None

    await require_room(engine or Somewhere(), stack(), missing, lookup, words.append)
    return words


async def test_enough_room_is_not_worth_a_word() -> None:
    assert await told(13 * GB, {"example/a", "example/b"}) == []


async def test_images_that_may_not_fit_are_told_with_numbers_and_each_counts_once() -> None:
    [warning] = await told(11 * GB, {"example/a", "example/b"})
    assert "take about 12.0 GB" in warning
    assert "the disk of the Docker engine (/var/lib/docker) has 11.0 GB left" in warning
    assert await told(11 * GB, {"example/b"}) == []


@pytest.mark.parametrize("missing", [set[str](), {"example/unknown"}])
async def test_a_disk_that_is_nearly_full_is_always_told(missing: set[str]) -> None:
    [warning] = await told(LOW // 2, missing)
    assert "is nearly full: 537 MB are left" in warning


async def test_a_full_disk_is_an_error_where_an_image_is_needed() -> None:
    with pytest.raises(HarmonyError, match="The disk of the Docker engine is full") as error:
        await told(LEAST - 1, {"example/b"})
    assert "No space is left on the disk of /var/lib/docker" in error.value.cause
    assert "docker system df" in error.value.advice
    assert error.value.exit_status == 1
    assert len(await told(LEAST - 1, set())) == 1, "what is here can be started all the same"


@pytest.mark.parametrize(
    "engine",
    [
        Somewhere("tcp://far:2376"),
        Somewhere("ssh://far"),
        Somewhere("npipe:////./pipe/docker_engine"),
        Somewhere(name="docker-desktop"),
    ],
    ids=["tcp", "ssh", "pipe", "virtual machine"],
)
async def test_a_disk_that_cannot_be_seen_is_said_so(engine: Somewhere) -> None:
    [said] = await told(0, {"example/a"}, engine)
    assert "take about 8.0 GB" in said
    assert "cannot be seen from here: make sure that it has that much room" in said
    assert await told(0, set(), engine) == [], "nothing big is about to come"
