"""Writes a value to disk in a thread, soon, and once for many changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from harmony_desktop.stack.errors import HarmonyError

_log = logging.getLogger(__name__)


class SaveLater:
    """Collects changes and saves them together.

    Args:
        save: Writes what there is now; runs in a thread.
        delay: Seconds from the first change to the writing.
    """

    def __init__(self, save: Callable[[], None], delay: float = 0.5) -> None:
        self._save = save
        self._delay = delay
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Something changed."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay, self._begin)

    async def close(self) -> None:
        """Write what is not written yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._begin()
        if self._saving is not None:
            await self._saving

    def _begin(self) -> None:
        self._timer = None
        self._saving = asyncio.create_task(self._write(self._saving), name="save")

    async def _write(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        try:
            await asyncio.to_thread(self._save)
        except HarmonyError as error:
            # What the window remembers is not worth a dialogue.
            _log.info("%s: %s", error.title, error.cause)
