"""The end of a console on Windows, as Windows tells it: on a thread of its own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from harmony_desktop.host.console_end import handler, on_console_end

CTRL_C, CTRL_BREAK, CLOSE, LOGOFF, SHUTDOWN = 0, 1, 2, 5, 6


class _Waits:
    def __init__(self) -> None:
        self.times: list[float] = []

    def wait(self, timeout: float) -> bool:
        self.times.append(timeout)
        return False


@pytest.mark.parametrize(("event", "waits"), [(CTRL_C, 0), (CTRL_BREAK, 0), (CLOSE, 1), (LOGOFF, 1), (SHUTDOWN, 1)])
async def test_the_panel_ends_on_its_own_thread(event: int, waits: int) -> None:
    ended = asyncio.Event()
    threads: list[threading.Thread] = []
    never = _Waits()

    def end() -> None:
        threads.append(threading.current_thread())
        ended.set()

    told = handler(end, asyncio.get_running_loop(), never)
    assert await asyncio.to_thread(told, event)
    await asyncio.wait_for(ended.wait(), 10)
    assert threads == [threading.main_thread()]
    assert len(never.times) == waits
    assert all(seconds < 5 for seconds in never.times)


def test_a_panel_that_has_ended_leaves_it_to_windows() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    assert handler(pytest.fail, loop, _Waits())(CTRL_C) is False


async def test_other_systems_have_signals() -> None:
    on_console_end(pytest.fail, asyncio.get_running_loop())
