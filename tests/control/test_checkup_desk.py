"""The desk of the check-up: one thing at a time, each can be seen, cancelled or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harmony_desktop.control.adjustments import FileChange
from harmony_desktop.control.checkup_desk import FIRST_LOOK, PERIOD, CheckupDesk
from harmony_desktop.control.checkup_state import CheckupPhase, CheckupState
from harmony_desktop.control.doctor import Finding, FindingStatus, Group, Progress
from harmony_desktop.control.repairs import AddLines, Repair, RepairPlan, Undone
from harmony_desktop.stack.errors import HarmonyError
from tests.control.scripted import ScriptedClock

ROOT = Path("/stack")
REPAIR = Repair("ports.free", "Use port 8081", (AddLines(ROOT / ".env"),))
HELD = Finding("ports.free", "Ports", FindingStatus.FAIL, "held; token=s3cret", "", Group.PORTS, REPAIR)
FREE = Finding("ports.free", "Ports", FindingStatus.OK, "8080", "", Group.PORTS)
DISK = Finding("disk.space", "Disk", FindingStatus.OK, "", "", Group.ROOM)
PLAN = RepairPlan(ROOT, (REPAIR,), changes=(FileChange(ROOT / ".env", b"A=s3cret\n", b"A=s3cret\nB=1\n"),))


@dataclass
class ScriptedDoctor:
    """A doctor in memory."""

    findings: tuple[Finding, ...] = (HELD, DISK)
    calls: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    fault: HarmonyError | None = None
    undoable: bool = False

    async def examine(self, *, quick: bool = False, progress: Progress | None = None) -> tuple[Finding, ...]:
        self.calls.append("quick" if quick else "examine")
        if progress is not None:
            progress(1, 2)
        await self.gate.wait()
        return self.findings[:1] if quick else self.findings

    async def plan(self, repairs: Sequence[Repair]) -> RepairPlan:
        self.calls.append("plan")
        if self.fault is not None:
            raise self.fault
        return PLAN if repairs else RepairPlan(ROOT)

    async def mend(self, plan: RepairPlan, note: Callable[[str], None]) -> tuple[Path, ...]:
        self.calls.append("mend")
        note("the Harmony window is at work on this stack")
        self.findings, self.undoable = (FREE, DISK), True
        return (ROOT / ".env.before-repair",)

    async def can_undo(self) -> bool:
        return self.undoable

    async def undo(self, note: Callable[[str], None]) -> Undone:
        self.calls.append("undo")
        self.findings, self.undoable = (HELD, DISK), False
        return Undone((str(ROOT / ".env"),), ("something stays.",))


@dataclass
class Stage:
    """A desk with what is around it."""

    desk: CheckupDesk
    doctor: ScriptedDoctor
    clock: ScriptedClock
    loads: list[str]

    @property
    def state(self) -> CheckupState:
        return self.desk.store.value

    async def until(self, holds: Callable[[CheckupState], bool]) -> CheckupState:
        """Wait until the desk shows something."""
        met = asyncio.Event()
        end = self.desk.store.subscribe(lambda state: met.set() if holds(state) else None)
        try:
            if not holds(self.state):
                async with asyncio.timeout(10):
                    await met.wait()
        finally:
            end()
        return self.state

    async def asleep(self) -> None:
        """Wait until the desk waits for time to pass."""
        async with asyncio.timeout(10):
            while not self.clock.sleepers:  # noqa: ASYNC110 - a sleeper tells nobody that it sleeps
                await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        await self.asleep()
        self.clock.advance(seconds)

    async def rest(self) -> CheckupState:
        return await self.until(lambda state: state.phase is CheckupPhase.RESTING)


@pytest.fixture
def stage() -> Stage:
    doctor, clock = ScriptedDoctor(), ScriptedClock()
    loads: list[str] = []

    async def mended() -> None:
        loads.append("loaded")

    desk = CheckupDesk(lambda: doctor, clock, lambda text: text.replace("s3cret", "•••"), mended)
    return Stage(desk, doctor, clock, loads)


async def test_a_check_up_tells_how_far_it_is_and_what_it_found(stage: Stage) -> None:
    stage.desk.check()
    state = await stage.until(lambda state: state.total == 2)
    assert (state.phase, state.done) == (CheckupPhase.CHECKING, 1)
    stage.doctor.gate.set()
    state = await stage.rest()
    assert [finding.id for finding in state.findings] == ["ports.free", "disk.space"]
    assert (state.attention, state.repairable) == (1, ("ports.free",))
    assert "s3cret" not in state.findings[0].cause


async def test_a_check_up_can_be_cancelled(stage: Stage) -> None:
    stage.desk.check()
    await stage.until(lambda state: state.total == 2)
    stage.desk.cancel()
    state = await stage.rest()
    assert state.findings == ()
    await stage.desk.close()


async def test_a_repair_is_shown_then_done_then_proven_and_can_be_taken_back(stage: Stage) -> None:
    stage.doctor.gate.set()
    stage.desk.check()
    await stage.rest()
    stage.desk.preview(("ports.free",))
    state = await stage.until(lambda state: state.phase is CheckupPhase.SHOWING)
    assert state.preview is not None
    assert state.preview.labels == ("Use port 8081",)
    assert "+B=1" in state.preview.diff
    assert "s3cret" not in state.preview.diff
    assert "mend" not in stage.doctor.calls

    stage.desk.mend()
    state = await stage.rest()
    assert (state.attention, state.undoable, stage.loads) == (0, True, ["loaded"])
    assert state.told == ("Use port 8081", f"Backup: {ROOT / '.env.before-repair'}")

    stage.desk.undo()
    state = await stage.until(lambda state: state.phase is CheckupPhase.RESTING and not state.undoable)
    assert (state.attention, stage.loads) == (1, ["loaded", "loaded"])
    assert state.told == (f"As before: {ROOT / '.env'}", "Kept: something stays.")


async def test_a_shown_repair_can_be_put_away(stage: Stage) -> None:
    stage.doctor.gate.set()
    stage.desk.check()
    await stage.rest()
    stage.desk.preview(("ports.free",))
    await stage.until(lambda state: state.phase is CheckupPhase.SHOWING)
    stage.desk.cancel()
    stage.desk.mend()
    assert (stage.state.preview, stage.state.phase) == (None, CheckupPhase.RESTING)
    assert "mend" not in stage.doctor.calls


async def test_what_cannot_be_done_is_told_where_it_was_asked_for(stage: Stage) -> None:
    stage.doctor.gate.set()
    stage.desk.check()
    await stage.rest()
    stage.doctor.fault = HarmonyError("No", cause="because of s3cret", advice="Try this.")
    stage.desk.preview(("ports.free",))
    state = await stage.until(lambda state: state.fault is not None)
    assert state.fault is not None
    assert (state.fault.title, state.fault.cause) == ("No", "because of •••")
    assert (await stage.rest()).preview is None


async def test_quiet_looks_renew_the_cheap_findings_alone(stage: Stage) -> None:
    stage.doctor.gate.set()
    stage.desk.check()
    await stage.rest()
    stage.desk.watch(True)
    stage.doctor.findings = (FREE, DISK)
    await stage.pass_time(FIRST_LOOK)
    state = await stage.until(lambda state: state.attention == 0)
    assert [finding.id for finding in state.findings] == ["ports.free", "disk.space"]
    assert stage.doctor.calls == ["examine", "quick"]
    await stage.pass_time(PERIOD)
    await stage.asleep()
    assert stage.doctor.calls == ["examine", "quick", "quick"]
    stage.desk.watch(False)
    await stage.desk.close()


async def test_nobody_looks_where_there_is_no_doctor() -> None:
    async def mended() -> None:
        raise AssertionError

    desk = CheckupDesk(None, ScriptedClock(), str, mended)
    desk.watch(True)
    await desk.close()
    assert desk.store.value == CheckupState()
