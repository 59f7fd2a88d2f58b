"""What is on a real engine's disk, and taking leftovers off it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import ConflictError
from harmony_desktop.control.storage import share
from tests.engine.official import write

if TYPE_CHECKING:
    from pathlib import Path

    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab

LINK = "harmonyai/harmony-link"


@pytest.mark.both_engines
async def test_an_update_leaves_something_and_a_clean_up_takes_it(
    clean_engine: Lab, engine: Engine, tmp_path: Path
) -> None:
    project = write(clean_engine, tmp_path, f"name: disk\nservices: {{link: {{image: '{LINK}:latest'}}}}").project()
    before = share(project, await engine.storage())
    assert before.images > 0
    assert not before.leftovers

    # What "latest" meant loses its name when the name moves on; its digest still tells where it is from.
    [old] = (await engine.images([f"{LINK}:latest"])).values()
    assert old is not None
    await asyncio.to_thread(clean_engine.docker, "pull", "-q", f"{LINK}:next")
    await asyncio.to_thread(clean_engine.docker, "tag", f"{LINK}:next", f"{LINK}:latest")
    stored = await engine.storage()
    [leftover] = share(project, stored).leftovers
    assert (leftover.id, leftover.name) == (old.id, LINK)
    assert leftover.size > 0
    assert not share(project, stored, {old.id}).leftovers

    await asyncio.to_thread(clean_engine.docker, "create", "--name", "disk-uses-it", old.id)
    assert not share(project, await engine.storage()).leftovers
    with pytest.raises(ConflictError):
        await engine.remove_image(old.id)
    await asyncio.to_thread(clean_engine.docker, "rm", "disk-uses-it")

    await engine.remove_image(old.id)
    assert not share(project, await engine.storage()).leftovers


@pytest.mark.both_engines
async def test_processes_are_those_of_the_container(clean_engine: Lab, engine: Engine) -> None:
    docker = clean_engine.docker
    await asyncio.to_thread(docker, "run", "-d", "--name", "disk-busy", f"{LINK}:latest")
    [container] = [c for c in clean_engine.api.call("GET", "/containers/json") if c["Names"] == ["/disk-busy"]]
    inspected = clean_engine.api.inspect(container["Id"])
    assert inspected["State"]["Pid"] in await engine.processes(container["Id"])
    await asyncio.to_thread(docker, "stop", "-t", "1", "disk-busy")
    assert not await engine.processes(container["Id"])
