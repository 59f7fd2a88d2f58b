"""How a call of the command line is told to end, on each system."""

from __future__ import annotations

import asyncio
import enum
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from harmony_desktop.cli import interrupts
from harmony_desktop.cli.interrupts import on_termination

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="sends signals of POSIX, also in the place of Windows's"
)


class _WindowsSignals(enum.IntEnum):
    """Windows's signals; the one that this system does not know has the number of another."""

    SIGBREAK = signal.SIGUSR1


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


SYSTEMS = pytest.mark.parametrize(("platform", "number"), [("linux", signal.SIGTERM), ("win32", signal.SIGUSR1)])


@SYSTEMS
async def test_work_is_ended_on_the_loop(
    platform: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "Signals", _WindowsSignals)
    told = asyncio.Event()
    on_termination(asyncio.get_running_loop(), told.set, platform)
    os.kill(os.getpid(), number)
    await asyncio.wait_for(told.wait(), 10)


async def test_a_call_that_is_no_short_one_is_woken_up_by_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "SHORT", 0.0)
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    on_termination(loop, told.set, "linux")
    before = signal.getsignal(signal.SIGTERM)
    passed = asyncio.Event()
    loop.call_later(0.0, passed.set)
    await passed.wait()
    assert signal.getsignal(signal.SIGTERM) is not before
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(told.wait(), 10)
    assert loop.remove_signal_handler(signal.SIGTERM)


@SYSTEMS
def test_behind_the_loops_end_there_is_nothing_to_end(
    platform: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "Signals", _WindowsSignals)
    told: list[bool] = []

    async def short_work() -> None:
        on_termination(asyncio.get_running_loop(), lambda: told.append(True), platform)

    asyncio.run(short_work())
    os.kill(os.getpid(), number)
    assert not told
