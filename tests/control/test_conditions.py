"""Waiting for conditions by events: one stream and one look for all who wait."""

from __future__ import annotations

import asyncio

import pytest

from harmony_desktop.control.conditions import ConditionWaiter
from harmony_desktop.control.ports import EngineUnavailableError, Event, NotFoundError
from harmony_desktop.plan.observed import ContainerState, Detail, Health
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Condition
from tests.control.scripted import ScriptedClock, ScriptedEngine, until
from tests.plan.builders import container, project, service

PROJECT = project(service("a"), service("b"))


@pytest.fixture
def engine() -> ScriptedEngine:
    starting = Detail(health=Health.STARTING)
    found = [container("a", detail=starting), container("b", detail=starting)]
    return ScriptedEngine(containers={item.name: item for item in found})


def waiter_for(engine: ScriptedEngine) -> ConditionWaiter:
    return ConditionWaiter(engine, PROJECT, ScriptedClock())


async def waiting(engine: ScriptedEngine, waiter: ConditionWaiter, *services: str) -> list[asyncio.Task[None]]:
    """Begin to wait, until there is nothing left to do but wait."""
    tasks = [asyncio.create_task(waiter(name, Condition.HEALTHY)) for name in services]
    await until(lambda: engine.event_streams and engine.calls)
    await idle()
    return tasks


async def idle() -> None:
    """Let everything happen that needs no news."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_all_share_one_stream_and_one_look(engine: ScriptedEngine) -> None:
    tasks = await waiting(engine, waiter_for(engine), "a", "b", "a", "b")
    assert len(engine.event_streams) == 1
    looks = engine.calls.count("observe")
    assert looks <= 2, "the first look, and one for those who came after it had begun"
    engine.change("p-a-1", ContainerState.RUNNING, health=Health.HEALTHY)
    await asyncio.gather(tasks[0], tasks[2])
    assert engine.calls.count("observe") == looks + 1
    assert not tasks[1].done()
    engine.change("p-b-1", ContainerState.RUNNING, health=Health.HEALTHY)
    await asyncio.gather(*tasks)
    assert engine.event_streams[0].closed, "nobody waits any more"


async def test_without_news_nobody_asks(engine: ScriptedEngine) -> None:
    tasks = await waiting(engine, waiter_for(engine), "a")
    looks = engine.calls.count("observe")
    for action in ("exec_create: true", "exec_start: true", "exec_die"):
        engine.emit(engine.containers["p-a-1"], action)
    other = Event("container", "start", "x", 1, {"com.docker.compose.project": "other"})
    engine.event_streams[0].items.put_nowait(other)
    await idle()
    assert engine.calls.count("observe") == looks
    tasks[0].cancel()
    await asyncio.wait(tasks)
    assert engine.event_streams[0].closed


async def test_a_stream_that_ends_is_opened_anew_after_a_look(engine: ScriptedEngine) -> None:
    [task] = await waiting(engine, waiter_for(engine), "a")
    looks = engine.calls.count("observe")
    engine.event_streams[0].items.put_nowait(None)
    await until(lambda: len(engine.event_streams) == 2)
    assert engine.calls.count("observe") == looks + 1
    engine.change("p-a-1", ContainerState.RUNNING, health=Health.HEALTHY)
    await task


async def test_what_happened_while_the_stream_was_down_is_seen(engine: ScriptedEngine) -> None:
    [task] = await waiting(engine, waiter_for(engine), "a")
    engine.event_streams[0].closed = True
    engine.change("p-a-1", ContainerState.RUNNING, health=Health.HEALTHY)
    engine.event_streams[0].items.put_nowait(None)
    await task


async def test_a_fault_of_one_is_not_that_of_the_others(engine: ScriptedEngine) -> None:
    one, other = await waiting(engine, waiter_for(engine), "a", "b")
    engine.change("p-a-1", ContainerState.EXITED, exit_code=3)
    with pytest.raises(HarmonyError, match="ended before it was healthy"):
        await one
    assert not other.done()
    del engine.containers["p-b-1"]
    engine.emit(container("b"), "destroy")
    with pytest.raises(NotFoundError, match="has gone"):
        await other


async def test_an_engine_that_goes_ends_the_waiting_of_all(engine: ScriptedEngine) -> None:
    waiter = waiter_for(engine)
    tasks = await waiting(engine, waiter, "a", "b")
    engine.lose()
    for task in tasks:
        with pytest.raises(EngineUnavailableError):
            await task
    engine.gone = False
    [again] = await waiting(engine, waiter, "a")
    engine.change("p-a-1", ContainerState.RUNNING, health=Health.HEALTHY)
    await again
