"""How far a container's log has been read: a reading that broke off is taken up without losing or doubling a line."""

from __future__ import annotations

from itertools import takewhile

from harmony_desktop.control.ports import LogChunk
from harmony_desktop.records import dataclass

Lines = tuple[tuple[int, str], ...]


@dataclass(slots=True)
class LogPosition:
    """The last time that was read, and how many lines bear it: the engine is asked for lines from that very time on.

    Attributes:
        time_ns: Nanoseconds since the epoch, 0 before the first line.
        count: Lines of that time.
    """

    time_ns: int = 0
    count: int = 0
    _resumed_at: int = 0
    _to_skip: int = 0

    def resume(self) -> int:
        """Begin another reading; return the time from which on lines are to be asked for, 0 for the beginning."""
        self._resumed_at, self._to_skip = self.time_ns, self.count
        return self.time_ns

    def take(self, chunk: LogChunk) -> Lines:
        """Return the lines of a chunk that have not been read before, and remember them."""
        lines = chunk.lines
        if self._resumed_at and lines and lines[0][0] <= self._resumed_at:
            lines = self._unread(lines)
        if lines:
            last = lines[-1][0]
            count = sum(1 for _ in takewhile(lambda line: line[0] == last, reversed(lines)))
            self.count = self.count + count if last == self.time_ns else count
            self.time_ns = last or self.time_ns
        return lines

    def _unread(self, lines: Lines) -> Lines:
        fresh: list[tuple[int, str]] = []
        for line in lines:
            if line[0] < self._resumed_at:
                continue
            if line[0] == self._resumed_at and self._to_skip > 0:
                self._to_skip -= 1
                continue
            fresh.append(line)
        return tuple(fresh)
