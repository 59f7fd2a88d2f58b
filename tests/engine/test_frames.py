"""From the bytes of a log to lines: frames cut anywhere, long lines, terminals, odd characters."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.engine.frames import CUT, MAX_LINE_BYTES, LogParser

if TYPE_CHECKING:
    from harmony_desktop.engine.frames import Line

STAMP = "2024-05-06T07:08:09.123456789Z"
NS = 1_714_979_289_123_456_789


def stamp(offset: int = 0) -> str:
    return f"2024-05-06T07:08:09.{123456789 + offset:09d}Z"


def frame(text: str | bytes, *, stream: int = 1, at: int | None = 0) -> bytes:
    """An entry of the log as the engine sends it; without a time where ``at`` is None."""
    data = text.encode() if isinstance(text, str) else text
    payload = data if at is None else f"{stamp(at)} ".encode() + data
    return struct.pack(">BxxxL", stream, len(payload)) + payload


def parsed(*pieces: bytes) -> list[Line]:
    parser = LogParser()
    lines = [line for piece in pieces for line in parser.feed(piece)]
    return lines + parser.flush()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(frame("hello\n"), [(NS, "hello")], id="a line"),
        pytest.param(frame("\n"), [(NS, "")], id="an empty line"),
        pytest.param(frame("a\n") + frame("b\n", at=1), [(NS, "a"), (NS + 1, "b")], id="two lines"),
        pytest.param(frame("dos\r\n"), [(NS, "dos")], id="a carriage return before the line end"),
        pytest.param(
            frame("1%\r2%\r3%\n"), [(NS, "1%\r"), (NS, "2%\r"), (NS, "3%")], id="progress keeps its carriage returns"
        ),
        pytest.param(frame("no end"), [(NS, "no end")], id="an end without a line end"),
        pytest.param(
            frame("long ") + frame("line\n", at=5), [(NS, "long line")], id="entries of one line bear the first time"
        ),
        pytest.param(
            frame("out ") + frame("err\n", stream=2, at=1) + frame("put\n", at=2),
            [(NS + 1, "err"), (NS, "out put")],
            id="streams do not mix",
        ),
        pytest.param(frame("a\nb\n"), [(NS, "a"), (NS, "b")], id="an entry of several lines"),
        pytest.param(frame("Error grabbing logs\n", stream=3, at=None), [(0, "Error grabbing logs")], id="no time"),
        pytest.param(frame(b"\xff\xfe\n"), [(NS, "\ufffd\ufffd")], id="not UTF-8"),
        pytest.param(
            frame("é".encode()[:1]) + frame("é".encode()[1:] + b"\n"), [(NS, "é")], id="a character over two entries"
        ),
        pytest.param(f"{STAMP} raw\r\n{stamp(1)} two\r\n".encode(), [(NS, "raw"), (NS + 1, "two")], id="a terminal"),
        pytest.param(f"{STAMP} 1%\r2%\r\n".encode(), [(NS, "1%\r"), (NS, "2%")], id="a terminal's progress"),
        pytest.param(f"{STAMP} open".encode(), [(NS, "open")], id="a terminal without a line end"),
        pytest.param(
            f"{STAMP} {'x' * 16384}{stamp(1)} {'y' * 9}\r\n".encode(),
            [(NS, "x" * 16384 + "y" * 9)],
            id="a terminal's long line, which the engine cut in two",
        ),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_lines(data: bytes, expected: list[Line]) -> None:
    assert parsed(data) == expected
    assert parsed(*(data[i : i + 1] for i in range(len(data)))) == expected, "byte by byte"


@given(
    texts=st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40)),
    cuts=st.lists(st.integers(0, 2000)),
    streams=st.lists(st.sampled_from([1, 2]), min_size=1),
)
def test_cuts_change_nothing(texts: list[str], cuts: list[int], streams: list[int]) -> None:
    data = b"".join(
        frame(text + "\n", at=number, stream=streams[number % len(streams)]) for number, text in enumerate(texts)
    )
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:stop] for start, stop in pairwise(edges)]
    assert parsed(*pieces) == [(NS + number, text) for number, text in enumerate(texts)]


@given(
    entries=st.lists(
        st.tuples(
            st.binary(max_size=12)
            | st.sampled_from([b"plain\n", b"more\n", b"\n", b"two\nlines\n", b"1%\r2%\n", b"open"]),
            st.sampled_from([1, 1, 1, 2]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_taking_whole_pieces_apart_at_once_changes_nothing(entries: list[tuple[bytes, int, bool]]) -> None:
    class Slow(LogParser):
        def _feed_plain(self, data: bytes) -> list[Line]:
            del data
            return []

    pieces = [
        frame(data, stream=stream, at=None if odd and data.startswith(b"o") else number)
        for number, (data, stream, odd) in enumerate(entries)
    ]
    slow, quick = Slow(), LogParser()
    for data in (b"".join(pieces), b"".join(reversed(pieces))):
        assert quick.feed(data) == slow.feed(data)
    assert quick.flush() == slow.flush()


@pytest.mark.parametrize("terminal", [False, True])
def test_a_line_without_end_is_bounded(terminal: bool) -> None:
    parser = LogParser()
    piece = b"x" * 16384
    first = f"{STAMP} ".encode() + piece if terminal else frame(piece)
    lines = parser.feed(first)
    for number in range(4 * MAX_LINE_BYTES // len(piece)):
        lines += parser.feed(piece if terminal else frame(piece, at=number))
    assert lines == []
    end = b"\n" if terminal else frame(b"\n")
    [(time_ns, text)] = parser.feed(end + (f"{STAMP} next\n".encode() if terminal else frame("next\n")))[:1]
    assert time_ns == NS
    assert text.endswith(CUT)
    assert set(text.removesuffix(CUT)) == {"x"}
    assert len(text) <= MAX_LINE_BYTES + len(CUT)


def test_a_time_that_is_none_counts_as_unknown() -> None:
    broken = b"2024-05-06X07:08:09.123456789Z text\n"
    assert parsed(struct.pack(">BxxxL", 1, len(broken)) + broken) == [(0, "text")]
