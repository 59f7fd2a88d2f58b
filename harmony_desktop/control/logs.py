"""The log book: bounded lines of every service, in the order in which they came."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from harmony_desktop.control.ansi import MAX_LENGTH, Span, parse
from harmony_desktop.control.log_chunk import GONE, Chunk, Mark, Weight, fit, joined, weight_of

#: Lines of each service that ``LogBook.tail`` knows.
TAIL = 120


class LogLine(NamedTuple):
    """One line of one service.

    Attributes:
        seq: Grows with each line of the book.
        service: Who wrote it.
        time_ns: Nanoseconds since the epoch, 0 if unknown.
        text: What a terminal would show, without colours.
        spans: Its colours.
        mark: What the panel says in the place of the service; then the text is empty.
    """

    seq: int
    service: str
    time_ns: int
    text: str
    spans: tuple[Span, ...] = ()
    mark: Mark | None = None


class Bound(NamedTuple):
    """How much of each service is kept: at least this much, and at most one chunk (1,024 lines) more.

    Attributes:
        lines: Lines.
        size: Bytes.
    """

    lines: int = 100_000
    size: int = 16 * 1024 * 1024


class LogBook:
    """Keeps the newest lines of each service within a bound, and tells its readers in batches.

    A piece of a line that ends with a carriage return (a progress bar) is replaced by the service's next line.

    Args:
        bound: How much is kept of each service.
    """

    def __init__(self, bound: Bound | None = None) -> None:
        self._bound = bound or Bound()
        self._chunks: list[Chunk] = []
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._held: list[Weight] = []
        self._next = 0
        self._version = 0
        # Sequence number of the service's last line where the next one takes its place.
        self._unfinished: dict[int, int] = {}
        # The newest lines of each service once more: the evidence of a failure, found without a search.
        self._tails: dict[str, deque[tuple[int, str]]] = {}
        self._subscribers: list[Callable[[], None]] = []

    @property
    def bound(self) -> Bound:
        """How much is kept of each service."""
        return self._bound

    @property
    def chunks(self) -> Sequence[Chunk]:
        """All there is. Not to be changed; a chunk that is shortened is replaced by another."""
        return self._chunks

    @property
    def services(self) -> Sequence[str]:
        """The services' names; their places are the numbers that chunks know."""
        return self._names

    @property
    def next_seq(self) -> int:
        """Sequence number that the next line will get."""
        return self._next

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    def held(self, service: str) -> int:
        """Return how many lines there are of a service."""
        number = self._numbers.get(service)
        return 0 if number is None else self._held[number].lines

    def append(self, service: str, lines: Sequence[tuple[int, str]]) -> None:
        """Add lines of one service, each with its time, and tell the subscribers once."""
        if not lines:
            return
        number = self._number(service)
        tail = self._tails.setdefault(service, deque(maxlen=TAIL))
        if number in self._unfinished:
            self._erase(self._unfinished.pop(number))
            if tail:
                tail.pop()
        unfinished = lines[-1][1].endswith("\r")
        texts = [text for _, text in lines]
        times = [time_ns for time_ns, _ in lines]
        spans: dict[int, tuple[Span, ...]] = {}
        # isprintable() and isascii() run over all of it once, in C: nearly all lines are done with that.
        whole = "".join(texts)
        if not (whole.isascii() and whole.isprintable() and max(map(len, texts)) <= MAX_LENGTH):
            texts, times, spans = _parsed(texts, times)
        self._put(number, times, texts, spans)
        if unfinished:
            self._unfinished[number] = self._next - 1
        tail.extend(zip(times[-TAIL:], texts[-TAIL:], strict=True))
        self._keep_bound(number)
        self._tell()

    def mark(self, service: str, time_ns: int, mark: Mark) -> None:
        """Say something between two lines of a service."""
        number = self._number(service)
        self._unfinished.pop(number, None)
        self._put(number, [time_ns], [""], {})
        chunk = self._chunks[-1]
        chunk.marks[chunk.length - 1] = mark
        self._tell()

    def since(self, first: int = 0) -> Iterator[LogLine]:
        """Return the lines from a sequence number on, as they are now."""
        start = max(0, bisect_right(self._chunks, first, key=_first_seq) - 1)
        for chunk in self._chunks[start:]:
            texts = chunk.texts()
            for place in list(chunk.places()):
                if chunk.seqs[place] >= first:
                    yield self.line(chunk, place, texts[place])

    def newest(self, count: int) -> list[LogLine]:
        """Return the newest lines of all services, the oldest of them first."""
        found: list[LogLine] = []
        for chunk in reversed(self._chunks):
            texts = chunk.texts()
            for place in reversed(list(chunk.places())):
                if len(found) == count:
                    return found[::-1]
                found.append(self.line(chunk, place, texts[place]))
        return found[::-1]

    def line(self, chunk: Chunk, place: int, text: str) -> LogLine:
        """Return a chunk's line."""
        number = chunk.who[place]
        return LogLine(
            chunk.seqs[place],
            self._names[number] if number != GONE else "",
            chunk.times[place],
            text,
            chunk.spans.get(place, ()),
            chunk.marks.get(place),
        )

    def tail(self, service: str, count: int, *, until_ns: int = 0) -> tuple[str, ...]:
        """Return the newest lines of a service, at most ``count`` (and at most ``TAIL``).

        Args:
            service: The service.
            count: How many.
            until_ns: Only lines that were written up to then (nanoseconds since the epoch); 0 for all.
        """
        kept = tuple(text for time_ns, text in self._tails.get(service, ()) if not until_ns or time_ns <= until_ns)
        return kept[-count:] if count else ()

    def set_bound(self, bound: Bound) -> None:
        """Keep more or less from now on."""
        self._bound = bound
        for number in range(len(self._names)):
            self._keep_bound(number)
        self._tell()

    def clear(self) -> None:
        """Forget all lines; sequence numbers go on."""
        self._chunks.clear()
        self._unfinished.clear()
        self._held = [Weight(0, 0)] * len(self._names)
        self._tails.clear()
        self._tell()

    def subscribe(self, subscriber: Callable[[], None]) -> Callable[[], None]:
        """Call ``subscriber`` after each batch; the returned function ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def _tell(self) -> None:
        self._version += 1
        for subscriber in tuple(self._subscribers):
            subscriber()

    def _number(self, service: str) -> int:
        if service not in self._numbers:
            self._numbers[service] = len(self._names)
            self._names.append(service)
            self._held.append(Weight(0, 0))
        return self._numbers[service]

    def _put(self, number: int, times: list[int], texts: list[str], spans: dict[int, tuple[Span, ...]]) -> None:
        start = 0
        while start < len(texts):
            chunk = self._open()
            end = start + chunk.room(texts, start)
            base = chunk.length
            self._weigh(number, chunk.add(number, self._next, times[start:end], texts[start:end]))
            self._next += end - start
            if spans:
                chunk.spans.update({base + i - start: spans[i] for i in range(start, end) if i in spans})
            start = end

    def _open(self) -> Chunk:
        """Return the chunk for the next line."""
        chunks = self._chunks
        if chunks and chunks[-1].is_full:
            self._seal()
        if not chunks or chunks[-1].is_sealed:
            chunks.append(Chunk())
        return chunks[-1]

    def _seal(self) -> None:
        if not self._chunks[-1].is_sealed:
            self._chunks[-1].seal()
            self._tidy(len(self._chunks) - 1)

    def _weigh(self, number: int, more: Weight, sign: int = 1) -> None:
        held = self._held[number]
        self._held[number] = Weight(held.lines + sign * more.lines, held.size + sign * more.size)

    def _erase(self, seq: int) -> None:
        index = bisect_right(self._chunks, seq, key=_first_seq) - 1
        if index < 0:
            return
        chunk = self._chunks[index]
        place = bisect_left(chunk.seqs, seq)
        if place == chunk.length or chunk.seqs[place] != seq or chunk.who[place] == GONE:
            return
        size = weight_of(chunk.texts()[place])
        self._weigh(chunk.erase(place, size), Weight(1, size), -1)

    def _keep_bound(self, number: int) -> None:
        """Let the oldest lines of a service go, a chunk's share at a time, while enough is left."""
        bound = self._bound
        while self._held[number].lines > bound.lines or self._held[number].size > bound.size:
            index, chunk = next((i, c) for i, c in enumerate(self._chunks) if number in c.alive)
            share, held = chunk.alive[number], self._held[number]
            if held.lines - share.lines < bound.lines and held.size - share.size < bound.size:
                return
            self._weigh(number, chunk.retire(number), -1)
            if not chunk.is_sealed:
                chunk.seal()
            self._tidy(index)

    def _tidy(self, index: int) -> None:
        """Give back the room of lines that have gone, if that is worth it."""
        chunk = self._chunks[index]
        alive = chunk.lines_alive
        if not alive:
            del self._chunks[index]
        elif alive * 2 < chunk.length:
            # The leavings of quiet services between floods are gathered in one chunk.
            neighbour = self._chunks[index - 1] if index else None
            if neighbour and fit(neighbour, chunk):
                self._chunks[index - 1 : index + 1] = [joined((neighbour, chunk))]
            else:
                self._chunks[index] = joined((chunk,))


def _first_seq(chunk: Chunk) -> int:
    return chunk.seqs[0]


def _parsed(raw: list[str], raw_times: list[int]) -> tuple[list[str], list[int], dict[int, tuple[Span, ...]]]:
    """Return texts, times and colours of lines of which some are not plain; overwritten pieces are left out."""
    texts: list[str] = []
    times: list[int] = []
    spans: dict[int, tuple[Span, ...]] = {}
    last = len(raw) - 1
    for index, text in enumerate(raw):
        if text.endswith("\r") and index != last:
            continue
        plain, found = parse(text)
        if found:
            spans[len(texts)] = found
        texts.append(plain)
        times.append(raw_times[index])
    return texts, times, spans
