"""How a call of the command line is told to end, on each system."""

from __future__ import annotations

import asyncio
import enum
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from harmony_desktop.cli.interrupts import on_termination

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="sends signals of POSIX, also in the place of Windows's"
)


class _WindowsSignals(enum.IntEnum):
    """Windows's signals; the one that this system does not know has the number of another."""

    SIGBREAK = signal.SIGUSR1


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(("platform", "number"), [("linux", signal.SIGTERM), ("win32", signal.SIGUSR1)])
async def test_work_is_ended_on_the_loop(
    platform: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "Signals", _WindowsSignals)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    on_termination(loop, told.set, platform)
    os.kill(os.getpid(), number)
    await asyncio.wait_for(told.wait(), 10)
    if platform == "linux":
        loop.remove_signal_handler(number)
