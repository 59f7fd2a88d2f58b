"""Reads the machine's meters once: what was in use before gaming mode, and what after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from harmony_desktop.control.gaming import CardUse, Reading
from harmony_desktop.control.meters import TIME_LIMIT, MachineSample, Meters
from harmony_desktop.control.ports import Clock

#: Seconds between two readings, and how many there are at most: a driver takes a moment to give memory back.
_PERIOD, _MOST = 0.3, 8


async def read_meters(make: Callable[[], Meters] | None, folder: str) -> Reading | None:
    """Return what the meters show; None where there are none, or where the driver does not answer."""
    if make is None:
        return None
    # A thread of its own: a wedged driver would keep one of the shared ones for ever.
    pool = ThreadPoolExecutor(1, thread_name_prefix="gaming-meters")
    try:
        async with asyncio.timeout(TIME_LIMIT):
            return _reading(await asyncio.get_running_loop().run_in_executor(pool, _sample, make, folder))
    except TimeoutError:
        return None
    finally:
        pool.shutdown(wait=False)


async def read_settled(
    make: Callable[[], Meters] | None, folder: str, clock: Clock, before: Reading | None
) -> Reading | None:
    """Return what the meters show once the memory in use no longer falls."""
    last = await read_meters(make, folder)
    for _ in range(_MOST if before is not None and last is not None else 0):
        await clock.sleep(_PERIOD)
        now = await read_meters(make, folder)
        if now is None or last is None:
            return last
        if _sum(now) >= _sum(last) and _sum(last) < _sum(before):
            return last
        last = now
    return last


def _sum(reading: Reading | None) -> int:
    if reading is None:
        return 0
    return sum(card.used for card in reading.cards) if reading.cards else reading.memory


def _sample(make: Callable[[], Meters], folder: str) -> MachineSample:
    meters = make()
    try:
        return meters.sample(folder)
    finally:
        meters.close()


def _reading(sample: MachineSample) -> Reading:
    cards = tuple(CardUse(gpu.uuid, gpu.name, gpu.memory_used) for gpu in sample.gpus if gpu.memory_used is not None)
    return Reading(cards, sample.memory_used, sample.booted)
