"""The real clock."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Time as it is."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
