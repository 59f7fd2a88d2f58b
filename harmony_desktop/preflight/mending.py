"""Makes repairs true: files by the mender, folders of root by the engine, all of it under the stack's lock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from harmony_desktop.control.locking import StackLocks, at_work
from harmony_desktop.control.ports import Clock, Engine
from harmony_desktop.control.repairs import HandOver, Mender, RepairPlan, Undone
from harmony_desktop.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surgery:
    """What repairs need.

    Attributes:
        mender: Changes files and folders.
        locks: Locks the stack meanwhile.
        clock: Time.
        engine: Returns an engine that answered.
    """

    mender: Mender
    locks: StackLocks
    clock: Clock
    engine: Callable[[], Awaitable[Engine]]

    async def mend(self, plan: RepairPlan, note: Callable[[str], None]) -> tuple[Path, ...]:
        """Do what a plan says; return the backups. Raises HarmonyError."""
        async with at_work(self.locks, plan.root, "doctor --fix", clock=self.clock, note=note, warn=note):
            backups = await _whole(lambda: self.mender.apply(plan))
            if plan.handovers:
                await self._hand_over(plan.handovers)
        return backups

    async def undo(self, root: Path, note: Callable[[str], None]) -> Undone:
        """Take back the last repair. Raises HarmonyError."""
        async with at_work(self.locks, root, "doctor --undo", clock=self.clock, note=note, warn=note):
            return await _whole(lambda: self.mender.undo(root))

    async def _hand_over(self, handovers: tuple[HandOver, ...]) -> None:
        engine = await self.engine()
        try:
            for item in handovers:
                await engine.hand_over(item.image, str(item.path), item.owner)
        finally:
            await engine.close()


async def _whole(work: Callable[[], T]) -> T:
    """Do file work in a thread; when it is cancelled, the stack's lock is kept until the thread has ended."""
    task = asyncio.create_task(asyncio.to_thread(work), name="repair files")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody is left to be told
        raise
