"""One chunk of the log as a view shows it: which of its lines, which of them match, how many rows they take."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import NamedTuple

from harmony_desktop.control.levels import Level
from harmony_desktop.control.log_chunk import GONE, Chunk
from harmony_desktop.ui.log_cells import rows_of
from harmony_desktop.ui.log_query import Query

_CLOCK_EVERY = 4  # lines between two looks at the clock, each of which may take as long as a query allows


class Filter(NamedTuple):
    """Which lines are shown.

    Attributes:
        services: Of which services; none for all.
        level: How grave at least.
        matching: Only those that the search finds.
        since: Sequence number of the first line.
    """

    services: frozenset[str] = frozenset()
    level: Level = Level.DEBUG
    matching: bool = False
    since: int = 0


class Part:
    """What a view knows of one chunk. It is found out step by step; ``pending`` says whether that is done.

    Attributes:
        shown: Places of the lines that pass the filter (a search aside).
        hits: Places of those that match.
        matches: How many matches there are.
    """

    __slots__ = (
        "_counts",
        "_filtered",
        "_measured",
        "_row_ends",
        "_searched",
        "_version",
        "chunk",
        "hits",
        "matches",
        "shown",
    )

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.reset()

    def reset(self) -> None:
        """Find out everything again: the filter has changed, or lines have gone."""
        self._version = self.chunk.version
        self._filtered = 0
        self.shown = array("H")
        self.reset_search()

    def reset_search(self) -> None:
        """Search again."""
        self._searched = 0
        self.hits = array("H")
        self._counts = array("L")
        self.matches = 0
        self._measured = (0, 0)
        self._row_ends: array[int] | None = None

    def sync(self) -> None:
        """Notice that lines have gone."""
        if self._version != self.chunk.version:
            self.reset()

    def pending(self, *, searching: bool) -> bool:
        """Return whether there are lines that have not been looked at."""
        length = self.chunk.length
        return self._filtered < length or (searching and self._searched < length)

    def advance(self, wanted: Filter, numbers: Collection[int], query: Query | None, deadline: float) -> bool:
        """Look at more lines; a regular expression pauses at the deadline (of ``time.thread_time``).

        Args:
            wanted: The filter.
            numbers: Its services' numbers.
            query: The search, or None.
            deadline: When to pause.

        Returns:
            Whether all lines have been looked at.
        """
        if self._filtered < self.chunk.length:
            self.shown.extend(self._passing(wanted, numbers))
            self._filtered = self.chunk.length
        if query is not None and self._searched < self.chunk.length:
            return self._search(query, deadline)
        return True

    def places(self, *, matching: bool) -> Sequence[int]:
        """Return the places of the lines that are shown, or of those among them that match."""
        return self.hits if matching else self.shown

    def rank(self, place: int) -> int:
        """Return how many matches there are before a line."""
        return sum(self._counts[: bisect_left(self.hits, place)])

    def row_count(self, columns: int | None, *, matching: bool) -> int:
        """Return how many rows the lines take; a guess where they have not been measured."""
        count = len(self.places(matching=matching))
        if columns is None:
            return count
        return self._row_ends[-1] if self._row_ends and self._measured == (columns, count) else count

    def is_measured(self, columns: int, *, matching: bool) -> bool:
        """Return whether the number of rows is more than a guess."""
        return self._measured == (columns, len(self.places(matching=matching)))

    def row_ends(self, columns: int, *, matching: bool) -> array[int]:
        """Return the row behind each line, measuring them if need be."""
        places = self.places(matching=matching)
        if self._row_ends is None or self._measured != (columns, len(places)):
            texts = self.chunk.texts()
            self._row_ends = array("L", accumulate(rows_of(texts[place], columns) for place in places))
            self._measured = (columns, len(places))
        return self._row_ends

    def _passing(self, wanted: Filter, numbers: Collection[int]) -> Sequence[int]:
        """Return the places, from where the last look ended, that pass the filter."""
        chunk, start, end = self.chunk, self._filtered, self.chunk.length
        seqs, who = chunk.seqs, chunk.who
        if seqs[end - 1] < wanted.since:
            return ()
        places: Sequence[int] = range(start, end)
        if wanted.services:
            places = [place for place in places if who[place] in numbers]
        elif chunk.lines_alive < chunk.length:
            places = [place for place in places if who[place] != GONE]
        if seqs[start] < wanted.since:
            places = [place for place in places if seqs[place] >= wanted.since]
        if wanted.level > Level.DEBUG and places:
            levels, marks = chunk.levels(), chunk.marks
            places = [place for place in places if levels[place] >= wanted.level or place in marks]
        return places

    def _search(self, query: Query, deadline: float) -> bool:
        start, end = self._searched, self.chunk.length
        places = self.shown[bisect_left(self.shown, start) :]
        if not places:
            self._searched = end
            return True
        if query.is_plain:
            among = None if len(places) == end - start else frozenset(places)
            for place, count in query.found_in(self.chunk.text(start)):
                if among is None or place + start in among:
                    self._add(place + start, count)
        else:
            texts = self.chunk.texts()
            for looked, place in enumerate(places, start=1):
                if count := query.count(texts[place]):
                    self._add(place, count)
                self._searched = place + 1
                if looked % _CLOCK_EVERY == 0 and time.thread_time() > deadline:
                    return self._searched == end
        self._searched = end
        return True

    def _add(self, place: int, count: int) -> None:
        self.hits.append(place)
        self._counts.append(count)
        self.matches += count
