"""A few hundred neighbouring log lines, kept small: one text, a few arrays, no object per line.

A line of 90 characters takes about 110 bytes here; as an object with a string, a number and a time it would take 300.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from harmony_desktop.control.ansi import Span
from harmony_desktop.control.levels import Level, level_of

#: Lines and characters after which a chunk is full: a search through one takes a few milliseconds.
LINES = 1024
CHARACTERS = 128 * 1024
#: Stands for "no service": the line is gone.
GONE = 0xFFFF
#: Bytes that a line takes beside its text: sequence number, time, service, line end.
LINE_COST = 20


class Mark(NamedTuple):
    """What the panel itself says between two lines of a log: the container began anew.

    Attributes:
        exit_code: How the run before it ended, None if that is not known.
        recreated: Whether it is another container.
    """

    exit_code: int | None = None
    recreated: bool = False


class Weight(NamedTuple):
    """How much of a chunk belongs to a service."""

    lines: int
    size: int
    """Bytes."""


_NOTHING = Weight(0, 0)


class Chunk:
    """Lines in the order in which they came. It grows until it is sealed; after that lines only go.

    Attributes:
        seqs: The sequence numbers, ascending.
        times: Nanoseconds since the epoch, 0 if unknown.
        who: Number of each line's service, ``GONE`` for a line that is no longer there.
        spans: By place: the parts of a line that are not plain.
        marks: By place: the lines that are the panel's own.
        alive: What there is of each service.
        version: Grows whenever lines go.
        longest: Characters of the longest line (wide ones counted twice).
    """

    __slots__ = (
        "_growing",
        "_levels",
        "_sealed",
        "_texts",
        "alive",
        "length",
        "longest",
        "marks",
        "seqs",
        "size",
        "spans",
        "times",
        "version",
        "who",
    )

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._sealed: bytes | None = None
        self._levels = bytearray()
        self._growing: array[int] = array("q")
        self.seqs: Sequence[int] = self._growing
        self.times = array("q")
        self.who = array("H")
        self.spans: dict[int, tuple[Span, ...]] = {}
        self.marks: dict[int, Mark] = {}
        self.alive: dict[int, Weight] = {}
        self.version = 0
        self.length = 0
        self.size = 0
        self.longest = 0

    @property
    def is_full(self) -> bool:
        """Whether the next lines belong into another chunk."""
        return self.length >= LINES or self.size >= CHARACTERS

    @property
    def is_sealed(self) -> bool:
        """Whether it is small and takes no more lines."""
        return self._sealed is not None

    @property
    def lines_alive(self) -> int:
        """How many lines are still there."""
        return sum(weight.lines for weight in self.alive.values())

    def room(self, texts: Sequence[str], start: int) -> int:
        """Return how many of these lines, from a place on, fit; at least one."""
        left, index = CHARACTERS - self.size, start
        end = min(len(texts), start + LINES - self.length)
        if sum(map(len, texts[start:end])) + LINE_COST * (end - start) <= left:
            return max(end - start, 1)
        while index < end and left > 0:
            left -= len(texts[index]) + LINE_COST
            index += 1
        return max(index - start, 1)

    def add(self, number: int, first_seq: int, times: Iterable[int], texts: Sequence[str]) -> Weight:
        """Add lines of one service and return what they weigh."""
        count = len(texts)
        self._growing.extend(range(first_seq, first_seq + count))
        self.times.extend(times)
        self.who.extend([number] * count)
        self._texts += texts
        self.length += count
        if all(map(str.isascii, texts)):  # the usual case, and the quick one
            added = Weight(count, sum(map(len, texts)) + LINE_COST * count)
            longest = max(map(len, texts))
        else:
            added = Weight(count, sum(map(weight_of, texts)))
            longest = max(len(text) if text.isascii() else 2 * len(text) for text in texts)
        self.longest = max(self.longest, longest)
        self.size += added.size
        known = self.alive.get(number, _NOTHING)
        self.alive[number] = Weight(known.lines + count, known.size + added.size)
        return added

    def seal(self) -> None:
        """Make it small: no more lines will come."""
        self._sealed = "\n".join(self._texts).encode("utf-8", "surrogatepass")
        self._texts = []
        seqs = self.seqs
        if self.length and seqs[-1] - seqs[0] == self.length - 1:
            self.seqs = range(seqs[0], seqs[-1] + 1)
            self._growing = array("q")

    def texts(self) -> list[str]:
        """Return the text of every line, also of those that have gone. Not to be changed."""
        if self._sealed is None:
            return self._texts
        return self._sealed.decode("utf-8", "surrogatepass").split("\n")

    def text(self, start: int = 0) -> str:
        """Return the lines from a place on, also those that have gone, one below the other."""
        if self._sealed is None or start:
            return "\n".join(self.texts()[start:])
        return self._sealed.decode("utf-8", "surrogatepass")

    def levels(self) -> bytearray:
        """Return how grave each line is; found out at the first question. Not to be changed."""
        if len(self._levels) == self.length:
            return self._levels
        # Threads that save the log ask as well: what is there is never changed, only replaced.
        levels, texts = bytearray(self._levels), self.texts()
        last: dict[int, Level] = {}
        for place in range(len(levels)):
            last[self.who[place]] = Level(levels[place])
        for place in range(len(levels), len(texts)):
            number = self.who[place]
            level = level_of(texts[place], last.get(number, Level.INFO))
            last[number] = level
            levels.append(level)
        self._levels = levels
        return levels

    def places(self) -> Iterator[int]:
        """Yield the places of the lines that are still there."""
        return (place for place, number in enumerate(self.who) if number != GONE)

    def erase(self, place: int, size: int) -> int:
        """Let one line go; return the number of its service."""
        number = self.who[place]
        self.who[place] = GONE
        weight = self.alive[number]
        if weight.lines == 1:
            del self.alive[number]
        else:
            self.alive[number] = Weight(weight.lines - 1, weight.size - size)
        self.version += 1
        return number

    def retire(self, number: int) -> Weight:
        """Let all lines of a service go; return what they weighed."""
        who = self.who
        for place, known in enumerate(who):
            if known == number:
                who[place] = GONE
        self.version += 1
        return self.alive.pop(number)


def weight_of(text: str) -> int:
    """Return the bytes that a line takes, nearly."""
    return (len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))) + LINE_COST


def fit(one: Chunk, other: Chunk) -> bool:
    """Return whether one chunk holds what is left of both."""
    weights = (*one.alive.values(), *other.alive.values())
    return sum(w.lines for w in weights) <= LINES and sum(w.size for w in weights) <= CHARACTERS


def joined(chunks: Iterable[Chunk]) -> Chunk:
    """Return a sealed chunk of what is left in several neighbours."""
    made = Chunk()
    for chunk in chunks:
        texts, base = chunk.texts(), made.length
        kept = list(chunk.places())
        made._growing.extend(chunk.seqs[place] for place in kept)  # noqa: SLF001 - of its own kind
        made.times.extend(chunk.times[place] for place in kept)
        made.who.extend(chunk.who[place] for place in kept)
        made._texts += [texts[place] for place in kept]  # noqa: SLF001 - of its own kind
        for new, old in enumerate(kept, base):
            if old in chunk.spans:
                made.spans[new] = chunk.spans[old]
            if old in chunk.marks:
                made.marks[new] = chunk.marks[old]
        made.length += len(kept)
        for number, weight in chunk.alive.items():
            known = made.alive.get(number, _NOTHING)
            made.alive[number] = Weight(known.lines + weight.lines, known.size + weight.size)
        made.longest = max(made.longest, chunk.longest)
    made.size = sum(weight.size for weight in made.alive.values())
    made.seal()
    return made
