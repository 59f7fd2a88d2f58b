"""What is made at the first question."""

from __future__ import annotations

import threading
from collections.abc import Callable

from harmony_desktop.control.late import late


class Bell:
    made = 0

    def __init__(self) -> None:
        Bell.made += 1
        self.tone = "a"

    def ring(self) -> str:
        return f"ding {self.tone}"


def test_it_is_made_when_something_is_asked_of_it() -> None:
    Bell.made = 0
    bell = late(Bell)
    assert Bell.made == 0
    assert (bell.ring(), bell.tone) == ("ding a", "a")
    assert Bell.made == 1


def test_what_is_called_is_called() -> None:
    def make() -> Callable[[int], int]:
        return lambda number: number + 1

    assert late(make)(1) == 2


def test_several_threads_get_the_same() -> None:
    Bell.made = 0
    bell = late(Bell)
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        bell.ring()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Bell.made == 1
