"""How often an operation is tried again when somebody else is at work, and when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from harmony_desktop.control.executor import PlanError
from harmony_desktop.control.ports import ConflictError, EngineError
from harmony_desktop.control.replanning import replanned
from harmony_desktop.plan.observed import Observed, ObservedVolume
from harmony_desktop.plan.steps import Action, Step
from harmony_desktop.stack.errors import HarmonyError

TAKEN = PlanError(((Step("create a", Action.CREATE, "a", ""), ConflictError("in use", status=409)),))
GONE = PlanError(((Step("start a", Action.START, "a", ""), EngineError("not there", status=404)),))
BROKEN = PlanError(((Step("start a", Action.START, "a", ""), EngineError("broken", status=500)),))


@dataclass
class Pauses:
    """A clock that only remembers for how long it was asked to sleep."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return sum(self.slept)

    def wall(self) -> float:
        return self.now()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def tried(faults: Iterator[HarmonyError | None], look: Callable[[], Observed]) -> tuple[int, list[float]]:
    clock, attempts = Pauses(), 0

    async def attempt() -> int:
        nonlocal attempts
        attempts += 1
        fault = next(faults)
        if fault is not None:
            raise fault
        return attempts

    async def looked() -> Observed:
        return look()

    try:
        await replanned(attempt, looked, clock=clock, note=lambda _text: None)
    except HarmonyError:
        return -attempts, clock.slept
    return attempts, clock.slept


@pytest.mark.parametrize(
    ("faults", "wanted"),
    [
        ([None], (1, [])),
        ([BROKEN], (-1, [])),
        ([GONE, None], (2, [])),
        ([GONE, GONE], (-2, [])),
        # The engine has the name already, and the container only in a moment.
        ([TAKEN, TAKEN, None], (3, [0.5])),
        ([TAKEN, TAKEN, TAKEN], (-3, [0.5])),
    ],
)
async def test_in_a_stack_that_stays_as_it_is(
    faults: list[HarmonyError | None], wanted: tuple[int, list[float]]
) -> None:
    assert await tried(iter(faults), Observed) == wanted


@pytest.mark.parametrize("fault", [GONE, TAKEN])
async def test_in_a_stack_that_changes_all_the_time(fault: HarmonyError) -> None:
    volumes: list[ObservedVolume] = []

    def look() -> Observed:
        volumes.append(ObservedVolume(f"v{len(volumes)}", "v", "", labelled=True))
        return replace(Observed(), volumes=tuple(volumes))

    assert await tried(iter([fault] * 5), look) == (-4, [0.5, 1.5])
