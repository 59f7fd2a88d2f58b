"""Closing an engine: calls under way end, and no thread, socket or file stays behind."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import EngineUnavailableError
from harmony_desktop.engine.connector import DockerConnector
from tests.engine.cases import IMAGE

if TYPE_CHECKING:
    from harmony_desktop.engine.client import Client
    from tests.lab.lab import Lab


def open_files() -> set[str]:
    """What this process has open, without what Python itself opens as it goes."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {entry.readlink()}")
        except OSError:
            continue
    return {item for item in found if "socket:" in item}


async def under_way(kind: str) -> None:
    """Wait until a thread of this kind runs."""
    async with asyncio.timeout(20):
        # Threads tell no event of their beginning.
        while not any(thread.name.startswith(kind) for thread in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_nothing_is_left_behind(clean_engine: Lab) -> None:
    lab = clean_engine
    stubborn = lab.docker("run", "--detach", "--env", "STANDIN=ignore-term", IMAGE).stdout.strip()
    files, threads = open_files(), set(threading.enumerate())
    engine = await DockerConnector(host=lab.engine.host, environ={}).connect()
    await asyncio.gather(*(engine.info() for _ in range(40)))
    events, logs = engine.events(0), engine.logs(stubborn)
    await anext(logs)
    calls = [
        asyncio.create_task(anext(events)),
        asyncio.create_task(engine.stop(stubborn, grace=60)),
        asyncio.create_task(engine.restart(stubborn, grace=60)),
    ]
    await under_way("engine-wait")

    async with asyncio.timeout(20):
        await engine.close()
        results = await asyncio.gather(*calls, return_exceptions=True)

    # A stream ends like any other; a call tells that it has lost its engine.
    assert [type(result) for result in results[1:]] == [EngineUnavailableError, EngineUnavailableError]
    assert set(threading.enumerate()) == threads
    assert open_files() == files
    with pytest.raises(EngineUnavailableError, match="was closed"):
        await engine.info()
    await engine.close()
    lab.docker("kill", stubborn)


async def test_a_call_that_is_cancelled_leaves_the_others_alone(clean_engine: Lab) -> None:
    lab = clean_engine
    stubborn = lab.docker("run", "--detach", "--env", "STANDIN=ignore-term", IMAGE).stdout.strip()
    engine = await DockerConnector(host=lab.engine.host, environ={}).connect()
    try:
        stopping = asyncio.create_task(engine.stop(stubborn, grace=60))
        await under_way("engine-wait")
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        assert (await engine.inspect(stubborn)).id == stubborn
    finally:
        await engine.close()
    lab.docker("kill", stubborn)


async def test_a_silent_engine_is_given_up(clean_engine: Lab) -> None:
    """The time limit of a call frees its thread; when the engine speaks again, calls work again."""
    lab = clean_engine
    engine = await DockerConnector(host=lab.engine.host, environ={}).connect()
    try:
        await engine.info()
        with lab.engine.frozen(), pytest.raises(EngineUnavailableError, match="did not answer in time"):
            await engine._workers.run(impatient)
        assert (await engine.info()).version
    finally:
        await engine.close()


def impatient(client: Client) -> None:
    with client.calling("ask", 1):
        client.info()
