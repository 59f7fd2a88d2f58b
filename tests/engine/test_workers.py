"""The engine's own threads: closing them while calls end, as all do at once when an engine dies."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator

import pytest

from harmony_desktop.engine.client import Client, Endpoint
from harmony_desktop.engine.transport import Connections
from harmony_desktop.engine.workers import QUICK_THREADS, Workers


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns so often that what can come between two steps does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


async def test_calls_may_end_while_all_is_closed(hasty_threads: None) -> None:
    for _ in range(20):
        workers = Workers(Endpoint("unix:///nowhere", "1.41"), Connections())
        begun, end = threading.Barrier(QUICK_THREADS + 1), threading.Event()

        def call(_client: Client, begun: threading.Barrier = begun, end: threading.Event = end) -> bool:
            begun.wait(20)
            return end.wait(20)

        calls = [asyncio.create_task(workers.run(call)) for _ in range(QUICK_THREADS)]
        await asyncio.to_thread(begun.wait, 20)
        end.set()
        await workers.close()
        assert await asyncio.gather(*calls) == [True] * QUICK_THREADS


async def test_calls_that_nobody_waits_for_any_more_do_not_end_whoever_closes() -> None:
    """The watcher closes an engine that died while others give up their calls, some before a thread took them up."""
    workers = Workers(Endpoint("unix:///nowhere", "1.41"), Connections())
    begun, end = threading.Barrier(QUICK_THREADS + 1), threading.Event()

    def call(_client: Client) -> bool:
        begun.wait(20)
        return end.wait(20)

    calls = [asyncio.create_task(workers.run(call)) for _ in range(QUICK_THREADS)]
    await asyncio.to_thread(begun.wait, 20)
    late = asyncio.create_task(workers.run(call))
    await asyncio.sleep(0)
    closing = asyncio.create_task(workers.close())
    await asyncio.sleep(0)
    late.cancel()
    await asyncio.wait([late])
    end.set()
    await closing
    assert await asyncio.gather(*calls) == [True] * QUICK_THREADS
    assert late.cancelled()
