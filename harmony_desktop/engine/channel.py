"""A bounded way from a thread to the event loop, which wakes the loop only when there was nothing to read."""

from __future__ import annotations

import asyncio
import math
import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Channel(Generic[T]):
    """Hands items from one thread to one coroutine. Nothing is dropped: when it is full, the thread waits.

    Args:
        loop: The reader's event loop.
        size: Items that it holds.
        gather: Seconds for which items gather in a flood before they are read: waking the loop for each costs more
            than reading it. What comes after a pause of ten times that is read at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int, gather: float = 0.0) -> None:
        self._loop = loop
        self._size = size
        self._gather = gather
        self._emptied = -math.inf
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._ended = False
        self._error: BaseException | None = None
        self._wake = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the reader has gone."""
        return self._closed

    def put(self, item: T) -> bool:
        """Add an item (thread's side), waiting while there is no room. Returns False once the reader has gone."""
        with self._changed:
            while len(self._items) >= self._size and not self._closed:
                self._changed.wait()
            if self._closed:
                return False
            self._items.append(item)
            if len(self._items) > 1:
                return True
        return self._rouse()

    def end(self, error: BaseException | None = None) -> None:
        """Say that no more will come (thread's side), and why, if it is a fault."""
        with self._changed:
            self._error = error
            self._ended = True
        self._rouse()

    def close(self) -> None:
        """Say that nobody will read any more (either side); a waiting thread goes on at once."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    async def drained(self) -> None:
        """Wait until the thread has said that no more will come."""
        while not self._ended:
            self._wake.clear()
            if not self._ended:
                await self._wake.wait()

    async def get(self) -> T:
        """Return the next item. Raises the fault that ended the stream, or StopAsyncIteration at a plain end."""
        while True:
            with self._changed:
                if self._items:
                    item = self._items.popleft()
                    self._changed.notify_all()
                    return item
                if self._closed:
                    raise StopAsyncIteration  # what went wrong after that interests nobody
                if self._ended:
                    raise self._error or StopAsyncIteration
                self._wake.clear()
            if self._gather:
                now = self._loop.time()
                if now - self._emptied < 10 * self._gather:
                    await asyncio.sleep(self._gather)
                self._emptied = self._loop.time()
            await self._wake.wait()

    def _rouse(self) -> bool:
        """Wake the reader. Returns False when its loop has been closed: there is nobody left to wake."""
        try:
            self._loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:
            self.close()
            return False
        return True
