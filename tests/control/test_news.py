"""What the window is told of updates: asked once a day, never by accident, compared with what is in use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest_asyncio

from harmony_desktop.control.locking import Holder
from harmony_desktop.control.news import NewsScout
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.releases import Release, Releases
from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.control.update_news import Deed, Standing
from harmony_desktop.plan.observed import Image, Observed
from harmony_desktop.stack.project import Project
from tests.control.scripted import ScriptedClock, ScriptedEngine, ScriptedLocks, ScriptedReleases, scripted_tools, until
from tests.plan.builders import container, project, service

DAY = 24 * 3600.0
OLD, NEW = "sha256:old", "sha256:new"


@dataclass
class Bench:
    """A scout with everything around it."""

    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    clock: ScriptedClock = field(default_factory=ScriptedClock)
    stack: Project = field(default_factory=lambda: project(service("a"), service("b")))
    services: tuple[ServiceState, ...] = (
        ServiceState("a", "A", stage=Stage.READY),
        ServiceState("b", "B", stage=Stage.STOPPED),
    )

    def __post_init__(self) -> None:
        self.tools = scripted_tools(self.clock)
        assert isinstance(self.tools.releases, ScriptedReleases)
        assert isinstance(self.tools.locks, ScriptedLocks)
        self.memory, self.locks = self.tools.releases, self.tools.locks
        for name in "ab":
            image = Image(f"id-{name}", (f"example/{name}@{OLD}",))
            self.engine.images_here.update({f"example/{name}": image, image.id: image})
            self.engine.registry[f"example/{name}"] = OLD
        self.engine.containers["p-a-1"] = container("a")
        self.scout = NewsScout(self.tools, self.sight, spread=lambda: 0.5)

    def sight(self) -> tuple[Engine, Project, Observed]:
        return self.engine, self.stack, Observed(tuple(self.engine.containers.values()))

    def asked(self) -> int:
        return self.engine.calls.count("digest example/a")

    async def rest(self, condition: Callable[[], object]) -> None:
        """Let scripted time pass quickly until a condition holds; it stands still while the scout is at work."""
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0)
                if self.clock.sleepers:
                    self.clock.advance(5)


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    running = asyncio.create_task(made.scout.run())
    yield made
    running.cancel()
    await asyncio.wait([running])
    await made.scout.close()


async def test_the_registries_are_asked_once_a_day(bench: Bench) -> None:
    bench.scout.watch(wanted=True)
    opened = bench.clock.now()
    await bench.rest(lambda: bench.asked() == 1 and not bench.scout.store.value.asking)
    assert bench.clock.now() - opened >= 20, "the start has other things to do"
    first = bench.clock.now()
    assert bench.memory.load(bench.stack).inquiry.digests == {"example/a": OLD, "example/b": OLD}
    await bench.rest(lambda: bench.asked() == 2)
    assert DAY * 0.95 <= bench.clock.now() - first < DAY * 1.1


async def test_nobody_asks_when_it_is_switched_off(bench: Bench) -> None:
    bench.scout.watch(wanted=True)
    bench.scout.watch(wanted=False)
    for _ in range(300):
        await asyncio.sleep(0)
        bench.clock.advance(DAY / 100)
    assert bench.asked() == 0


async def test_an_answer_of_another_window_today_is_enough(bench: Bench) -> None:
    bench.memory.save(
        bench.stack, replace(Releases(), inquiry=replace(Releases().inquiry, asked_at=bench.clock.now() - DAY / 2))
    )
    start = bench.clock.now()
    bench.scout.watch(wanted=True)
    await bench.rest(lambda: bench.asked() == 1)
    assert bench.clock.now() - start >= DAY * 0.4


async def test_offline_it_is_tried_again_after_an_hour_and_not_told(bench: Bench) -> None:
    bench.engine.registry.clear()
    bench.scout.watch(wanted=True)
    await bench.rest(lambda: bench.asked() == 1 and not bench.scout.store.value.asking)
    failed = bench.clock.now()
    await bench.rest(lambda: bench.asked() == 2 and not bench.scout.store.value.asking)
    assert 3500 <= bench.clock.now() - failed < 4000
    assert bench.scout.store.value.fault == ""
    bench.scout.ask()
    await until(lambda: bench.scout.store.value.fault)
    assert "Cannot fetch" in bench.scout.store.value.fault


async def test_a_newer_image_is_told_and_one_that_was_rolled_back_as_such(bench: Bench) -> None:
    bench.engine.registry["example/a"] = NEW
    bench.scout.ask()
    await until(lambda: bench.scout.store.value.items)
    (item,) = bench.scout.store.value.items
    assert (item.service, item.standing, item.current, item.available) == ("a", Standing.NEWER, OLD, NEW)
    bench.memory.save(bench.stack, replace(bench.memory.load(bench.stack), held={"example/a": NEW}))
    await bench.scout.compare()
    assert [item.standing for item in bench.scout.store.value.items] == [Standing.HELD]
    bench.engine.registry["example/a"] = "sha256:newer-still"
    bench.scout.ask()
    await until(lambda: [i.standing for i in bench.scout.store.value.items] == [Standing.NEWER])


async def test_an_image_that_was_fetched_by_another_tool_is_told(bench: Bench) -> None:
    bench.engine.images_here["example/a"] = Image("id-new", (f"example/a@{NEW}",))
    await bench.scout.compare()
    assert [(i.service, i.standing) for i in bench.scout.store.value.items] == [("a", Standing.FETCHED)]


async def test_what_stays_ready_is_remembered(bench: Bench) -> None:
    bench.scout.seen(bench.services, busy=False)
    bench.clock.advance(1)
    bench.scout.seen(bench.services, busy=False)
    assert bench.memory.saved == [], "ready for a moment is not ready"
    bench.clock.advance(10)
    bench.scout.seen(bench.services, busy=False)
    await until(lambda: bench.memory.saved)
    assert bench.memory.load(bench.stack).ready == ({"a": Release("example/a", "id-a", f"example/a@{OLD}")},)


async def test_nothing_is_remembered_in_the_middle_of_a_change(bench: Bench) -> None:
    for _ in range(3):
        bench.scout.seen(bench.services, busy=True)
        bench.clock.advance(10)
    bench.locks.held_by = Holder("harmony-desktop update", 1, 0)
    for _ in range(3):
        bench.scout.seen(bench.services, busy=False)
        await asyncio.sleep(0.01)
        bench.clock.advance(10)
    assert bench.memory.saved == []
    bench.locks.held_by = None
    for _ in range(3):
        bench.scout.seen(bench.services, busy=False)
        bench.clock.advance(10)
    await until(lambda: bench.memory.saved)
    troubled = (*bench.services[:1], ServiceState("b", "B", stage=Stage.FAILED))
    bench.engine.containers["p-a-1"] = container("a", image_id="id-b")
    for _ in range(3):
        bench.scout.seen(troubled, busy=False)
        bench.clock.advance(10)
    assert len(bench.memory.saved) == 1, "not all that should run is ready"


async def test_the_way_back_names_the_services(bench: Bench) -> None:
    earlier = {"a": Release("example/a", "id-before")}
    bench.memory.save(bench.stack, Releases(ready=(earlier,)))
    await bench.scout.compare()
    assert bench.scout.store.value.earlier == ("A",)
    bench.scout.tell(Deed.RETURNED, ("A: x → y",))
    assert bench.scout.store.value.deed is Deed.RETURNED
