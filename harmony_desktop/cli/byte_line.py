"""How far something with many bytes is, on stderr: one live line on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TextIO, TypeVar

from harmony_desktop.cli.download_lines import megabytes
from harmony_desktop.control.backups import Progress, Step
from harmony_desktop.control.stopping import Stop

T = TypeVar("T")

#: Seconds between two lines, on a terminal and elsewhere.
_LIVE, _SPARSE = 0.2, 10.0
_WORDS = {
    Step.LOOKING: "Looking at the folder",
    Step.SAVING: "Saving",
    Step.CHECKING: "Checking",
    Step.COMPARING: "Comparing",
    Step.WRITING: "Writing",
}


class ByteLine:
    """Tells of one piece of work; called from the thread that does it.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._lock = threading.Lock()
        self._begun = self._told = time.monotonic()
        self._said = False

    def show(self, step: Step, done: int, total: int) -> None:
        """Tell how far it is, unless that was told just now; what takes no time needs no word."""
        now = time.monotonic()
        with self._lock:
            if now - self._told < (_LIVE if self._live else _SPARSE):
                return
            self._told, self._said = now, True
            amount = f": {megabytes(done)} of {megabytes(total)}" if total else "…"
            line = f"{_WORDS[step]}{amount}"
            self._stream.write(f"\r\x1b[K{line}" if self._live else f"{line}\n")
            self._stream.flush()

    def close(self) -> None:
        """Take the live line away."""
        if self._live and self._said:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


async def in_thread(stream: TextIO, work: Callable[[Progress, Stop], T]) -> T:
    """Do something in a thread; an interruption ends it, and its end is awaited."""
    stop, line = Stop(), ByteLine(stream)
    doing = asyncio.ensure_future(asyncio.to_thread(work, line.show, stop))
    try:
        await asyncio.wait([doing])
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([doing])
        doing.exception()
        raise
    finally:
        line.close()
    return doing.result()
