"""Starting the stack when the panel starts: when it does, and all the times when it does not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harmony_desktop.control.first_start import PATIENCE, FirstStart
from harmony_desktop.control.gaming import GamingRecord
from harmony_desktop.control.ports import EngineHelp, EngineStart, EngineStatus
from harmony_desktop.control.state import (
    ContainerView,
    EngineState,
    Operation,
    OperationKind,
    ServiceState,
    StackPhase,
    StackState,
    Stage,
)
from harmony_desktop.control.store import Store
from tests.control.scripted import ScriptedClock, until

READY = EngineState(EngineStatus.READY)
STOPPED = ServiceState("a", "A", stage=Stage.STOPPED)
LOADED = StackState(StackPhase.LOADED, "/stack", "p", (replace(STOPPED, stage=Stage.UNKNOWN),))


class Scene:
    def __init__(self, state: StackState | None = None) -> None:
        self.store = Store(state or StackState())
        self.clock = ScriptedClock()
        self.done: list[str] = []
        first = FirstStart(
            self.store, self.clock, lambda: self.done.append("start"), lambda: self.done.append("engine")
        )
        self.task = asyncio.create_task(first.run())

    async def change(self, **changes: object) -> None:
        self.store.set(replace(self.store.value, **changes))  # type: ignore[arg-type] # the fields of StackState
        for _ in range(5):
            await asyncio.sleep(0)

    async def ended(self) -> list[str]:
        await until(self.task.done)
        return self.done


async def test_it_waits_for_the_engine_and_starts_once() -> None:
    scene = Scene()
    await scene.change(phase=StackPhase.LOADED, services=LOADED.services)
    assert not scene.done
    await scene.change(engine=READY)
    assert not scene.done, "what runs is not known yet"
    await scene.change(services=(STOPPED,))
    assert await scene.ended() == ["start"]


async def test_an_engine_that_can_be_started_without_a_question_is_started() -> None:
    start = EngineStart("Start Docker Desktop")
    off = EngineState(EngineStatus.STOPPED, help=EngineHelp(start=start))
    scene = Scene(replace(LOADED, engine=off))
    await scene.change(warnings=("something",))
    assert scene.done == ["engine"]
    await scene.change(engine=READY, services=(STOPPED,))
    assert await scene.ended() == ["engine", "start"]

    asking = Scene(
        replace(LOADED, engine=EngineState(EngineStatus.STOPPED, help=EngineHelp(start=replace(start, asks=True))))
    )
    await asking.change(warnings=("something",))
    assert not asking.done, "nobody sits there who would answer for a password"
    asking.clock.advance(PATIENCE)
    assert await asking.ended() == []


@pytest.mark.parametrize(
    "state",
    [
        replace(LOADED, gaming=GamingRecord(datetime.now(UTC))),
        replace(LOADED, phase=StackPhase.NO_FOLDER),
        replace(LOADED, phase=StackPhase.BROKEN),
        replace(LOADED, setting_up=True),
        replace(LOADED, operation=Operation(OperationKind.PULL)),
        replace(
            LOADED, engine=READY, services=(replace(STOPPED, containers=(ContainerView("1", "a", "running", ""),)),)
        ),
    ],
    ids=["gaming", "no folder", "broken", "set-up", "somebody works", "a part runs"],
)
async def test_when_it_starts_nothing(state: StackState) -> None:
    assert await Scene(state).ended() == []
