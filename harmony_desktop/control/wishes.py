"""The queue of operations: one after the other, each can be ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field

from harmony_desktop.control.state import OperationKind
from harmony_desktop.records import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """One gesture, waiting for its turn.

    Attributes:
        kind: What is asked.
        services: What it is about; empty for all.
        act: Is done in place of the kind's own deed: a remedy that somebody chose.
    """

    kind: OperationKind
    services: tuple[str, ...] = ()
    act: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)


class WishQueue:
    """Carries out one wish after the other.

    Args:
        carry_out: Does what a wish asks; tells its faults itself.
    """

    def __init__(self, carry_out: Callable[[Wish], Awaitable[None]]) -> None:
        self._carry_out = carry_out
        self._waiting: asyncio.Queue[Wish] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._wish: Wish | None = None

    @property
    def current(self) -> Wish | None:
        """What is being done."""
        return self._wish

    def add(self, wish: Wish) -> None:
        """Let a wish wait for its turn."""
        self._waiting.put_nowait(wish)

    def cancel(self) -> bool:
        """Forget what waits, and end what is being done. Returns whether there was anything to end."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        if self._task is None:
            return False
        self._task.cancel()
        return True

    async def run(self) -> None:
        """Work until cancelled; what is being done then ends with it."""
        while True:
            self._wish = await self._waiting.get()
            self._task = asyncio.create_task(self._do(self._wish), name=str(self._wish.kind))
            try:
                await asyncio.wait([self._task])
            except asyncio.CancelledError:
                self._task.cancel()
                await asyncio.wait([self._task])
                raise
            finally:
                self._task = self._wish = None

    async def _do(self, wish: Wish) -> None:
        await self._carry_out(wish)
