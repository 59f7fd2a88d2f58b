"""The panel with a watch on its loop: writes the longest callbacks, in CPU seconds, to the file LOOP_WATCH names."""

from __future__ import annotations

import asyncio
import heapq
import json
import os
import sys
import time
from pathlib import Path

from harmony_desktop import bootstrap

#: How many of the longest are kept.
KEPT = 5

longest: list[tuple[float, str]] = []


def watch() -> None:
    """Measure each callback of the event loop by its thread's own CPU time.

    The loop begins behind the first paint; what comes before is a budget of its own (benchmarks/).
    """
    run = asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        before = time.thread_time()
        run(handle)
        spent = time.thread_time() - before
        entry = (spent, repr(handle)[:300])
        if len(longest) < KEPT:
            heapq.heappush(longest, entry)
        elif spent > longest[0][0]:
            heapq.heapreplace(longest, entry)

    asyncio.Handle._run = measured  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    watch()
    status = bootstrap.main(sys.argv[1:])
    Path(os.environ["LOOP_WATCH"]).write_text(json.dumps(sorted(longest, reverse=True)), encoding="utf-8")
    sys.exit(status)
