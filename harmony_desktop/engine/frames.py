"""From the bytes of a container's log to lines with times.

The engine sends each entry of the log behind a header of eight bytes (the stream's number, three zeros, the length),
or, for a container with a terminal, as it is. An entry begins with its time, which is always asked for. Entries are
not lines: the engine splits what has no line end for 16 KiB into several, each with a time of its own.
"""

from __future__ import annotations

import calendar
import functools
import re
import time
from collections.abc import Iterator
from struct import Struct, unpack

Line = tuple[int, str]

#: Bytes of one line that are kept; what follows until its end is dropped.
MAX_LINE_BYTES = 1 << 20

#: What stands at the end of a line that was cut.
CUT = " …"

_HEADER = Struct(">BxxxL")
_HEADER_SIZE = 8
#: Length of ``2024-05-06T07:08:09.123456789Z`` and of the space behind it.
_STAMP = 30
_PREFIX = _STAMP + 1
#: The engine cuts entries without a line end after so many bytes.
_ENTRY_SIZE = 16 * 1024
_STAMP_PATTERN = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ")
#: Whole entries of one line each, as nearly all are: length, second, nanoseconds, text.
_PLAIN_ENTRY = re.compile(rb"[\x00-\x03]\x00\x00\x00(.{4})(.{19})\.(.{9})Z ([^\n]*)\n", re.DOTALL)
#: What an entry's length counts beside its text: time, space, line end.
_AROUND_TEXT = _STAMP + 2
#: Headers begin with the number of a stream, 0 to 3; a terminal's log begins with the digits of a time.
_LAST_STREAM = 3


class LogParser:
    """Turns pieces of a log, cut anywhere, into lines.

    Whether the log has headers shows at its first byte. Each stream (standard output, standard error) gathers its own
    unfinished line. A carriage return that is not part of a line end ends a piece too, and stays on it.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._framed: bool | None = None
        self._open: dict[int, _OpenLine] = {}

    def feed(self, data: bytes) -> list[Line]:
        """Take the next bytes and return the lines that they complete."""
        if not data:
            return []
        if self._framed is None:
            self._framed = data[0] <= _LAST_STREAM
        data = self._rest + data if self._rest else data
        if not self._framed:
            return self._feed_raw(data)
        return self._feed_plain(data) or self._feed_framed(data)

    def flush(self) -> list[Line]:
        """Return what is left when the log has ended without a line end."""
        lines: list[Line] = []
        if self._framed is False and self._rest:
            self._raw_line(self._rest, lines)
        for line in self._open.values():
            if line.text:
                _split(line.time_ns, line.decoded(), lines)
        self._rest = b""
        self._open.clear()
        return lines

    def _feed_plain(self, data: bytes) -> list[Line]:
        """Return the lines of a piece in which every entry is a whole line, all at once; none where one is not.

        One pass of the pattern takes the piece apart, entry behind entry; the lengths in the headers prove it right.
        """
        if self._open or b"\r" in data:
            return []
        between, lengths, seconds, fractions, texts, rest = _taken_apart(data)
        if any(between) or not texts:
            return []
        told = unpack(f">{len(texts)}L", b"".join(lengths))
        if list(map(len, texts)) != [length - _AROUND_TEXT for length in told]:
            return []
        try:
            bases = {second: _second_ns(second) for second in set(seconds)}
            times = [
                bases[second] + nanoseconds for second, nanoseconds in zip(seconds, map(int, fractions), strict=True)
            ]
        except ValueError:
            return []
        lines = list(zip(times, b"\n".join(texts).decode("utf-8", "replace").split("\n"), strict=True))
        # Behind them may stand a whole entry that ends no line, or the beginning of one.
        lines += self._feed_framed(rest)
        return lines

    def _feed_framed(self, data: bytes) -> list[Line]:
        lines: list[Line] = []
        append = lines.append
        header = _HEADER.unpack_from
        position, end = 0, len(data)
        unfinished = self._open
        # This loop runs once per entry, hundreds of thousands of times a second: plain entries take the short way.
        while end - position >= _HEADER_SIZE:
            stream, length = header(data, position)
            stop = position + _HEADER_SIZE + length
            if stop > end:
                break
            start = position + _HEADER_SIZE
            position = stop
            if length > _PREFIX and data[start + _STAMP] == 0x20:
                time_ns = _time_ns(data[start : start + _STAMP])
                start += _PREFIX
            else:
                time_ns = 0
            if data[stop - 1] == 0x0A and stream not in unfinished:
                text = data[start : stop - 1].decode("utf-8", "replace")
                if "\r" in text or "\n" in text:
                    for line in text.split("\n"):
                        _split(time_ns, line, lines)
                else:
                    append((time_ns, text))
            else:
                self._assemble(stream, time_ns, data[start:stop], lines)
        self._rest = data[position:]
        return lines

    def _assemble(self, stream: int, time_ns: int, data: bytes, lines: list[Line]) -> None:
        """Add an entry to its stream's unfinished line; some log drivers make entries of several lines."""
        pieces = data.split(b"\n")
        for piece in pieces[:-1]:
            line = self._open.pop(stream, None) or _OpenLine(time_ns)
            line.add(piece)
            _split(line.time_ns, line.decoded(), lines)
        if pieces[-1]:
            self._open.setdefault(stream, _OpenLine(time_ns)).add(pieces[-1])

    def _feed_raw(self, data: bytes) -> list[Line]:
        lines: list[Line] = []
        pieces = data.split(b"\n")
        for piece in pieces[:-1]:
            self._raw_line(piece, lines)
        self._rest = pieces[-1]
        if len(self._rest) > 2 * MAX_LINE_BYTES:
            # No end in sight: what is over the bound will never be shown.
            self._rest = self._rest[: MAX_LINE_BYTES + _PREFIX + 1]
        return lines

    def _raw_line(self, data: bytes, lines: list[Line]) -> None:
        time_ns = _time_ns(data[:_STAMP]) if _STAMP_PATTERN.match(data) else 0
        text = data[_PREFIX:] if time_ns else data
        if len(text) <= _ENTRY_SIZE:
            _split(time_ns, text.decode("utf-8", "replace"), lines)
            return
        line = _OpenLine(time_ns)
        for entry in _entries(text):
            line.add(entry)
        _split(time_ns, line.decoded(), lines)


