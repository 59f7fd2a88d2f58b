"""Adjusting a service through the desk: what is, what would be, and the deed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from harmony_desktop.control.adjust_desk import AdjustDesk, AdjustState
from harmony_desktop.control.adjustments import Adjustment
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.stack.errors import ComposeError, HarmonyError
from harmony_desktop.stack.project import Project
from tests.control.scripted_ports import ScriptedAdjuster
from tests.plan.builders import project, service

INFO = EngineInfo("box", "28", "1.51", "linux", "x86_64", cpus=4, memory=8 * 1024**3)


@dataclass
class Around:
    """A desk with everything around it."""

    stack: Project = field(default_factory=lambda: project(service("web"), service("api")))
    adjuster: ScriptedAdjuster = field(default_factory=ScriptedAdjuster)
    applied: list[tuple[str, bool]] = field(default_factory=list)
    fault: HarmonyError | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = AdjustDesk(self.load, lambda: INFO, self.adjuster, self.spawn, self.note)

    def load(self) -> Project:
        if self.fault is not None:
            raise self.fault
        return self.stack

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))

    async def note(self, name: str, start: bool) -> None:
        self.applied.append((name, start))

    async def settled(self) -> AdjustState:
        await asyncio.gather(*self.tasks)
        return self.desk.store.value


async def test_what_is_adjusted_is_shown_with_what_the_engine_has() -> None:
    around = Around()
    around.adjuster.adjusted["web"] = Adjustment(memory=1024**3)
    around.desk.open("web")
    assert around.desk.store.value.busy
    state = await around.settled()
    assert (state.title, state.busy, state.current.memory) == ("Web", False, 1024**3)
    assert (state.size.cpus, state.base.restart, state.single) == (4, "on-failure:5", "")


@pytest.mark.parametrize("start", [False, True])
async def test_nothing_is_written_before_it_was_previewed(start: bool) -> None:
    around = Around()
    around.desk.open("web")
    await around.settled()
    around.desk.apply(start=start)
    assert not around.adjuster.adjusted
    around.desk.preview(Adjustment(cpus=2.0))
    state = await around.settled()
    assert state.preview is not None
    assert not around.adjuster.adjusted
    around.desk.apply(start=start)
    state = await around.settled()
    assert state.done
    assert around.adjuster.adjusted == {"web": Adjustment(cpus=2.0)}
    assert around.applied == [("web", start)]


async def test_what_cannot_work_is_told_in_the_dialog_and_can_be_mended() -> None:
    around = Around()
    around.desk.open("web")
    await around.settled()
    around.desk.preview(Adjustment(cpus=64.0))
    state = await around.settled()
    assert state.preview is None
    assert state.fault is not None
    assert "Docker has 4" in state.fault.cause
    around.desk.preview(Adjustment(cpus=4.0))
    state = await around.settled()
    assert (state.fault, state.busy) == (None, False)
    assert state.preview is not None
    around.desk.look_again()
    assert around.desk.store.value.preview is None


async def test_files_that_cannot_be_read_are_told() -> None:
    around = Around(fault=ComposeError("Wrong", cause="because"))
    around.desk.open("web")
    state = await around.settled()
    assert state.fault is not None
    assert (state.fault.title, state.fault.cause) == ("Wrong", "because")


async def test_files_that_cannot_be_written_leave_the_preview() -> None:
    around = Around()
    around.desk.open("web")
    await around.settled()
    around.desk.preview(Adjustment(cpus=2.0))
    await around.settled()
    around.adjuster.fault = HarmonyError("The disk is full")
    around.desk.apply(start=True)
    state = await around.settled()
    assert state.fault is not None
    assert state.preview is not None
    assert (state.fault.title, state.done, around.applied) == ("The disk is full", False, [])


async def test_what_comes_after_the_dialog_was_closed_shows_nowhere() -> None:
    around = Around()
    around.desk.open("web")
    around.desk.close()
    assert await around.settled() == AdjustState()
