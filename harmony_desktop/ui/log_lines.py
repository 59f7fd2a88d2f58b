"""The lines that a log view shows: a filtered, bounded window on the log book, and a search in it. No widgets."""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from harmony_desktop.control.logs import LogBook, LogLine
from harmony_desktop.ui.log_text import clean

_CLOCK_EVERY = 64  # lines between two looks at the clock


class Change(NamedTuple):
    """What a refresh did: lines added at the end, lines gone from the front."""

    added: int
    dropped: int


class LogLines:
    """Lines of all services, or of one, in the order in which they came."""

    def __init__(self, book: LogBook) -> None:
        self._book = book
        self._next = 0
        self._service: str | None = None
        self._lines: deque[LogLine] = deque()
        self.longest = 0
        """Columns of the longest line that has been shown (wide characters count twice)."""

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> LogLine:
        return self._lines[index]

    def __iter__(self) -> Iterator[LogLine]:
        return iter(self._lines)

    @property
    def service(self) -> str | None:
        """The only service that is shown, or None for all."""
        return self._service

    def show_service(self, service: str | None) -> None:
        """Show one service, or all (None); the caller refreshes."""
        self._service = service
        self._next = 0
        self._lines.clear()
        self.longest = 0

    def refresh(self) -> Change:
        """Take what is new in the book, and let go what it has let go."""
        book, lines = self._book, self._lines
        before = len(lines)
        first = book.first_seq
        while lines and lines[0].seq < first:
            lines.popleft()
        dropped = before - len(lines)
        if self._next >= book.next_seq:
            return Change(0, dropped)
        fresh = book.since(self._next)
        service = self._service
        new = list(fresh) if service is None else [line for line in fresh if line.service == service]
        lines.extend(new)
        self._next = book.next_seq
        longest = self.longest
        for line in new:
            if len(line.text) * 2 > longest:  # only a candidate is measured
                columns = len(line.text) if line.text.isascii() else 2 * len(line.text)
                longest = max(longest, columns)
        self.longest = longest
        return Change(len(new), dropped)

    def index_of(self, seq: int) -> int:
        """Return the index of the first line with this sequence number or a greater one."""
        return bisect_left(self._lines, seq, key=lambda line: line.seq)


class LogSearch:
    """Finds the lines that hold a text, a slice of work at a time."""

    def __init__(self, lines: LogLines) -> None:
        self._lines = lines
        self._pattern: re.Pattern[str] | None = None
        self._from = 0
        self.hits: deque[int] = deque()
        """Sequence numbers of the lines that hold the text, in order."""

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """What is looked for, or None."""
        return self._pattern

    def look_for(self, text: str, match_case: bool) -> None:
        """Look for another text, from the first line on."""
        self._pattern = re.compile(re.escape(text), 0 if match_case else re.IGNORECASE) if text else None
        self.restart()

    def restart(self) -> None:
        """Search everything again: the lines have changed as a whole."""
        self._from = 0
        self.hits.clear()

    def work(self, seconds: float) -> bool:
        """Search for at most about this long; return whether there is more to do."""
        lines = self._lines
        if len(lines):
            first = lines[0].seq
            while self.hits and self.hits[0] < first:
                self.hits.popleft()
        else:
            self.hits.clear()
        if self._pattern is None:
            return False
        search = self._pattern.search
        end = time.perf_counter() + seconds
        start = lines.index_of(self._from)
        for count, index in enumerate(range(start, len(lines)), start=1):
            line = lines[index]
            if search(clean(line.text)):
                self.hits.append(line.seq)
            self._from = line.seq + 1
            if count % _CLOCK_EVERY == 0 and time.perf_counter() > end:
                return True
        return False

    def neighbour(self, seq: int, forwards: bool) -> int | None:
        """Return the next hit after (or before) a line, going round at the ends; None without hits."""
        if not self.hits:
            return None
        if forwards:
            index = bisect_left(self.hits, seq + 1)
            return self.hits[index % len(self.hits)]
        return self.hits[bisect_left(self.hits, seq) - 1]

    def place(self, seq: int) -> int:
        """Return which hit a line is, counted from 1; 0 if it is none."""
        index = bisect_left(self.hits, seq)
        return index + 1 if index < len(self.hits) and self.hits[index] == seq else 0
