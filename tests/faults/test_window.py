"""What stands behind the window while its engine is in trouble: no light shows more than is known, and it recovers."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path

import pytest

from harmony_desktop.control import alive, watcher
from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.followers import LogFollowers
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import Light, StackState, Stage
from harmony_desktop.engine import connector, docker_engine
from harmony_desktop.engine.connector import DockerConnector
from tests.faults.stack import IMAGE, Stack
from tests.lab.fault_proxy import FaultProxy

LOGGING = f"""
name: NAME
services:
  api:
    image: {IMAGE}
    environment: {{STANDIN: "flood=400;flood-lines=1200;chatter=0"}}
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits that matter for an engine that is silent, made short; ``docs/testing.md`` lists what they are."""
    monkeypatch.setattr(watcher, "HEARTBEATS", (0.5, 0.5))
    monkeypatch.setattr(alive, "PULSE", 0.5)
    monkeypatch.setattr(docker_engine, "SIGN_OF_LIFE", 2)
    monkeypatch.setattr(connector, "ANSWER_LIMIT", 2)


def green(state: StackState) -> bool:
    return state.engine.status is EngineStatus.READY and [s.light for s in state.services] == [Light.READY] * 3


def dark(state: StackState) -> bool:
    """Nothing is known, and it says so."""
    return state.engine.status is not EngineStatus.READY and {s.stage for s in state.services} == {Stage.UNKNOWN}


def open_sockets() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(f"{entry.name} {entry.readlink()}")
    return {item for item in found if "socket:" in item}


async def test_frozen_and_thawed(stack: Stack) -> None:
    assert stack.call_aside("up") == 0
    async with stack.window() as window:
        await stack.until(window, green)
        with stack.lab.engine.frozen():
            state = await stack.until(window, dark)
            assert state.engine.status is EngineStatus.UNREACHABLE
            assert "did not answer" in state.engine.reason or "gave no usable answer" in state.engine.reason
            assert state.engine.advice
        await stack.until(window, green)


async def test_killed_and_started_again(stack: Stack, proxy: FaultProxy) -> None:
    assert stack.call_aside("up") == 0
    async with stack.window() as window:
        await stack.until(window, green)
        stack.lab.engine.kill()
        await stack.until(window, dark)
        await asyncio.to_thread(stack.lab.engine.start)
        state = await stack.until(window, lambda state: state.engine.status is EngineStatus.READY)
        assert Light.READY not in {service.light for service in state.services}, "they died with it"
        window.start()
        await stack.until(window, green)


@pytest.mark.parametrize("fault", ["vanish", "refuse"])
async def test_its_socket_goes_and_comes(stack: Stack, proxy: FaultProxy, fault: str) -> None:
    assert stack.call_aside("up") == 0
    async with stack.window() as window:
        await stack.until(window, green)
        if fault == "vanish":
            proxy.vanish()
        else:
            proxy.refuse()
            proxy.end(".*")
        await stack.until(window, dark)
        # First the connection broke; a look for the engine then tells what became of it.
        gone = {EngineStatus.STOPPED, EngineStatus.ABSENT}
        await stack.until(window, lambda state: dark(state) and state.engine.status in gone)
        proxy.listen()
        await stack.until(window, green)


async def test_events_end_and_nothing_that_happens_is_missed(stack: Stack, proxy: FaultProxy) -> None:
    assert stack.call_aside("up") == 0
    async with stack.window() as window:
        await stack.until(window, green)
        seen: list[StackState] = []
        unsubscribe = window.store.subscribe(seen.append)
        for number in range(3):
            await stack.until(window, lambda _: proxy.live("GET /events") > 0)
            assert proxy.end("GET /events")
            stack.lab.api.call("POST", f"/containers/{stack.name}-side-1/{'start' if number % 2 else 'stop'}")
            wanted = Stage.REACHABLE if number % 2 else Stage.STOPPED
            await stack.until(window, lambda state, wanted=wanted: stage(state, "side") is wanted)  # type: ignore[misc]
        unsubscribe()
        assert {state.engine.status for state in seen} <= {EngineStatus.READY}, "the engine was there all the time"


def stage(state: StackState, name: str) -> Stage:
    service = state.service(name)
    assert service is not None
    return service.stage


async def test_a_start_can_be_cancelled_while_its_call_hangs(stack: Stack, proxy: FaultProxy) -> None:
    proxy.add("POST /containers/create", silent=True)
    async with stack.window() as window:
        await stack.until(window, lambda state: state.engine.status is EngineStatus.READY)
        window.start()
        await stack.until(window, lambda _: proxy.live("POST /containers/create") > 0)
        window.cancel()
        async with asyncio.timeout(5):
            await stack.until(window, lambda state: state.operation is None)
        proxy.heal()
        window.start()
        await stack.until(window, green)


async def test_a_start_on_an_engine_that_freezes_fails_with_a_word(stack: Stack, proxy: FaultProxy) -> None:
    proxy.add("POST /containers/create", silent=True)
    async with stack.window() as window:
        await stack.until(window, lambda state: state.engine.status is EngineStatus.READY)
        window.start()
        await stack.until(window, lambda _: proxy.live("POST /containers/create") > 0)
        with stack.lab.engine.frozen():
            state = await stack.until(window, lambda state: state.problem is not None and state.operation is None)
            assert state.problem is not None
            assert state.problem.advice
        proxy.heal()
        await stack.until(window, lambda state: state.engine.status is EngineStatus.READY)
        window.start()
        await stack.until(window, green)


@pytest.mark.parametrize("when", ["searching", "watching", "starting"])
async def test_closing_while_the_engine_is_frozen(stack: Stack, proxy: FaultProxy, when: str) -> None:
    """No thread, no socket stays; the fixture of all tests looks for threads and tasks."""
    sockets, threads = open_sockets(), set(threading.enumerate())
    with contextlib.ExitStack() as cold:
        window = stack.controller()
        if when == "searching":
            cold.enter_context(stack.lab.engine.frozen())
        await window.open()
        if when != "searching":
            await stack.until(window, lambda state: state.engine.status is EngineStatus.READY)
        if when == "starting":
            proxy.add("POST /containers/create", silent=True)
            window.start()
            await stack.until(window, lambda _: proxy.live("POST /containers/create") > 0)
        if when != "searching":
            cold.enter_context(stack.lab.engine.frozen())
        async with asyncio.timeout(2):
            await window.close()
    mine = {thread for thread in set(threading.enumerate()) - threads if thread.name.startswith("engine")}
    for thread in mine:
        thread.join(2)
    assert not [thread for thread in mine if thread.is_alive()]
    await asyncio.to_thread(proxy.settle)
    assert open_sockets() == sockets


async def test_a_log_that_breaks_off_again_and_again_is_whole(stack: Stack, proxy: FaultProxy) -> None:
    stack.write(LOGGING)
    assert stack.call_aside("up") == 0
    lines: list[str] = []

    class Book:
        def append(self, service: str, more: tuple[tuple[int, str], ...]) -> None:
            lines.extend(text for _, text in more)

    engine = await DockerConnector(host=proxy.host, environ={}).connect()
    followers = LogFollowers(Book(), SystemClock())  # type: ignore[arg-type] # a book that only takes lines
    try:
        observed = await engine.observe(stack.name)
        cut = proxy.add("GET /containers/.*/logs", cut=9_000)
        followers.update(engine, observed, ["api"])
        async with asyncio.timeout(30):
            while cut.hits < 6 or len(lines) < 400:  # noqa: ASYNC110 - lines tell no event of their coming
                await asyncio.sleep(0)
        proxy.heal()
        async with asyncio.timeout(30):
            while len(lines) < 1200:  # noqa: ASYNC110
                await asyncio.sleep(0)
    finally:
        await followers.stop()
        await engine.close()
    flood = [line for line in lines if line.startswith("flood ")]
    assert [int(line.split()[1]) for line in flood] == list(range(len(flood))), "none is lost, doubled or halved"
    assert {len(line) for line in flood} == {90}
