"""Logs and events: nothing lost, nothing late, nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import EngineUnavailableError, NotFoundError
from tests.engine.cases import IMAGE

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine, Event, Stream
    from tests.lab.lab import Lab


def run(lab: Lab, script: str, *options: str) -> str:
    """Start a container that runs a shell script; return its ID."""
    return lab.docker("run", "--detach", *options, "--entrypoint", "sh", IMAGE, "-c", script).stdout.strip()


async def lines_of(engine: Engine, container: str, **options: int | bool | None) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    async with contextlib.aclosing(engine.logs(container, **options)) as stream:  # type: ignore[arg-type] # named options of several types
        async for chunk in stream:
            assert chunk.container == container
            found.extend(chunk.lines)
    return found


async def next_event(stream: Stream[Event], action: str) -> Event:
    async with asyncio.timeout(20):
        async for event in stream:
            if event.action == action:
                return event
    pytest.fail(f"the stream ended before {action}")


SCRIPT = "echo one; printf '1%%\\r2%%\\n'; echo two >&2; head -c 40000 /dev/zero | tr '\\0' x; echo; printf end"
TEXTS = ["one", "1%\r", "2%", "x" * 40000, "end"]


@pytest.mark.both_engines
@pytest.mark.parametrize("options", [[], ["--tty"]], ids=["plain", "terminal"])
async def test_a_log_is_read_to_its_end(clean_engine: Lab, engine: Engine, options: list[str]) -> None:
    container = run(clean_engine, SCRIPT, *options)
    # Old engines end a stream that follows before they have written down what a container said last.
    clean_engine.docker("wait", container)
    lines = await lines_of(engine, container)
    texts = [text for _, text in lines]
    assert sorted(texts) == sorted([*TEXTS, "two"])
    assert [text for text in texts if text != "two"] == TEXTS
    times = [time_ns for time_ns, _ in lines]
    assert all(times)


@pytest.mark.both_engines
async def test_reading_goes_on_where_it_ended(clean_engine: Lab, engine: Engine) -> None:
    container = run(clean_engine, "for i in 1 2 3 4 5; do echo line $i; done")
    clean_engine.docker("wait", container)
    lines = await lines_of(engine, container)
    assert [text for _, text in lines] == [f"line {i}" for i in range(1, 6)]
    assert await lines_of(engine, container, since_ns=lines[3][0]) == [line for line in lines if line[0] >= lines[3][0]]
    assert await lines_of(engine, container, since_ns=lines[-1][0] + 1) == []
    assert await lines_of(engine, container, tail=2, follow=False) == lines[-2:]
    assert await lines_of(engine, container, tail=0, follow=False) == []


async def test_lines_come_as_they_are_written(clean_engine: Lab, engine: Engine) -> None:
    container = run(clean_engine, "echo before; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo after; sleep 100")
    async with contextlib.aclosing(engine.logs(container)) as stream, asyncio.timeout(20):
        assert (await anext(stream)).lines[0][1] == "before"
        waiting = asyncio.create_task(anext(stream))
        await asyncio.to_thread(clean_engine.docker, "exec", container, "touch", "/tmp/go")
        assert (await waiting).lines[0][1] == "after"


async def test_a_flood_is_read_whole_by_a_slow_reader(clean_engine: Lab, engine: Engine) -> None:
    """The bounded queue fills up many times over; the engine waits, and no line is lost."""
    count = 200_000
    container = run(clean_engine, f"yes 0123456789012345678901234567890123456789 | head -n {count}; echo done")
    read = 0
    last = ""
    async with contextlib.aclosing(engine.logs(container)) as stream:
        async for chunk in stream:
            await asyncio.sleep(0)
            read += len(chunk.lines)
            last = chunk.lines[-1][1]
    assert (read, last) == (count + 1, "done")


async def test_a_log_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        await lines_of(engine, "nobody")


async def test_a_container_that_keeps_no_log(clean_engine: Lab, engine: Engine) -> None:
    from harmony_desktop.control.ports import EngineError

    container = run(clean_engine, "echo lost", "--log-driver", "none")
    with pytest.raises(EngineError, match="Cannot read the log"):
        await lines_of(engine, container)


async def test_closing_ends_thread_and_connection(clean_engine: Lab, engine: Engine) -> None:
    container = run(clean_engine, "sleep 100")
    before = threading.active_count()
    logs = engine.logs(container)
    events = engine.events(0)
    waiting = [asyncio.create_task(anext(logs)), asyncio.create_task(anext(events))]
    await asyncio.sleep(0)
    assert threading.active_count() == before + 2
    await logs.aclose()
    await events.aclose()
    assert threading.active_count() == before
    for result in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(result, StopAsyncIteration)
    await logs.aclose()


async def test_a_stream_that_is_forgotten_ends_by_itself(clean_engine: Lab, engine: Engine) -> None:
    events = engine.events(0)
    thread = next(thread for thread in threading.enumerate() if thread.name == "engine-stream")
    del events
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()


@pytest.mark.both_engines
async def test_events_of_containers_networks_volumes_and_images(clean_engine: Lab, engine: Engine) -> None:
    since = time.time_ns()  # what the engine remembers of earlier tests is not meant
    clean_engine.docker("volume", "create", "some-volume")
    clean_engine.docker("network", "create", "some-network")
    container = clean_engine.docker("create", "--label", "a=b", IMAGE).stdout.strip()
    clean_engine.docker("tag", IMAGE, "some/image:1")
    clean_engine.docker("rmi", "some/image:1")
    found: list[Event] = []
    async with contextlib.aclosing(engine.events(since)) as stream, asyncio.timeout(20):
        async for event in stream:
            found.append(event)
            if event.action == "untag":
                break
    assert {event.type for event in found} == {"container", "network", "volume", "image"}
    created = [event for event in found if event.action == "create" and event.id == container]
    assert [event.attributes["a"] for event in created] == ["b"]
    times = [event.time_ns for event in found]
    assert times == sorted(times)


async def test_events_from_now_on(clean_engine: Lab, engine: Engine) -> None:
    async with contextlib.aclosing(engine.events(0)) as stream:
        first = asyncio.create_task(next_event(stream, "create"))
        # The stream is open once anything comes through it.
        while not first.done():
            clean_engine.docker("volume", "create", "some-volume")
            clean_engine.docker("volume", "rm", "some-volume")
            await asyncio.sleep(0)
        assert (await first).id == "some-volume"


async def test_an_engine_that_goes_ends_the_streams(clean_engine: Lab, engine: Engine) -> None:
    container = run(clean_engine, "echo one; sleep 100")
    async with (
        contextlib.aclosing(engine.events(1)) as events,
        contextlib.aclosing(engine.logs(container)) as logs,
        asyncio.timeout(30),
    ):
        await anext(logs)
        await anext(events)
        await asyncio.to_thread(clean_engine.engine.kill)
        assert [chunk async for chunk in logs] == []
        assert all([event.type async for event in events])
    with pytest.raises(EngineUnavailableError, match="not running"):
        await engine.info()
