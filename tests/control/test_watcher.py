"""The watcher and the start of an engine, on a scripted engine and a clock that a test moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from harmony_desktop.control.awakening import Awakening
from harmony_desktop.control.ports import (
    Engine,
    EngineError,
    EngineHelp,
    EngineInfo,
    EngineStart,
    EngineStatus,
    EngineUnavailableError,
    Event,
)
from harmony_desktop.control.state import EngineState
from harmony_desktop.control.watcher import Watcher
from harmony_desktop.plan.observed import Observed
from harmony_desktop.stack.errors import HarmonyError
from tests.control.scripted import ScriptedClock, ScriptedEngine, until

READY, STOPPED, UNREACHABLE = EngineStatus.READY, EngineStatus.STOPPED, EngineStatus.UNREACHABLE


@dataclass
class Scene:
    """A watcher with everything around it; what it tells is written down."""

    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    clock: ScriptedClock = field(default_factory=ScriptedClock)
    error: EngineUnavailableError | None = None
    connects: int = 0
    statuses: list[EngineStatus] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.watcher = Watcher(self, "p", self, self.clock)

    async def connect(self) -> Engine:
        self.connects += 1
        if self.error:
            raise self.error
        return self.engine

    def engine_changed(self, state: EngineState, engine: Engine | None, info: EngineInfo | None) -> None:
        self.statuses.append(state.status)
        self.reasons.append(state.reason)

    def observed(self, observed: Observed) -> None:
        self.looks += 1

    def happened(self, event: Event) -> None:
        pass

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and everybody do what they do then."""
        self.clock.advance(seconds)
        for _ in range(20):
            await asyncio.sleep(0)

    def end_events(self) -> None:
        for stream in self.engine.event_streams:
            stream.items.put_nowait(None)


@contextlib.asynccontextmanager
async def watching(scene: Scene) -> AsyncIterator[Scene]:
    task = asyncio.create_task(scene.watcher.run())
    try:
        await until(lambda: scene.looks or scene.error)
        await scene.pass_time(0)
        yield scene
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_signs_of_life_are_asked_more_often_while_somebody_looks() -> None:
    async with watching(Scene()) as scene:
        pings = [0]
        for seconds in (4.9, 0.2, 4.9, 0.2):
            await scene.pass_time(seconds)
            pings.append(scene.engine.calls.count("ping"))
        assert pings == [0, 0, 1, 1, 2]
        scene.watcher.set_visible(False)
        await scene.pass_time(5.1)  # the pause that had begun
        before = scene.engine.calls.count("ping")
        await scene.pass_time(14.8)
        assert scene.engine.calls.count("ping") == before
        await scene.pass_time(0.3)
        assert scene.engine.calls.count("ping") == before + 1
        scene.watcher.set_visible(True)
        await scene.pass_time(0)
        assert scene.engine.calls.count("ping") == before + 2, "whoever looks sees what is true now"


async def test_a_sign_of_life_that_fails_is_the_loss_of_the_engine() -> None:
    async with watching(Scene()) as scene:
        scene.engine.faults["ping"] = EngineUnavailableError("x", cause="The Docker engine did not answer in time.")
        await scene.pass_time(5.1)
        await until(lambda: scene.engine.closed)
        assert scene.statuses == [READY, UNREACHABLE]
        assert "in time" in scene.reasons[-1]


async def test_the_search_slows_down_less_while_somebody_looks() -> None:
    scene = Scene(error=EngineUnavailableError("Stopped", state=STOPPED))
    async with watching(scene):
        await until(lambda: scene.connects == 1)
        pauses = []
        for _ in range(7):
            connects, waited = scene.connects, 0.0
            while scene.connects == connects:
                await scene.pass_time(0.25)
                waited += 0.25
            pauses.append(waited)
        assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
        scene.watcher.set_visible(False)
        await scene.pass_time(5)
        connects = scene.connects
        await scene.pass_time(9)
        assert scene.connects == connects
        scene.watcher.set_visible(True)
        await scene.pass_time(0)
        assert scene.connects == connects + 1, "at once when somebody looks"


async def test_an_engine_whose_events_end_is_looked_at_afresh_and_kept() -> None:
    async with watching(Scene()) as scene:
        for number in range(1, 4):
            await until(lambda number=number: len(scene.engine.event_streams) == number, scene.clock)  # type: ignore[misc]
            looks = scene.looks
            scene.end_events()
            await until(lambda looks=looks: scene.looks > looks, scene.clock)  # type: ignore[misc] # bound now
        assert set(scene.statuses) == {READY}
        assert not scene.engine.closed
        assert scene.connects == 1


