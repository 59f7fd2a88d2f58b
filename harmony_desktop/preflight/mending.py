"""Makes repairs true: files by the mender, folders of root by the engine, all of it under the stack's lock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from harmony_desktop.control.locking import StackLocks, at_work
from harmony_desktop.control.ports import Clock, Engine
from harmony_desktop.control.repairs import HandOver, Mender, RepairPlan, Undone


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
            backups = await asyncio.to_thread(self.mender.apply, plan)
            if plan.handovers:
                await self._hand_over(plan.handovers)
        return backups

    async def undo(self, root: Path, note: Callable[[str], None]) -> Undone:
        """Take back the last repair. Raises HarmonyError."""
        async with at_work(self.locks, root, "doctor --undo", clock=self.clock, note=note, warn=note):
            return await asyncio.to_thread(self.mender.undo, root)

    async def _hand_over(self, handovers: tuple[HandOver, ...]) -> None:
        engine = await self.engine()
        try:
            for item in handovers:
                await engine.hand_over(item.image, str(item.path), item.owner)
        finally:
            await engine.close()
