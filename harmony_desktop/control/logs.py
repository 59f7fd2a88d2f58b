"""The log book: bounded lines of every service, in the order in which they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

#: Lines of each service that ``LogBook.tail`` knows.
TAIL = 50


class LogLine(NamedTuple):
    """One line of one service.

    ``seq`` grows by one with each line of the book; ``time_ns`` counts nanoseconds since the epoch, 0 if unknown.
    """

    seq: int
    service: str
    time_ns: int
    text: str


class LogBook:
    """Keeps the newest lines of all services within a bound, and tells its readers in batches.

    Args:
        max_lines: How many lines are kept in all.
        max_line_length: Characters after which a line is cut (with a sign that it was).
    """

    def __init__(self, max_lines: int = 100_000, max_line_length: int = 16_384) -> None:
        self._lines: deque[LogLine] = deque(maxlen=max_lines)
        self._max_line_length = max_line_length
        self._next = 0
        # The newest lines of each service once more: the evidence of a failure, found without a search.
        self._tails: dict[str, deque[str]] = {}
        self._subscribers: list[Callable[[], None]] = []

    @property
    def first_seq(self) -> int:
        """Sequence number of the oldest line that is still kept."""
        return self._lines[0].seq if self._lines else self._next

    @property
    def next_seq(self) -> int:
        """Sequence number that the next line will get."""
        return self._next

    def append(self, service: str, lines: Sequence[tuple[int, str]]) -> None:
        """Add lines of one service and tell the subscribers once."""
        if not lines:
            return
        limit = self._max_line_length
        seq = self._next
        for time_ns, text in lines:
            self._lines.append(LogLine(seq, service, time_ns, text if len(text) <= limit else text[:limit] + " …"))
            seq += 1
        self._next = seq
        tail = self._tails.setdefault(service, deque(maxlen=TAIL))
        tail.extend(text[:limit] for _, text in lines[-TAIL:])
        for subscriber in tuple(self._subscribers):
            subscriber()

    def since(self, seq: int) -> Iterator[LogLine]:
        """Return the kept lines from sequence number ``seq`` on."""
        skip = max(0, seq - self.first_seq)
        if skip == 0:
            return iter(tuple(self._lines))
        count = len(self._lines) - skip
        newest = [line for line, _ in zip(reversed(self._lines), range(count), strict=False)]
        return reversed(newest)

    def tail(self, service: str, count: int) -> tuple[str, ...]:
        """Return the newest lines of a service, at most ``count`` (and at most ``TAIL``)."""
        kept = tuple(self._tails.get(service, ()))
        return kept[-count:] if count else ()

    def clear(self) -> None:
        """Forget all lines; sequence numbers go on."""
        self._lines.clear()
        self._tails.clear()
        for subscriber in tuple(self._subscribers):
            subscriber()

    def subscribe(self, subscriber: Callable[[], None]) -> Callable[[], None]:
        """Call ``subscriber`` after each batch; the returned function ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe
