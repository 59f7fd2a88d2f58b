"""Repairs hold the stack's lock; what is being written when they are cancelled is written whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harmony_desktop.control.repairs import HandOver, Repair, RepairPlan, Undone
from harmony_desktop.preflight.mending import Surgery
from tests.control.scripted import ScriptedClock, ScriptedEngine, ScriptedLocks

PLAN = RepairPlan(Path("/stack"), handovers=(HandOver(Path("/stack/models"), "6972:6972", "example/text"),))


@dataclass
class SlowMender:
    """Writes until a test lets it end."""

    begun: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    done: bool = False

    def stock(self, root: Path, path: Path) -> bytes | None:
        return None

    def plan(self, root: Path, repairs: Sequence[Repair]) -> RepairPlan:
        return PLAN

    def apply(self, plan: RepairPlan) -> tuple[Path, ...]:
        self.begun.set()
        assert self.gate.wait(10)
        self.done = True
        return ()

    def can_undo(self, root: Path) -> bool:
        return False

    def undo(self, root: Path) -> Undone:
        return Undone()


def surgery(mender: SlowMender, engine: ScriptedEngine) -> Surgery:
    async def door() -> ScriptedEngine:
        return engine

    return Surgery(mender, ScriptedLocks(), ScriptedClock(), door)


async def test_files_first_then_the_engine_hands_over_what_is_roots() -> None:
    mender, engine = SlowMender(), ScriptedEngine()
    mender.gate.set()
    await surgery(mender, engine).mend(PLAN, lambda _words: None)
    assert mender.done
    assert engine.calls == ["hand_over /stack/models 6972:6972"]
    assert engine.closed


async def test_a_cancelled_repair_ends_what_it_writes_and_begins_nothing_more() -> None:
    mender, engine = SlowMender(), ScriptedEngine()
    work = asyncio.create_task(surgery(mender, engine).mend(PLAN, lambda _words: None))
    await asyncio.to_thread(mender.begun.wait, 10)
    work.cancel()
    await asyncio.sleep(0)
    assert not work.done()
    mender.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert mender.done
    assert engine.calls == []
