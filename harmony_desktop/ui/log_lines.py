"""The lines that a log view shows: a filtered, bounded window on the log book, with a search in it. No widgets.

All of it is found out a slice at a time, from the newest line backwards, so that nobody waits: a million lines are
shown at once, and what the filter, the search and the wrapping make of the older ones follows in the next turns of the
loop.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from harmony_desktop.control.log_chunk import Chunk
from harmony_desktop.control.logs import LogBook, LogLine
from harmony_desktop.ui.log_parts import Filter, Part
from harmony_desktop.ui.log_query import Query

#: Matches after which no more are looked for: who has that many wants another pattern.
MANY = 1_000_000
#: Chunks whose text is kept at hand.
_AT_HAND = 6


class LogLines:
    """Lines in the order in which they came.

    Args:
        book: Where they are.
    """

    def __init__(self, book: LogBook) -> None:
        self._book = book
        self._parts: list[Part] = []
        self._version = -1
        self._filter = Filter()
        self._query: Query | None = None
        self._columns: int | None = None
        self._sums: dict[str, list[int]] = {}
        self._texts: OrderedDict[int, tuple[Chunk, list[str]]] = OrderedDict()

    # What is shown

    @property
    def filter(self) -> Filter:
        """Which lines are shown."""
        return self._filter

    @property
    def query(self) -> Query | None:
        """What is searched for."""
        return self._query

    @property
    def longest(self) -> int:
        """Cells of the longest line, at most."""
        return max((part.chunk.longest for part in self._parts), default=0)

    def __len__(self) -> int:
        return self._line_sums()[-1]

    def __getitem__(self, index: int) -> LogLine:
        if index < 0:
            index += len(self)
        number, offset = self._split(self._line_sums(), index)
        part = self._parts[number]
        place = part.places(matching=self._matching)[offset]
        return self._book.line(part.chunk, place, self._text_of(part.chunk)[place])

    def __iter__(self) -> Iterator[LogLine]:
        return (self[index] for index in range(len(self)))

    def index_of(self, seq: int) -> int:
        """Return the index of the first line with this sequence number or a greater one."""
        number = max(0, bisect_right(self._parts, seq, key=_first_seq) - 1)
        if number >= len(self._parts):
            return 0
        part = self._parts[number]
        place = bisect_left(part.chunk.seqs, seq)
        return self._line_sums()[number] + bisect_left(part.places(matching=self._matching), place)

    def set_filter(self, wanted: Filter) -> None:
        """Show other lines."""
        if wanted != self._filter:
            self._filter = wanted
            for part in self._parts:
                part.reset()
            self._sums.clear()

    def set_query(self, query: Query | None) -> None:
        """Search for something else, or for nothing."""
        self._query = query
        for part in self._parts:
            part.reset_search()
        self._sums.clear()

    # Keeping up

    def refresh(self, seconds: float) -> bool:
        """Take what is new in the book, let go what it has let go; return whether anything has changed.

        Args:
            seconds: How long it may look at new lines; ``work`` does the rest.
        """
        if self._version == self._book.version:
            return False
        self._version = self._book.version
        known = {id(part.chunk): part for part in self._parts}
        self._parts = [known.get(id(chunk)) or Part(chunk) for chunk in self._book.chunks]
        for part in self._parts:
            part.sync()
        self.work(seconds)
        self._sums.clear()
        return True

    def work(self, seconds: float) -> bool:
        """Look at lines for about so long (CPU seconds), the newest first; return whether there is more to do."""
        deadline = time.thread_time() + seconds
        numbers = {i for i, name in enumerate(self._book.services) if name in self._filter.services}
        found = self.match_count
        for part in reversed(self._parts):
            query = self._active_query if found < MANY else None
            if part.pending(searching=query is not None):
                self._sums.clear()
                before = part.matches
                done = part.advance(self._filter, numbers, query, deadline)
                found += part.matches - before
                if not done or time.thread_time() > deadline:
                    return True
            if self._columns is not None and not part.is_measured(self._columns, matching=self._matching):
                self._sums.pop("rows", None)
                part.row_ends(self._columns, matching=self._matching)
                if time.thread_time() > deadline:
                    return True
        return False

    @property
    def is_searching(self) -> bool:
        """Whether lines are left that have not been searched."""
        wanted = self._active_query is not None and self.match_count < MANY
        return wanted and any(part.pending(searching=True) for part in self._parts)

    # What was found

    @property
    def match_count(self) -> int:
        """How many matches have been found."""
        return self._match_sums()[-1]

    def rank(self, seq: int, nth: int) -> int:
        """Return which match the ``nth`` of a line is among all, counted from 1; ``nth`` counts from 0."""
        number = max(0, bisect_right(self._parts, seq, key=_first_seq) - 1)
        if number >= len(self._parts):
            return 0
        part = self._parts[number]
        return self._match_sums()[number] + part.rank(bisect_left(part.chunk.seqs, seq)) + nth + 1

    def neighbour(self, seq: int, *, forwards: bool) -> int | None:
        """Return the next (or previous) line with a match, going round at the ends; None without any."""
        if not self.match_count:
            return None
        here = max(0, bisect_right(self._parts, seq, key=_first_seq) - 1)
        count = len(self._parts)
        for step in range(count + 1):
            part = self._parts[(here + (step if forwards else -step)) % count]
            seqs, hits = part.chunk.seqs, part.hits
            if forwards:
                index = bisect_right(hits, seq, key=seqs.__getitem__) if step == 0 else 0
                if index < len(hits):
                    return seqs[hits[index]]
            else:
                index = (bisect_left(hits, seq, key=seqs.__getitem__) if step == 0 else len(hits)) - 1
                if index >= 0:
                    return seqs[hits[index]]
        return None

    # Rows

    @property
    def columns(self) -> int | None:
        """Cells after which lines are wrapped, None for not at all."""
        return self._columns

    def set_columns(self, columns: int | None) -> None:
        """Wrap lines, or do not."""
        if columns != self._columns:
            self._columns = columns
            self._sums.pop("rows", None)

    @property
    def row_count(self) -> int:
        """How many rows all lines take; a guess in part while there is work left."""
        return self._row_sums()[-1]

    def row_of(self, index: int) -> int:
        """Return the first row of a line."""
        if self._columns is None:
            return index
        number, offset = self._split(self._line_sums(), index)
        if number >= len(self._parts):
            return self.row_count
        ends = self._ends_of(number, self._columns)
        return self._row_sums()[number] + (ends[offset - 1] if offset else 0)

    def line_at(self, row: int) -> tuple[int, int]:
        """Return the line in which a row is, and which of the line's rows it is."""
        if self._columns is None:
            return row, 0
        number, offset = self._split(self._row_sums(), row)
        if number >= len(self._parts):
            return len(self), 0
        ends = self._ends_of(number, self._columns)
        line = min(bisect_right(ends, offset), len(ends) - 1)
        return self._line_sums()[number] + line, max(0, offset - (ends[line - 1] if line else 0))

    # Sums over the parts, made again after each change

    @property
    def _matching(self) -> bool:
        return self._filter.matching and self._active_query is not None

    @property
    def _active_query(self) -> Query | None:
        """The search, unless it had to be given up."""
        return self._query if self._query is not None and not self._query.too_slow else None

    def _sum(self, name: str, count: Callable[[Part], int]) -> list[int]:
        sums = self._sums.get(name)
        if sums is None:
            sums = self._sums[name] = [0, *accumulate(map(count, self._parts))]
        return sums

    def _line_sums(self) -> list[int]:
        matching = self._matching
        return self._sum("lines", lambda part: len(part.places(matching=matching)))

    def _match_sums(self) -> list[int]:
        return self._sum("matches", lambda part: part.matches)

    def _row_sums(self) -> list[int]:
        columns, matching = self._columns, self._matching
        return self._sum("rows", lambda part: part.row_count(columns, matching=matching))

    def _ends_of(self, number: int, columns: int) -> Sequence[int]:
        """Return the row behind each line of a part, measuring them if need be."""
        part = self._parts[number]
        if not part.is_measured(columns, matching=self._matching):
            self._sums.pop("rows", None)
        return part.row_ends(columns, matching=self._matching)

    @staticmethod
    def _split(sums: list[int], index: int) -> tuple[int, int]:
        """Return the part in which something stands, and its place there."""
        number = bisect_right(sums, index) - 1
        return number, index - sums[number]

    def _text_of(self, chunk: Chunk) -> list[str]:
        if not chunk.is_sealed:
            return chunk.texts()
        known = self._texts.get(id(chunk))
        if known is None or known[0] is not chunk:
            self._texts[id(chunk)] = known = (chunk, chunk.texts())
            if len(self._texts) > _AT_HAND:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(id(chunk))
        return known[1]


def _first_seq(part: Part) -> int:
    return part.chunk.seqs[0]
