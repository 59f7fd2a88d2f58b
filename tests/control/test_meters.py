"""The machine's meters: sampled only while somebody looks, and who uses the cards' memory."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from harmony_desktop.control.meters import GpuSample, MachineSample, MachineSampler, Sight, told_by_service
from harmony_desktop.plan.observed import Observed
from tests.control.scripted import ScriptedClock, ScriptedEngine, ScriptedMeters, until
from tests.plan.builders import container, observed, project, service

GB = 1024**3
P = project(service("text"), service("speech"))


def card(processes: dict[int, int | None] | None) -> MachineSample:
    return MachineSample(gpus=(GpuSample("GPU-0", "RTX", processes=processes),))


@pytest.mark.parametrize(
    ("processes", "same_kernel", "shares", "untold"),
    [
        ({10: GB, 11: GB, 20: 2 * GB, 99: 5}, True, {"text": 2 * GB, "speech": 2 * GB}, ""),
        ({}, True, {}, ""),
        ({99: GB}, True, {}, ""),
        (None, True, None, "does not tell which process"),
        ({10: None}, True, None, "but not how much"),
        ({10: GB}, False, None, "virtual machine"),
    ],
)
def test_shares_of_the_cards_memory(
    processes: dict[int, int | None] | None, same_kernel: bool, shares: dict[str, int] | None, untold: str
) -> None:
    found = told_by_service(card(processes), {10: "text", 11: "text", 20: "speech"}, same_kernel=same_kernel)
    assert found.gpu_by_service == shares
    assert untold in found.gpu_untold


def test_without_a_card_there_is_nothing_to_tell() -> None:
    assert told_by_service(MachineSample(), {}, same_kernel=False).gpu_untold == ""


@dataclass
class Bench:
    """A sampler with scripted meters and engine."""

    meters: ScriptedMeters = field(default_factory=ScriptedMeters)
    clock: ScriptedClock = field(default_factory=ScriptedClock)
    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    seen: Observed = field(default_factory=lambda: observed(P, container("text"), container("speech")))
    sampler: MachineSampler = field(init=False)

    def __post_init__(self) -> None:
        self.engine.containers = {c.name: c for c in self.seen.containers}
        self.sampler = MachineSampler(
            self.meters, self.clock, lambda: Sight("/stack", self.engine, self.seen, same_kernel=True)
        )


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.sampler.close()
    await until(lambda: not made.meters.open)
    await until(lambda: all("machine-meters" not in thread.name for thread in threading.enumerate()))


async def test_sampled_only_while_somebody_looks(bench: Bench) -> None:
    bench.meters.shown = MachineSample(cpu=12.0)
    assert bench.sampler.store.value is None
    bench.sampler.watch(watched=True)
    await until(lambda: bench.sampler.store.value == MachineSample(cpu=12.0))
    bench.sampler.watch(watched=False)
    await until(lambda: not bench.meters.open)
    bench.meters.shown = MachineSample(cpu=50.0)
    bench.sampler.watch(watched=True)
    await until(lambda: bench.sampler.store.value == MachineSample(cpu=50.0))


async def test_the_containers_processes_name_the_services(bench: Bench) -> None:
    bench.engine.pids = {"text": [10], "speech": [20]}
    bench.meters.shown = card({10: 3 * GB, 20: GB})
    bench.sampler.watch(watched=True)
    await until(lambda: bench.sampler.store.value is not None)
    assert bench.sampler.store.value is not None
    assert bench.sampler.store.value.gpu_by_service == {"text": 3 * GB, "speech": GB}
