"""What comes through a channel, and when its reader is woken."""

from __future__ import annotations

import asyncio

import pytest

from harmony_desktop.engine.channel import Channel


async def test_in_a_flood_items_gather_and_what_comes_alone_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    channel: Channel[int] = Channel(asyncio.get_running_loop(), 8, gather=0.02)
    sleep, slept = asyncio.sleep, []

    async def gathering(seconds: float) -> None:
        slept.append(seconds)
        channel.put(3)
        channel.put(4)

    monkeypatch.setattr("harmony_desktop.engine.channel.asyncio.sleep", gathering)
    channel.put(1)
    assert await channel.get() == 1
    waiting = asyncio.create_task(channel.get())
    await sleep(0)
    channel.put(2)
    assert await waiting == 2
    assert slept == []
    # It was empty a moment ago: more will come.
    assert await channel.get() == 3
    assert await channel.get() == 4
    assert slept == [0.02]
    channel.end()
    with pytest.raises(StopAsyncIteration):
        await channel.get()


async def test_without_a_time_to_gather_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    channel: Channel[int] = Channel(asyncio.get_running_loop(), 8)
    sleep = asyncio.sleep
    monkeypatch.setattr("harmony_desktop.engine.channel.asyncio.sleep", None)
    for number in range(3):
        waiting = asyncio.create_task(channel.get())
        await sleep(0)
        channel.put(number)
        assert await waiting == number
    channel.close()
    with pytest.raises(StopAsyncIteration):
        await channel.get()
