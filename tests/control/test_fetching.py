"""Fetching within patience, on a scripted engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from harmony_desktop.control.fetching import Fetcher, Patience
from harmony_desktop.control.ports import (
    EngineUnavailableError,
    LayerPhase,
    LayerProgress,
    PullProgress,
    RegistryError,
)
from tests.control.scripted import ScriptedClock, ScriptedEngine, until

PATIENCE = Patience(spare=10, needed=20)


class SlowEngine(ScriptedEngine):
    """An engine whose pulls go on when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.tell: dict[str, Callable[[PullProgress], None]] = {}
        self.ends: dict[str, asyncio.Event] = {}
        self.cancelled: list[str] = []

    async def pull(self, reference: str, progress: Callable[[PullProgress], None]) -> str:
        self.tell[reference] = progress
        self.ends[reference] = asyncio.Event()
        try:
            await self.ends[reference].wait()
        except asyncio.CancelledError:
            self.cancelled.append(reference)
            raise
        return f"word about {reference}"


def state(image: str, phase: LayerPhase, current: int = 0) -> PullProgress:
    return PullProgress(image, "", current, 100, 0, 1, (LayerProgress("a", phase, current, 100),))


def fetcher_for(engine: ScriptedEngine, clock: ScriptedClock | None = None) -> Fetcher:
    return Fetcher(engine, clock or ScriptedClock(), lambda _: None, PATIENCE)


async def test_missing_images_come_one_after_the_other() -> None:
    engine = SlowEngine()
    fetcher = fetcher_for(engine)
    both = asyncio.gather(fetcher.fetch("a", missing=True), fetcher.fetch("b", missing=True))
    await until(lambda: "a" in engine.tell)
    engine.tell["a"](state("a", LayerPhase.DOWNLOADING, 50))
    assert "b" not in engine.tell
    engine.tell["a"](state("a", LayerPhase.EXTRACTING, 100))
    await until(lambda: "b" in engine.tell)
    engine.ends["a"].set()
    engine.ends["b"].set()
    assert tuple(await both) == ("word about a", "word about b")


async def test_images_that_are_here_are_asked_for_all_at_once() -> None:
    engine = SlowEngine()
    fetcher = fetcher_for(engine)
    both = asyncio.gather(fetcher.fetch("a", missing=False), fetcher.fetch("b", missing=False))
    await until(lambda: len(engine.tell) == 2)
    for end in engine.ends.values():
        end.set()
    await both


@pytest.mark.parametrize(("missing", "limit"), [(True, PATIENCE.needed), (False, PATIENCE.spare)])
async def test_a_registry_that_says_nothing_is_given_up(missing: bool, limit: float) -> None:
    engine, clock = SlowEngine(), ScriptedClock()
    begun = clock.now()
    fetching = asyncio.create_task(fetcher_for(engine, clock).fetch("a", missing=missing))
    await until(fetching.done, clock)
    with pytest.raises(RegistryError, match="Cannot fetch a") as told:
        await fetching
    assert f"has sent nothing for {limit:g} seconds" in told.value.cause
    assert limit <= clock.now() - begun < limit * 1.5
    assert engine.cancelled == ["a"]


async def test_the_next_image_does_not_wait_for_the_same_silence() -> None:
    engine, clock = SlowEngine(), ScriptedClock()
    fetcher = fetcher_for(engine, clock)
    tasks = [asyncio.create_task(fetcher.fetch(name, missing=True)) for name in ("a", "b")]
    await until(lambda: all(task.done() for task in tasks), clock)
    for task, name in zip(tasks, ("a", "b"), strict=True):
        with pytest.raises(RegistryError, match=f"Cannot fetch {name}"):
            await task
    assert engine.cancelled == ["a"]


async def test_bytes_and_work_of_the_engine_are_waited_for() -> None:
    engine, clock = SlowEngine(), ScriptedClock()
    fetching = asyncio.create_task(fetcher_for(engine, clock).fetch("a", missing=False))
    await until(lambda: "a" in engine.tell)
    for byte in range(20):
        engine.tell["a"](state("a", LayerPhase.DOWNLOADING, byte))
        await passed(clock, PATIENCE.spare / 4)
    assert not fetching.done(), "bytes came all the time"
    engine.tell["a"](state("a", LayerPhase.EXTRACTING, 100))
    await passed(clock, PATIENCE.spare * 3)
    assert not fetching.done(), "the engine unpacks"
    engine.ends["a"].set()
    await fetching


async def test_the_engines_countdown_is_no_sign_of_life() -> None:
    engine, clock = SlowEngine(), ScriptedClock()
    fetching = asyncio.create_task(fetcher_for(engine, clock).fetch("a", missing=False))
    await until(lambda: "a" in engine.tell)
    engine.tell["a"](state("a", LayerPhase.DOWNLOADING, 10))
    while not fetching.done():
        engine.tell["a"](state("a", LayerPhase.RETRYING, 10))
        await passed(clock, 1)
    with pytest.raises(RegistryError):
        await fetching


async def test_an_engine_that_is_gone_is_told_as_such() -> None:
    engine, clock = SlowEngine(), ScriptedClock()
    engine.gone = True
    fetching = asyncio.create_task(fetcher_for(engine, clock).fetch("a", missing=True))
    await until(fetching.done, clock)
    with pytest.raises(EngineUnavailableError):
        await fetching


async def test_cancelling_ends_the_pull_and_gives_the_turn_on() -> None:
    engine = SlowEngine()
    fetcher = fetcher_for(engine)
    first = asyncio.create_task(fetcher.fetch("a", missing=True))
    second = asyncio.create_task(fetcher.fetch("b", missing=True))
    await until(lambda: "a" in engine.tell)
    first.cancel()
    await until(lambda: "b" in engine.tell)
    assert engine.cancelled == ["a"]
    engine.ends["b"].set()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def passed(clock: ScriptedClock, seconds: float) -> None:
    """Let scripted time pass, and whoever slept wake up."""
    end = clock.now() + seconds
    await until(lambda: clock.now() >= end, clock)
