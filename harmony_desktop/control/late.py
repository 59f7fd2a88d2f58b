"""A stand-in for an object that is made, and whose module is imported, only when something is asked of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


def late(make: Callable[[], T]) -> T:
    """Return what behaves as the object that ``make`` returns, and makes it at the first question.

    It passes on its attributes and calls to it. It is not an instance of the object's class: use it for what is known
    by a protocol alone.

    Args:
        make: Makes the object; called once, on whatever thread asks first.
    """
    return cast("T", _Late(make))


class _Late:
    __slots__ = ("_lock", "_made", "_make")

    def __init__(self, make: Callable[[], object]) -> None:
        self._make: Callable[[], object] | None = make
        self._made: object = None
        self._lock = threading.Lock()

    def _object(self) -> object:
        if self._make is not None:
            with self._lock:
                if self._make is not None:
                    self._made = self._make()
                    self._make = None
        return self._made

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the object has
        return getattr(self._object(), name)

    def __call__(self, *arguments: object, **named: object) -> object:
        return cast("Callable[..., object]", self._object())(*arguments, **named)
