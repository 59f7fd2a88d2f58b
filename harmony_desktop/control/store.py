"""A value that can be watched."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Store(Generic[T]):
    """Holds the current value and tells its subscribers of each change, on the thread that made it (the loop's)."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._subscribers: list[Callable[[T], None]] = []

    @property
    def value(self) -> T:
        """The current value."""
        return self._value

    def set(self, value: T) -> None:
        """Replace the value; equal values tell nobody.

        A subscriber that fails keeps neither the others from hearing of it nor whoever sets the value from going on.
        """
        if value == self._value:
            return
        self._value = value
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(value)
            except Exception:  # noqa: BLE001 - a fault of the viewer, which is told as one
                _log.exception("while a change was shown")

    def subscribe(self, subscriber: Callable[[T], None]) -> Callable[[], None]:
        """Call ``subscriber`` at each change from now on; the returned function ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe
