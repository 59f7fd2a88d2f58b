"""Ending work that goes on in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable


class StoppedError(Exception):
    """Somebody has cancelled it; what was done so far is left as the work's own words say."""


class Stop:
    """Tells work in a thread that nobody wants it any more; what it waits for can be ended with it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._calls: list[Callable[[], object]] = []

    def set(self) -> None:
        """End it."""
        with self._lock:
            self._event.set()
            calls, self._calls = self._calls, []
        for call in calls:
            call()

    def check(self) -> None:
        """Raise StoppedError if it shall end."""
        if self._event.is_set():
            raise StoppedError

    def wait(self, seconds: float) -> None:
        """Rest, at most until it shall end. Raises StoppedError."""
        self._event.wait(seconds)
        self.check()

    def on_stop(self, call: Callable[[], object]) -> None:
        """Call something when it shall end (at once, if it shall already), from the thread that ends it."""
        with self._lock:
            if not self._event.is_set():
                self._calls.append(call)
                return
        call()

    def forget(self, call: Callable[[], object]) -> None:
        """Take back what ``on_stop`` was told."""
        with self._lock:
            if call in self._calls:
                self._calls.remove(call)
