"""The log book: bounds, progress bars, colours, levels; and that nothing within the bound is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony_desktop.control import ansi
from harmony_desktop.control.ansi import PLAIN, Pen, Span, clean, parse
from harmony_desktop.control.levels import Level, level_of, levels_of
from harmony_desktop.control.log_chunk import LINES, Mark
from harmony_desktop.control.logs import Bound, LogBook

TIME = 1_750_000_000_000_000_000


def texts(book: LogBook, service: str | None = None) -> list[str]:
    return [line.text for line in book.since() if service in {None, line.service}]


# -- texts


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;200mpink\x1b[m", "red pink"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1b[2J\x1b[1;1Hhome", "home"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("10 %\r50 %\r", "50 %"),
        ("\r", ""),
        ("a\tb", "a       b"),
        ("\x1b[31mab\x1b[0m\tc", "ab      c"),
        ("bell\x07null\x00", "bell\N{REPLACEMENT CHARACTER}null\N{REPLACEMENT CHARACTER}"),
        ("left\u202eright\u2066", "leftright"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("family 👨\u200d👩", "family 👨\u200d👩"),
        ("日本語", "日本語"),
        ("Zalgo" + "\u0301" * 1000, "Zalgo" + "\u0301" * 8),
    ],
)
def test_lines_are_cleaned(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text())
def test_whatever_comes_is_shown_without_control_characters(raw: str) -> None:
    text, spans = parse(raw)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202a\u202e\u2066\u2069\u200b" for c in text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert clean(text) == text


@pytest.mark.parametrize(
    ("raw", "spans"),
    [
        ("\x1b[31mred\x1b[0m plain", (Span(0, 3, Pen(ink=1)),)),
        ("a\x1b[1;94mb", (Span(1, 2, Pen(ink=12, flags=ansi.BOLD)),)),
        ("\x1b[38;5;208mx\x1b[48;5;300my", (Span(0, 2, Pen(ink=208)),)),
        ("\x1b[38;2;1;2;3;4mx", (Span(0, 1, Pen(ink=ansi.TRUE_COLOUR | 0x010203, flags=ansi.UNDERLINE)),)),
        (
            "\x1b[7;2mx\x1b[27my\x1b[22mz",
            (Span(0, 1, Pen(flags=ansi.INVERSE | ansi.DIM)), Span(1, 2, Pen(flags=ansi.DIM))),
        ),
        ("\x1b[41mx\x1b[49my", (Span(0, 1, Pen(ground=1)),)),
        ("\x1b[99999999999999999999mx", ()),
        ("\x1b[mx", ()),
    ],
)
def test_colours_are_read(raw: str, spans: tuple[Span, ...]) -> None:
    assert parse(raw)[1] == spans
    assert all(span.pen != PLAIN for span in spans)


def test_long_lines_are_kept_up_to_a_bound() -> None:
    assert clean("x" * 100_000) == "x" * 100_000
    assert len(clean("x" * 10_000_000)) <= ansi.MAX_LENGTH + len(ansi.CUT)
    assert len(clean("\t" * 1_000_000)) <= ansi.MAX_LENGTH + len(ansi.CUT)
    assert clean("\x1b[31m" * 10_000 + "x") == "x"


# -- levels


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2026-05-06 07:08:09.123 | WARNING  | a:b:3 - x", Level.WARNING),  # loguru
        ('INFO:     127.0.0.1 - "GET / HTTP/1.1" 500 Internal Server Error', Level.INFO),  # uvicorn
        ("ERROR:root:bad", Level.ERROR),  # logging
        ("2026-01-01 12:00:00,123 - app - DEBUG - x", Level.DEBUG),
        ("2026/01/02 03:04:05 [error] 29#29: *1 open() failed", Level.ERROR),  # nginx
        ("[Mon] [core:warn] x", Level.WARNING),  # Apache
        ("0.00.035.060 W load: x", Level.WARNING),  # llama.cpp
        ("E0102 12:00:00.0 x", Level.ERROR),  # glog
        ("2026-01-01 12:00:00,123 WARN  [main] com.x.Y - foo", Level.WARNING),  # log4j
        ('{"level":"debug","x":1}', Level.DEBUG),
        ("ts=1 level=warn msg=x", Level.WARNING),
        ("error: no such file", Level.ERROR),
        ("/x/y.py:3: FutureWarning: zz", Level.WARNING),
        ("Traceback (most recent call last):", Level.ERROR),
        ("ValueError: bad", Level.ERROR),
        ("0 errors found", Level.INFO),
        ("anything else", Level.INFO),
        ("level=odd", Level.INFO),
        ("", Level.INFO),
    ],
)
def test_levels(text: str, level: Level) -> None:
    assert level_of(text) is level


def test_an_indented_line_belongs_to_the_one_before() -> None:
    lines = ["Traceback (most recent call last):", '  File "x"', "    raise", "ValueError: bad", "all is well", "  yes"]
    error, info = Level.ERROR, Level.INFO
    assert levels_of(lines) == [error, error, error, error, info, info]


# -- the book


def test_lines_come_back_as_they_came() -> None:
    book = LogBook()
    book.append("a", [(TIME, "one"), (TIME + 1, "\x1b[31mtwo\x1b[0m")])
    book.append("b", [(0, "three")])
    first, second, third = book.since()
    assert (first.service, first.time_ns, first.text, first.spans) == ("a", TIME, "one", ())
    assert (second.text, second.spans) == ("two", (Span(0, 3, Pen(ink=1)),))
    assert (third.service, third.seq) == ("b", 2)
    assert [line.text for line in book.newest(2)] == ["two", "three"]
    assert book.tail("a", 1) == ("two",)


def test_a_flood_of_one_service_takes_nothing_from_another() -> None:
    book = LogBook(Bound(lines=5_000, size=10**9))
    book.append("quiet", [(TIME, f"quiet {i}") for i in range(3)])
    for burst in range(40):
        book.append("loud", [(TIME, f"loud {burst * 1000 + i}") for i in range(1000)])
        book.append("quiet", [(TIME, f"quiet {burst + 3}")])
    assert texts(book, "quiet") == [f"quiet {i}" for i in range(43)]
    kept = texts(book, "loud")
    assert 5_000 <= len(kept) <= 5_000 + LINES
    assert kept == [f"loud {i}" for i in range(40_000 - len(kept), 40_000)]
    assert len(book.chunks) < 12  # what is left of the quiet one's neighbours takes no room


def test_the_bound_in_bytes() -> None:
    book = LogBook(Bound(lines=10**9, size=1024**2))
    for i in range(100):
        book.append("a", [(TIME, f"{i} " + "x" * 99_998)])
    kept = texts(book)
    assert 1024**2 <= sum(map(len, kept)) + 20 * len(kept) <= 1024**2 + 3 * 128 * 1024
    assert kept[-1].startswith("99 ")


def test_a_smaller_bound_takes_effect_at_once() -> None:
    book = LogBook()
    book.append("a", [(TIME, str(i)) for i in range(50_000)])
    told = []
    book.subscribe(lambda: told.append(book.held("a")))
    book.set_bound(Bound(1_000, 10**9))
    assert 1_000 <= book.held("a") <= 1_000 + LINES
    assert told == [book.held("a")]


def test_a_progress_bar_is_one_line() -> None:
    book = LogBook()
    book.append("a", [(TIME, "start"), (TIME, "1 %\r"), (TIME, "2 %\r")])
    assert texts(book) == ["start", "2 %"]
    book.append("b", [(TIME, "between")])
    book.append("a", [(TIME, "3 %\r")])
    assert texts(book) == ["start", "between", "3 %"]
    book.append("a", [(TIME, "100 %"), (TIME, "end")])
    assert texts(book) == ["start", "between", "100 %", "end"]
    assert book.tail("a", 9) == ("start", "100 %", "end")
    assert book.held("a") == 3


def test_a_progress_bar_of_hours_takes_no_room() -> None:
    book = LogBook()
    for i in range(20_000):
        book.append("a", [(TIME, f"{i}\r")])
    assert texts(book) == ["19999"]
    assert len(book.chunks) <= 2


def test_the_panel_says_where_a_container_began_anew() -> None:
    book = LogBook()
    book.append("a", [(TIME, "old")])
    book.mark("a", TIME, Mark(exit_code=1))
    book.append("a", [(TIME, "new")])
    assert [(line.text, line.mark) for line in book.since()] == [("old", None), ("", Mark(1)), ("new", None)]
    assert book.tail("a", 9) == ("old", "new")


def test_clearing_forgets_and_numbers_go_on() -> None:
    book = LogBook()
    book.append("a", [(TIME, "x\r")])
    book.clear()
    assert texts(book) == []
    assert book.held("a") == 0
    book.append("a", [(TIME, "y")])
    assert [line.seq for line in book.since()] == [1]


_SERVICES = st.sampled_from("abc")
_TEXTS = st.one_of(
    st.text(max_size=30), st.sampled_from(["plain", "x" * 70_000, "1 %\r", "\x1b[31mred", "日本語", "", "\n", "\u2028"])
)
_BATCHES = st.lists(st.tuples(_SERVICES, st.lists(_TEXTS, max_size=6), st.integers(1, 300)), max_size=30)


@given(_BATCHES, st.integers(1, 3000), st.integers(1, 400_000))
@settings(max_examples=60, deadline=None)
def test_the_newest_lines_of_each_service_are_kept_in_order(
    batches: list[tuple[str, list[str], int]], lines: int, size: int
) -> None:
    """Whatever comes: what is kept is the end of what came, at least the bound, and hardly more."""
    book = LogBook(Bound(lines, size))
    came: dict[str, list[str]] = {}
    for service, raw, times in batches:
        repeated = raw * times if sum(map(len, raw)) < 1000 else raw
        book.append(service, [(TIME, text) for text in repeated])
        model = came.setdefault(service, [])
        for text in repeated:
            if model and model[-1].endswith("\r"):
                model.pop()
            model.append(text)
    for service, model in came.items():
        shown = [clean(text) for text in model]
        kept = texts(book, service)
        assert book.held(service) == len(kept)
        assert kept == shown[len(shown) - len(kept) :]
        weight = sum(len(text.encode()) + 20 for text in kept)
        assert len(kept) == len(shown) or len(kept) >= lines or weight >= size
        assert len(kept) <= lines + LINES
    seqs = [line.seq for line in book.since()]
    assert seqs == sorted(set(seqs))
