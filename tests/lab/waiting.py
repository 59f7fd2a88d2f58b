"""Waiting for conditions: the only place of the lab that sleeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, *, seconds: float = 20.0, pause: float = 0.01) -> T:
    """Returns the first truthy answer of `condition`.

    Args:
        condition: Asked again and again; OSError counts as "not yet".
        what: Names the condition in the error.
        seconds: When to give up.
        pause: Seconds between two questions.

    Raises:
        TimeoutError: The condition did not come true in time.
    """
    give_up = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            answer = condition()
        except OSError as error:
            last = error
        else:
            if answer:
                return answer
            last = answer
        if time.monotonic() >= give_up:
            raise TimeoutError(f"waited {seconds:g} s for {what}; last seen: {last!r}")
        time.sleep(pause)
