"""What there is to compute in, from what engine, driver and computer say; and the desk that shows it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.config_files import FieldKind, FieldRef
from harmony_desktop.control.memory_choice import Chosen, MemoryNow, ServiceShare, SpeechGroup
from harmony_desktop.control.memory_desk import MemoryDesk, measure
from harmony_desktop.control.memory_now import memory_now
from harmony_desktop.control.memory_plan import Verdict
from harmony_desktop.control.memory_relief import Edit, Relief, ReliefKind
from harmony_desktop.control.meters import GpuSample, MachineSample, Sight
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.stack.project import Project

GB = 2**30
CARD = GpuSample("GPU-0", "RTX", memory=12 * GB, memory_used=3 * GB, processes={7: 2 * GB, 8: GB}, index=1)
SAMPLE = MachineSample(memory=32 * GB, memory_used=10 * GB, gpus=(CARD,))


def info(memory: int = 32 * GB, address: str = "unix:///var/run/docker.sock") -> EngineInfo:
    return EngineInfo("e", "28", "1.51", "linux", "x86_64", memory=memory, address=address)


def test_an_engine_of_this_computer() -> None:
    now = memory_now(SAMPLE, info(), same_kernel=True)
    assert (now.memory, now.others, now.bounded) == (32 * GB, 10 * GB, False)
    assert [(card.index, card.name, card.memory, card.others) for card in now.cards] == [(1, "RTX", 12 * GB, 3 * GB)]


def test_what_the_stack_uses_itself_is_not_in_its_way() -> None:
    now = memory_now(SAMPLE, info(), same_kernel=True, own=6 * GB, processes={7: "speech"}, runs=True)
    assert now.others == 4 * GB
    assert now.cards[0].others == GB


def test_services_that_the_driver_cannot_tell_apart() -> None:
    silent = MachineSample(memory=32 * GB, gpus=(GpuSample("GPU-0", "RTX", memory=GB, memory_used=GB),))
    assert memory_now(silent, info(), same_kernel=True, runs=True).cards[0].others is None
    assert memory_now(SAMPLE, info(8 * GB), same_kernel=False, runs=True).cards[0].others is None
    assert memory_now(SAMPLE, info(8 * GB), same_kernel=False).cards[0].others == 3 * GB


def test_a_virtual_machine_has_a_memory_of_its_own() -> None:
    now = memory_now(SAMPLE, info(8 * GB), same_kernel=False)
    assert (now.memory, now.machine, now.others, now.bounded) == (8 * GB, 32 * GB, None, True)


def test_another_computers_cards_are_not_these() -> None:
    now = memory_now(SAMPLE, info(64 * GB, "tcp://10.0.0.2:2376"), same_kernel=False)
    assert (now.memory, now.cards, now.bounded) == (64 * GB, (), True)
    assert "another computer" in now.cards_fault


def test_without_an_engine_the_computer_counts() -> None:
    assert memory_now(SAMPLE, None, same_kernel=False).memory == 32 * GB
    assert memory_now(MachineSample(), None, same_kernel=False) == MemoryNow(known=True)


class Meters:
    """Reads what a test says; a driver that hangs does so until the test lets it go."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.closed = threading.Event()

    def sample(self, _folder: str) -> MachineSample:
        if self.gate is not None:
            self.gate.wait()
        return SAMPLE

    def close(self) -> None:
        self.closed.set()


async def test_a_driver_that_never_answers_is_not_waited_for() -> None:
    meters = Meters(threading.Event())
    now = await measure(lambda: meters, Sight(""), info(), time_limit=0.01)
    assert (now.known, now.cards, now.memory) == (True, (), 32 * GB)
    assert meters.gate is not None
    meters.gate.set()
    assert await asyncio.to_thread(meters.closed.wait, 10)


class Reader:
    """Says what a test says, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.speech: tuple[SpeechGroup, ...] = (SpeechGroup("a", "A", 40 * GB),)

    def chosen(self, _project: Project, _drafts: Mapping[Path, str] | None = None) -> Chosen:
        self.asked += 1
        return Chosen((ServiceShare("s", "S", GB),), None, "s", self.speech)


class Configuring:
    """Writes down what is set."""

    def __init__(self) -> None:
        self.set: list[tuple[FieldRef, str]] = []

    def set_field(self, ref: FieldRef, value: str) -> None:
        self.set.append((ref, value))


@pytest.fixture
def tasks() -> list[asyncio.Task[None]]:
    return []


async def test_the_desk_plans_and_changes_the_configuration(tasks: list[asyncio.Task[None]]) -> None:
    reader, configuring = Reader(), Configuring()

    def spawn(work: Coroutine[Any, Any, None], _name: str) -> None:
        tasks.append(asyncio.create_task(work))

    project = Project("p", Path("/p"), (), {}, {}, {}, {})
    desk = MemoryDesk(
        reader,
        Meters,
        lambda: project,
        lambda: (Sight(""), info()),
        lambda: configuring,  # type: ignore[arg-type,return-value]  # the one gesture that it uses
        spawn,
    )
    assert not desk.store.value.looked
    desk.look()
    desk.look()
    await asyncio.gather(*tasks)
    assert len(tasks) == 1
    verdicts = [desk.store.value.plan.verdict]
    ref = FieldRef(Path("/p/c.yml"), FieldKind.SPEECH, "a")
    desk.relieve(Relief(ReliefKind.SPEECH, "words", "system", GB, enough=True, edits=(Edit(ref, ""),)))
    assert configuring.set == [(ref, "")]
    reader.speech = ()
    desk.look()
    await asyncio.gather(*tasks)
    verdicts.append(desk.store.value.plan.verdict)
    assert verdicts == [Verdict.NOT, Verdict.FITS]