def _taken_apart(data: bytes) -> tuple[list[bytes], list[bytes], list[bytes], list[bytes], list[bytes], bytes]:
    """Return plain entries by columns: what stands before each, length, second, nanoseconds, text; then the rest."""
    parts = _PLAIN_ENTRY.split(data)
    rest = parts.pop()
    return parts[0::5], parts[1::5], parts[2::5], parts[3::5], parts[4::5], rest


def _time_ns(stamp: bytes) -> int:
    """Return a time such as ``2024-05-06T07:08:09.123456789Z`` in nanoseconds since the epoch, or 0."""
    try:
        return _second_ns(stamp[:19]) + int(stamp[20:29])
    except ValueError:
        return 0


@functools.lru_cache(maxsize=256)
def _second_ns(second: bytes) -> int:
    """Return a time such as ``2024-05-06T07:08:09`` in nanoseconds since the epoch. Raises ValueError."""
    moment = time.strptime(second.decode("ascii"), "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(moment) * 1_000_000_000


class _OpenLine:
    """A line that has begun, bounded in its length."""

    __slots__ = ("cut", "text", "time_ns")

    def __init__(self, time_ns: int) -> None:
        self.time_ns = time_ns
        self.text = bytearray()
        self.cut = False

    def add(self, data: bytes) -> None:
        room = MAX_LINE_BYTES - len(self.text)
        self.text += data[:room]
        self.cut = self.cut or len(data) > room

    def decoded(self) -> str:
        # The cut may stand within a character; a whole line holds whole characters, or none that can be read.
        text = self.text.decode("utf-8", "ignore" if self.cut else "replace")
        return text + CUT if self.cut else text


def _entries(data: bytes) -> Iterator[bytes]:
    """Yield the parts of a terminal's long line, without the times that the engine put between them."""
    while len(data) > _ENTRY_SIZE and _STAMP_PATTERN.match(data, _ENTRY_SIZE):
        yield data[:_ENTRY_SIZE]
        data = data[_ENTRY_SIZE + _PREFIX :]
    yield data


def _split(time_ns: int, text: str, lines: list[Line]) -> None:
    """Add a line's pieces: each carriage return within it ends one and stays on it; a last one is part of the end."""
    text = text.removesuffix("\r")
    if "\r" not in text:
        lines.append((time_ns, text))
        return
    *progress, last = text.split("\r")
    lines.extend((time_ns, piece + "\r") for piece in progress)
    lines.append((time_ns, last))
