"""Checks the stack on the window's behalf, and repairs it when asked to: one thing at a time, each can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harmony_desktop.control.checkup_state import CheckupPhase, CheckupState, RepairPreview
from harmony_desktop.control.ports import Clock
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.control.doctor import Doctor, Finding
    from harmony_desktop.control.repairs import RepairPlan

#: Seconds until the first quiet look, and between two: cheap as they are, they read some files and ask the engine.
FIRST_LOOK, PERIOD = 5.0, 120.0


class CheckupDesk:
    """Implements ``control.checkup_state.CheckingUp``.

    Args:
        doctor: Makes the doctor at the first use; runs in a thread, for it imports much. None where there is none.
        clock: Time.
        mask: Returns a text of ours without secrets.
        mended: Is awaited after files have changed.
    """

    def __init__(
        self,
        doctor: Callable[[], Doctor] | None,
        clock: Clock,
        mask: Callable[[str], str],
        mended: Callable[[], Awaitable[None]],
    ) -> None:
        self._make = doctor
        self._doctor: Doctor | None = None
        self._clock = clock
        self._mask = mask
        self._mended = mended
        self._store = Store(CheckupState())
        self._plan: RepairPlan | None = None
        self._task: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def store(self) -> Store[CheckupState]:
        """What there is to show."""
        return self._store

    def check(self) -> None:
        """Run all checks."""
        if self._store.value.phase is CheckupPhase.RESTING:
            self._update(told=(), fault=None)
            self._begin(CheckupPhase.CHECKING, self._check())

    def cancel(self) -> None:
        """End the check-up, or put the shown repair away; a repair that has begun goes on."""
        phase = self._store.value.phase
        if phase in {CheckupPhase.CHECKING, CheckupPhase.PLANNING} and self._task is not None:
            self._task.cancel()
        elif phase is CheckupPhase.SHOWING:
            self._plan = None
            self._update(phase=CheckupPhase.RESTING, preview=None)

    def preview(self, checks: tuple[str, ...]) -> None:
        """Find out what the repairs of these checks would do."""
        if self._store.value.phase is CheckupPhase.RESTING:
            self._update(told=(), fault=None)
            self._begin(CheckupPhase.PLANNING, self._preview(checks))

    def mend(self) -> None:
        """Do what is shown, and check again."""
        plan = self._plan
        if self._store.value.phase is CheckupPhase.SHOWING and plan is not None:
            self._plan = None
            self._update(preview=None)
            self._begin(CheckupPhase.MENDING, self._mend(plan))

    def undo(self) -> None:
        """Take back the last repair, and check again."""
        if self._store.value.phase is CheckupPhase.RESTING:
            self._update(told=(), fault=None)
            self._begin(CheckupPhase.UNDOING, self._undo())

    def watch(self, watched: bool) -> None:
        """Check quietly from time to time, as far as it costs little (or no longer)."""
        if self._make is None or watched is (self._watching is not None):
            return
        if watched:
            self._watching = asyncio.create_task(self._look_for_ever(), name="quiet check-ups")
        elif self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def close(self) -> None:
        """End everything; what is being written to files is written first."""
        watching, task = self._watching, self._task
        self.watch(False)
        if task is not None:
            task.cancel()
        ending = [each for each in (watching, task) if each is not None and not each.done()]
        if ending:
            await asyncio.wait(ending)

    def _begin(self, phase: CheckupPhase, work: Awaitable[None]) -> None:
        self._update(phase=phase, done=0, total=0, note="")
        self._task = asyncio.create_task(self._telling(work), name=f"check-up: {phase.value}")

    async def _check(self) -> None:
        doctor = await self._get()
        await self._examine(doctor)

    async def _examine(self, doctor: Doctor) -> None:
        findings = await doctor.examine(progress=lambda done, total: self._update(done=done, total=total))
        self._update(findings=self._masked(findings), undoable=await doctor.can_undo())

    async def _preview(self, checks: tuple[str, ...]) -> None:
        doctor = await self._get()
        found = self._store.value.findings
        repairs = [finding.repair for finding in found if finding.id in checks and finding.repair is not None]
        plan = await doctor.plan(repairs)
        if not plan:
            # What the checks saw has changed meanwhile.
            await self._examine(doctor)
            return
        self._plan = plan
        preview = RepairPreview(
            tuple(self._mask(repair.label) for repair in plan.repairs),
            tuple(self._mask(deed) for deed in plan.deeds),
            self._mask(plan.diff),
            lasting=bool(plan.handovers),
        )
        self._update(phase=CheckupPhase.SHOWING, preview=preview)

    async def _mend(self, plan: RepairPlan) -> None:
        doctor = await self._get()
        try:
            backups = await doctor.mend(plan, self._note)
            told = [self._mask(repair.label) for repair in plan.repairs]
            told += [say("Backup: {file}", file=str(backup)) for backup in backups]
            self._update(told=tuple(told), note="")
        finally:
            await self._mended()
        await self._examine(doctor)

    async def _undo(self) -> None:
        doctor = await self._get()
        undone = await doctor.undo(self._note)
        told = [say("As before: {what}", what=what) for what in undone.restored]
        told += [say("Kept: {what}", what=what) for what in undone.kept]
        self._update(told=tuple(told), note="")
        await self._mended()
        await self._examine(doctor)

    async def _look_for_ever(self) -> None:
        await self._clock.sleep(FIRST_LOOK)
        while True:
            if self._store.value.phase is CheckupPhase.RESTING:
                await self._look_quietly()
            await self._clock.sleep(PERIOD)

    async def _look_quietly(self) -> None:
        """Renew what the cheap checks say; nothing shows that they run, nor that they could not."""
        try:
            doctor = await self._get()
            fresh = {finding.id: finding for finding in self._masked(await doctor.examine(quick=True))}
        except HarmonyError:
            return
        state = self._store.value
        if state.phase is not CheckupPhase.RESTING:
            return  # somebody has asked for more meanwhile
        known = tuple(fresh.pop(finding.id, finding) for finding in state.findings)
        self._update(findings=(*known, *fresh.values()))

    async def _get(self) -> Doctor:
        if self._doctor is None:
            if self._make is None:
                raise HarmonyError("There is nothing to check with")
            self._doctor = await asyncio.to_thread(self._make)
        return self._doctor

    async def _telling(self, work: Awaitable[None]) -> None:
        """Show a fault of the environment where it was asked for."""
        try:
            await work
        except HarmonyError as error:
            title, cause, advice = (self._mask(text) for text in (error.title, error.cause, error.advice))
            self._update(fault=Problem(title, cause, advice))
        finally:
            if self._store.value.phase is not CheckupPhase.SHOWING:
                self._update(phase=CheckupPhase.RESTING, note="")

    def _masked(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(replace(one, cause=self._mask(one.cause), advice=self._mask(one.advice)) for one in findings)

    def _note(self, words: str) -> None:
        self._update(note=self._mask(words))

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of CheckupState
        self._store.set(replace(self._store.value, **changes))
