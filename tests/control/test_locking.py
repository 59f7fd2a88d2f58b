"""One at a time: the second says who is at work, waits, and goes on with its own work."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from harmony_desktop.control.locking import Holder, at_work
from tests.control.scripted import ScriptedClock, ScriptedLocks, until

FOLDER = Path("/stack")
OTHER = Holder("harmony-desktop up", 4711, 0.0)


class Desk:
    """What is around the lock."""

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        self.locks = ScriptedLocks()
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def at_work(self, what: str = "down", folder: Path = FOLDER) -> contextlib.AbstractAsyncContextManager[bool]:
        return at_work(self.locks, folder, what, clock=self.clock, note=self.notes.append, warn=self.warnings.append)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_it_is_held_while_at_work_and_given_back_after_a_fault(desk: Desk) -> None:
    async def work() -> None:
        async with desk.at_work():
            assert desk.locks.log == ["+ test down"]
            raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        await work()
    assert desk.locks.log == ["+ test down", "- test down"]
    assert not desk.notes


async def test_the_second_says_who_is_at_work_waits_and_goes_on(desk: Desk) -> None:
    desk.locks.held_by = OTHER
    began = asyncio.Event()

    async def work() -> None:
        async with desk.at_work():
            began.set()

    waiting = asyncio.create_task(work())
    await until(lambda: len(desk.notes) == 1, desk.clock)
    assert desk.notes[0].startswith("harmony-desktop up (process 4711) is at work on this stack since ")
    assert desk.notes[0].endswith("; waiting until it is done…")
    for _ in range(5):
        await until(lambda: desk.clock.sleepers)
        desk.clock.advance(1)
        assert not began.is_set()
    assert len(desk.notes) == 1, "it is said once"
    desk.locks.held_by = Holder("The Harmony window", 4712, 0.0)
    await until(lambda: len(desk.notes) == 2, desk.clock)
    assert "The Harmony window (process 4712)" in desk.notes[1]
    desk.locks.held_by = None
    await until(began.is_set, desk.clock)
    await waiting
    assert desk.locks.held_by is None


async def test_waiting_can_be_given_up(desk: Desk) -> None:
    desk.locks.held_by = OTHER
    waiting = asyncio.create_task(desk.at_work().__aenter__())
    await until(lambda: desk.notes, desk.clock)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert desk.locks.held_by is OTHER


async def test_within_ones_own_work_there_is_nobody_to_wait_for(desk: Desk) -> None:
    async def part() -> None:
        async with desk.at_work("up"):
            pass

    async with desk.at_work("update"):
        await part()
        await asyncio.create_task(part())
    assert desk.locks.log == ["+ test update", "- test update"]
    await part()
    assert desk.locks.log[2:] == ["+ test up", "- test up"]


async def test_where_nothing_can_be_locked_it_goes_on_with_a_word(desk: Desk) -> None:
    desk.locks.fault = "Read-only file system"
    async with desk.at_work():
        pass
    assert "This stack cannot be locked (Read-only file system)" in desk.warnings[0]
