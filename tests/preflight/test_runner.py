"""Checks run at the same time, and none can spoil the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harmony_desktop.control.doctor import Finding, FindingStatus, Group
from harmony_desktop.preflight.check import ok
from harmony_desktop.preflight.checks import CHECKS
from harmony_desktop.preflight.runner import run_checks
from harmony_desktop.preflight.world import CannotTellError, World
from tests.preflight.making import world_of


@dataclass(frozen=True)
class Asking:
    """A check that does what a test wants."""

    id: str
    act: Callable[[], Awaitable[None]]
    title: str = "A check"
    group: Group = Group.ENGINE
    quick: bool = True

    async def run(self, world: World) -> Finding:
        await self.act()
        return ok(self, "done")


async def test_checks_run_at_the_same_time_and_are_told_in_their_order(tmp_path: Path) -> None:
    both = asyncio.Barrier(2)

    async def meet() -> None:
        await both.wait()

    findings = await run_checks([Asking("b", meet), Asking("a", meet)], world_of(tmp_path))
    assert [(f.id, f.status) for f in findings] == [("b", "ok"), ("a", "ok")]


@pytest.mark.expected_log("the check broken broke")
async def test_what_breaks_or_hangs_is_unknown_and_the_others_are_told(tmp_path: Path) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    async def break_() -> None:
        raise ZeroDivisionError("oh")

    async def shrug() -> None:
        raise CannotTellError("No idea.")

    async def pass_() -> None:
        pass

    checks = [Asking("hanging", hang), Asking("broken", break_), Asking("lacking", shrug), Asking("good", pass_)]
    findings = {f.id: f for f in await run_checks(checks, world_of(tmp_path), limit=0.01)}
    assert findings["hanging"].status is FindingStatus.UNKNOWN
    assert findings["broken"].status is FindingStatus.UNKNOWN
    assert "oh" in findings["broken"].cause
    assert findings["lacking"].cause == "No idea."
    assert findings["good"].status is FindingStatus.OK


def test_ids_are_unique() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
