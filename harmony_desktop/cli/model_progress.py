"""How far a model's file is, on stderr: one live line on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import threading
import time
from typing import TextIO

from harmony_desktop.cli.download_lines import megabytes, pace_words
from harmony_desktop.control.models import Phase
from harmony_desktop.control.transfer import Gauge, Pace

#: Seconds between two lines, on a terminal and elsewhere.
_LIVE, _SPARSE = 0.2, 10.0
_WORDS = {Phase.CHECKING: "checking", Phase.RETRYING: "trying again", Phase.FINISHING: "finishing"}


class ProgressLine:
    """Tells of one piece of work; called from the thread that does it.

    Args:
        stream: Where to.
        title: What is done; "" tells nothing.
    """

    def __init__(self, stream: TextIO, title: str) -> None:
        self._stream = stream
        self._title = title
        self._live = bool(title) and stream.isatty()
        self._gauge = Gauge()
        self._lock = threading.Lock()
        self._told = float("-inf")
        self._phase: Phase | None = None

    def show(self, phase: Phase, done: int, total: int) -> None:
        """Tell how far it is, unless that was told just now."""
        now = time.monotonic()
        with self._lock:
            if phase in {Phase.COPYING, Phase.DOWNLOADING}:
                self._gauge.take(now, done)
            if not self._title or (phase is self._phase and now - self._told < (_LIVE if self._live else _SPARSE)):
                return
            self._told, self._phase = now, phase
            line = self._line(phase, done, total, now)
            self._stream.write(f"\r\x1b[K{line}" if self._live else f"{line}\n")
            self._stream.flush()

    def close(self) -> None:
        """End the live line."""
        if self._live and self._phase is not None:
            self._stream.write("\n")

    def _line(self, phase: Phase, done: int, total: int, now: float) -> str:
        parts = [f"{megabytes(done)} of {megabytes(total)}"] if total else []
        if phase in _WORDS:
            parts.insert(0, _WORDS[phase])
        else:
            speed = self._gauge.speed(now)
            parts.append(pace_words(Pace(speed, (total - done) / speed if speed and total else None)))
        return f"{self._title}: {', '.join(parts)}"