async def test_an_engine_in_doubt_is_not_shown_as_ready() -> None:
    async with watching(Scene()) as scene:
        scene.engine.gates["ping"] = asyncio.Event()
        scene.end_events()
        await scene.engine.entered["ping"].wait()
        await scene.pass_time(0.5)
        assert scene.statuses == [READY]
        await scene.pass_time(0.6)
        assert scene.statuses == [READY, UNREACHABLE]
        assert not scene.engine.closed, "whoever works with it may have patience"
        scene.engine.gates.pop("ping").set()
        await until(lambda: scene.statuses[-1] is READY, scene.clock)


async def test_one_look_that_is_refused_is_no_loss_but_two_are() -> None:
    async with watching(Scene()) as scene:
        scene.engine.faults["observe"] = EngineError("Cannot look", cause="no room", status=500)
        scene.watcher.look_again()
        await until(lambda: len(scene.statuses) > 1, scene.clock)
        assert scene.statuses == [READY, UNREACHABLE]
        assert scene.reasons[-1] == "no room"
        assert scene.engine.calls.count("observe") == 3
        del scene.engine.faults["observe"]
        await until(lambda: scene.statuses[-1] is READY, scene.clock)
        assert scene.connects == 1


async def test_a_fault_of_the_panel_itself_ends_no_watching(expected_log: Callable[[str], None]) -> None:
    expected_log("a fault of the panel itself")
    async with watching(Scene()) as scene:
        scene.engine.containers = None  # type: ignore[assignment] # what nobody has thought of
        scene.watcher.look_again()
        await until(lambda: scene.statuses[-1] is UNREACHABLE, scene.clock)
        assert "AttributeError" in scene.reasons[-1]
        scene.engine.containers = {}
        await until(lambda: scene.statuses[-1] is READY, scene.clock)


# Starting it


@dataclass
class Start:
    """A start of the engine, and what is told of it."""

    clock: ScriptedClock = field(default_factory=ScriptedClock)
    shown: list[EngineState] = field(default_factory=list)
    told: list[HarmonyError] = field(default_factory=list)
    looks: int = 0
    acts: int = 0

    def __post_init__(self) -> None:
        self.awakening = Awakening(self.clock, self.shown.append, self._look, self.told.append)
        offer = EngineStart("Start Docker", "Runs it.", 30.0, self._act)
        self.stopped = EngineState(STOPPED, reason="off", help=EngineHelp("Start it:", start=offer))

    def _look(self) -> None:
        self.looks += 1

    async def _act(self) -> None:
        self.acts += 1

    def see(self, state: EngineState) -> EngineState:
        shown = self.awakening.shown(state)
        self.shown.append(shown)
        return shown


async def test_an_engine_that_is_being_started_looks_so_until_it_answers() -> None:
    start = Start()
    assert start.see(start.stopped) == start.stopped
    start.awakening.begin()
    start.awakening.begin()
    assert start.see(start.stopped).status is EngineStatus.STARTING
    assert start.shown[-1].being_started
    assert start.shown[-1].help == EngineHelp(), "nothing to press but the end"
    await until(lambda: start.looks, start.clock)
    assert start.acts == 1, "a second press changes nothing"
    ready = EngineState(READY, version="28")
    assert start.see(ready) == ready
    await until(lambda: start.see(start.stopped) == start.stopped)
    assert not start.told


async def test_an_engine_that_never_answers_is_told() -> None:
    start = Start()
    start.see(start.stopped)
    start.awakening.begin()
    await until(lambda: start.told, start.clock)
    assert "does not answer yet" in start.told[0].title
    assert start.looks >= 20, "it was looked for all the time"
    await until(lambda: start.shown[-1] == start.stopped)


async def test_nothing_is_started_without_an_offer() -> None:
    start = Start()
    start.see(EngineState(EngineStatus.ABSENT))
    start.awakening.begin()
    start.awakening.cancel()
    await start.awakening.close()
    assert (start.acts, len(start.shown)) == (0, 1)


async def test_closing_ends_a_start() -> None:
    start = Start()
    start.see(start.stopped)
    start.awakening.begin()
    await start.awakening.close()
    await until(lambda: start.see(start.stopped) == start.stopped)
