"""What a log view shows and finds, without a widget: filters, search, wrapping, selection, colours."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony_desktop.control.ansi import BOLD, DIM, INVERSE, TRUE_COLOUR, Pen
from harmony_desktop.control.levels import Level
from harmony_desktop.control.logs import Bound, LogBook
from harmony_desktop.ui import log_lines
from harmony_desktop.ui.log_cells import Cells, rows_of
from harmony_desktop.ui.log_colours import READABLE, PenColours
from harmony_desktop.ui.log_export import Extract
from harmony_desktop.ui.log_filter_bar import short_number
from harmony_desktop.ui.log_lines import LogLines
from harmony_desktop.ui.log_parts import Filter
from harmony_desktop.ui.log_query import Options, Query, QueryError
from harmony_desktop.ui.log_selection import Move, Selection, Spot, moved, word_at
from harmony_desktop.ui.log_text import clock
from harmony_desktop.ui.theme import DARK, DARK_HIGH_CONTRAST, LIGHT, LIGHT_HIGH_CONTRAST, Colours, contrast

TIME = 1_750_000_000_000_000_000


def fill(book: LogBook, count: int, service: str = "a", text: str = "line {i}") -> None:
    book.append(service, [(TIME + i, text.format(i=i)) for i in range(count)])


def finish(lines: LogLines) -> None:
    lines.refresh(1)
    while lines.work(1):
        pass


def made(*texts: str, service: str = "a") -> tuple[LogBook, LogLines]:
    book = LogBook()
    book.append(service, [(TIME, text) for text in texts])
    lines = LogLines(book)
    finish(lines)
    return book, lines


def search(lines: LogLines, text: str, options: Options | None = None) -> list[tuple[int, int]]:
    """Return index and rank of each line with matches, as one comes to them by going on."""
    lines.set_query(Query(text, options or Options()))
    finish(lines)
    found: list[tuple[int, int]] = []
    seq = lines.neighbour(-1, forwards=True)
    while seq is not None and lines.index_of(seq) not in {index for index, _ in found}:
        found.append((lines.index_of(seq), lines.rank(seq, 0)))
        seq = lines.neighbour(seq, forwards=True)
    return found


# -- which lines


def test_lines_are_bounded_as_the_book_is() -> None:
    book = LogBook(Bound(2_000, 10**9))
    lines = LogLines(book)
    fill(book, 1_500)
    assert lines.refresh(1)
    assert not lines.refresh(1)
    assert len(lines) == 1_500
    fill(book, 5_000)
    finish(lines)
    assert len(lines) == book.held("a")
    assert lines[-1].seq == 6_499
    book.clear()
    finish(lines)
    assert len(lines) == 0


def test_lines_of_some_services() -> None:
    book = LogBook()
    lines = LogLines(book)
    for _ in range(300):
        for service in "abc":
            fill(book, 2, service)
    lines.set_filter(Filter(frozenset("ab")))
    finish(lines)
    assert {line.service for line in lines} == {"a", "b"}
    assert len(lines) == 1_200
    lines.set_filter(Filter())
    finish(lines)
    assert len(lines) == 1_800


def test_lines_by_level_keep_what_belongs_to_an_error() -> None:
    _, lines = made(
        "INFO x", "WARN y", "plain", "Traceback (most recent call last):", '  File "x"', "ValueError: z", "end"
    )
    lines.set_filter(Filter(level=Level.ERROR))
    finish(lines)
    assert [line.text[:9] for line in lines] == ["Traceback", '  File "x', "ValueErro"]
    lines.set_filter(Filter(level=Level.WARNING))
    finish(lines)
    assert len(lines) == 4


def test_lines_that_match_alone() -> None:
    book, lines = made("one", "two", "three one", "four")
    lines.set_query(Query("one"))
    lines.set_filter(Filter(matching=True))
    finish(lines)
    assert [line.text for line in lines] == ["one", "three one"]
    fill(book, 1, text="one more")
    finish(lines)
    assert len(lines) == 3
    lines.set_query(None)
    finish(lines)
    assert len(lines) == 5


def test_a_progress_bar_moves_on() -> None:
    book, lines = made("start", "1 %\r")
    lines.set_query(Query("%"))
    for percent in (2, 50, 99):
        book.append("a", [(TIME, f"{percent} %\r")])
        finish(lines)
        assert [line.text for line in lines] == ["start", f"{percent} %"]
        assert lines.match_count == 1


def test_lines_from_a_number_on() -> None:
    book, lines = made(*map(str, range(3_000)))
    lines.set_filter(Filter(since=2_500))
    finish(lines)
    assert len(lines) == 500
    assert lines[0].text == "2500"
    assert lines.index_of(0) == 0
    assert len([line for piece in Extract(book, lines.filter).pieces() for line in piece]) == 500


# -- search


def test_search_finds_counts_and_goes_round() -> None:
    _, lines = made("Error one", "fine", "an ERROR, an error", "fine", "error [x]")
    assert search(lines, "error") == [(0, 1), (2, 2), (4, 4)]
    assert lines.match_count == 4
    assert lines.neighbour(4, forwards=True) == 0
    assert lines.neighbour(0, forwards=False) == 4
    assert lines.neighbour(2, forwards=False) == 0
    assert lines.rank(2, 1) == 3
    assert search(lines, "error", Options(case=True)) == [(2, 1), (4, 2)]
    assert search(lines, "[x]") == [(4, 1)]
    assert search(lines, "an", Options(word=True)) == [(2, 1)]
    assert search(lines, "rror", Options(word=True)) == []
    assert search(lines, "nowhere") == []
    assert lines.neighbour(0, forwards=True) is None


def test_search_by_regular_expression() -> None:
    _, lines = made("took 12 ms", "took 3 ms", "took long", "ms 12")
    assert search(lines, r"\d+ ms$", Options(regex=True)) == [(0, 1), (1, 2)]
    assert search(lines, "^ms", Options(regex=True)) == [(3, 1)]
    assert search(lines, r"t..k|m(s)", Options(regex=True))[-1] == (3, 6)
    assert search(lines, "x*", Options(regex=True)) == []
    assert search(lines, "TOOK", Options(regex=True, case=True)) == []
    assert search(lines, "oo|took", Options(regex=True, word=True)) == [(0, 1), (1, 2), (2, 3)]
    assert search(lines, r"[^a]ms", Options(regex=True)) == [(0, 1), (1, 2)]  # no match spans two lines


@given(
    st.lists(st.text("abA1\u017fsSkK\u212aé ", max_size=8), max_size=12),
    st.text("absk1é", min_size=1, max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_the_quick_way_finds_what_the_slow_one_does(texts: list[str], needle: str, word: bool, case: bool) -> None:
    query = Query(needle, Options(word=word, case=case))
    slow = [(place, query.count(text)) for place, text in enumerate(texts) if query.count(text)]
    assert [tuple(found) for found in query.found_in("\n".join(texts))] == slow


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "A “(” is not closed"),
        (")", "A “)” is not opened"),
        ("[a", "A “[” is not closed"),
        ("*a", "Nothing stands before “*”, “+” or “?”"),
        ("a{3,2}", "A repetition’s least is more than its most"),
        ("(" * 900 + ")" * 900, "Too long"),
        ("(" * 400 + "a" + ")" * 400, None),
        (r"\p{Nonsense}", "Not a regular expression: unknown property at position 12"),
    ],
)
def test_a_faulty_expression_is_explained(pattern: str, words: str | None) -> None:
    try:
        Query(pattern, Options(regex=True))
    except QueryError as error:
        assert words is None or str(error) == words  # noqa: PT017 - some of these are valid on some versions
    else:
        assert words is None


@pytest.mark.parametrize("pattern", [r"(x+x+)+y", r"(\w+\s?)+\d!", r"(a|aa|x)+$z", r"(x*)*(x*)*(x*)*y"])
def test_an_expression_that_takes_for_ever_is_given_up(pattern: str) -> None:
    book, lines = made(*["x" * 100_000 + " end"] * 20)
    lines.set_query(Query(pattern, Options(regex=True)))
    slowest, more = 0.0, True
    while more:
        began = time.thread_time()
        more = lines.work(0.008)
        slowest = max(slowest, time.thread_time() - began)
    assert slowest < 0.05
    assert not lines.is_searching
    fill(book, 1)
    finish(lines)  # goes on as if nothing had been looked for, if it was given up
    assert len(lines) == 21


def test_search_goes_on_with_new_lines_and_forgets_old_ones() -> None:
    book = LogBook(Bound(1_000, 10**9))
    lines = LogLines(book)
    lines.set_query(Query("line"))
    for _ in range(8):
        fill(book, 700)
        finish(lines)
    assert lines.match_count == book.held("a") < 5_600
    first = lines.neighbour(-1, forwards=True)
    assert first == lines[0].seq > 0


def test_search_stops_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MANY", 10_000)
    _, lines = made(*["x" * 100] * 3_000)
    lines.set_query(Query("x"))
    finish(lines)
    assert 10_000 <= lines.match_count < 300_000
    assert not lines.is_searching


def test_everything_works_in_slices() -> None:
    book = LogBook()
    fill(book, 20_000)
    lines = LogLines(book)
    lines.refresh(0)
    lines.set_query(Query("l[ai]ne", Options(regex=True)))
    slices = 1
    while lines.work(0):
        slices += 1
    assert slices > 100
    assert lines.match_count == 20_000


# -- wrapping


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60), st.integers(1, 20))
def test_wrapped_rows_hold_the_whole_line(text: str, columns: int) -> None:
    cells = Cells(text, columns)
    rows = [cells.row(number) for number in range(len(cells.starts))]
    assert "".join(text[start:end] for start, end in rows) == text
    assert rows_of(text, columns) == len(rows)
    for start, end in rows:
        width = cells.cell(end) - cells.cell(start)
        assert width <= columns or end - start == 1 or columns == 1
    for index in range(len(text) + 1):
        assert cells.row(cells.row_of(index))[0] <= index
        assert cells.whole(cells.index(cells.cell(index))) >= index or index == len(text)


def test_lines_are_wrapped_between_words_where_there_are_any() -> None:
    def rows(text: str) -> list[str]:
        cells = Cells(text, 10)
        return [text[slice(*cells.row(number))] for number in range(len(cells.starts))]

    assert rows("hello wide world") == ["hello ", "wide world"]
    assert rows("a " + "x" * 20) == ["a xxxxxxxx", "xxxxxxxxxx", "xx"]
    assert rows("日本語 日本語") == ["日本語 日", "本語"]
    assert rows("") == [""]


def test_wide_and_combining_characters() -> None:
    cells = Cells("a日e\u0301x", 3)
    assert len(cells) == 5
    assert [cells.cell(i) for i in range(6)] == [0, 1, 3, 4, 4, 5]
    assert [cells.row(row) for row in range(2)] == [(0, 2), (2, 5)]
    assert cells.nearest(1.9) == 1
    assert cells.nearest(2.2) == 2


@given(st.lists(st.integers(0, 45), min_size=1, max_size=40), st.integers(1, 12))
@settings(max_examples=50)
def test_rows_and_lines_agree(lengths: list[int], columns: int) -> None:
    _, lines = made(*("x" * length for length in lengths))
    lines.set_columns(columns)
    finish(lines)
    row = 0
    for index, length in enumerate(lengths):
        assert lines.row_of(index) == row
        for sub in range(max(1, -(-length // columns))):
            assert lines.line_at(row + sub) == (index, sub)
        row += max(1, -(-length // columns))
    assert lines.row_count == row


# -- selection


def test_selection_in_both_directions() -> None:
    _, lines = made("first line", "second line", "third line")
    assert Selection(Spot(0, 6), Spot(2, 5)).text(lines) == "line\nsecond line\nthird"
    assert Selection(Spot(2, 5), Spot(0, 6)).text(lines) == "line\nsecond line\nthird"
    assert Selection(Spot(1, 2), Spot(1, 2)).empty
    whole = Selection(Spot(0, 0), Spot(1, 6)).text(lines, with_time=True, with_names=True).splitlines()
    assert [line.split(" ", 1)[1] for line in whole] == ["a | first line", "a | second"]
    assert whole[0].startswith("2025-")


def test_a_selection_survives_that_its_beginning_goes() -> None:
    book = LogBook(Bound(1_000, 10**9))
    lines = LogLines(book)
    fill(book, 2_000)
    finish(lines)
    selection = Selection(Spot(lines[0].seq, 0), Spot(1_999, 4))
    fill(book, 2_000)
    finish(lines)
    first = lines[0].seq
    assert 0 < first <= 1_999 or selection.size(lines) == 0
    assert selection.text(lines).splitlines()[-1:] in ([], ["line"])


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("endpoint=http://x:5000/v1 done", 0, "endpoint"),
        ("endpoint=http://x:5000/v1 done", 10, "http://x:5000/v1"),
        ("a    b", 3, " "),
        ("", 0, ""),
    ],
)
def test_words(text: str, column: int, word: str) -> None:
    start, end = word_at(text, column)
    assert text[start:end] == word


@pytest.mark.parametrize(
    ("move", "spot"),
    [
        (Move.LEFT, Spot(1, 4)),
        (Move.RIGHT, Spot(1, 6)),
        (Move.WORD_LEFT, Spot(1, 4)),
        (Move.WORD_RIGHT, Spot(1, 8)),
        (Move.UP, Spot(0, 1)),
        (Move.DOWN, Spot(2, 0)),
        (Move.PAGE_UP, Spot(0, 1)),
        (Move.PAGE_DOWN, Spot(2, 0)),
        (Move.LINE_START, Spot(1, 0)),
        (Move.LINE_END, Spot(1, 13)),
        (Move.FIRST, Spot(0, 0)),
        (Move.LAST, Spot(2, 0)),
    ],
)
def test_moves_of_the_caret(move: Move, spot: Spot) -> None:
    _, lines = made("x", "one two three", "")
    assert moved(Spot(1, 5), move, lines, 10) == spot


# -- looks


def test_clock_shows_milliseconds_or_nothing() -> None:
    assert clock(TIME + 204_000_000).endswith(":40.204")
    assert clock(0).strip() == ""


def test_short_numbers() -> None:
    shown = [short_number(n) for n in (0, 999, 1_234, 45_678, 1_000_000, 12_345_678)]
    assert shown == ["0", "999", "1.2k", "45k", "1.0M", "12M"]


@pytest.mark.parametrize("colours", [LIGHT, DARK, LIGHT_HIGH_CONTRAST, DARK_HIGH_CONTRAST])
def test_every_colour_of_a_program_is_readable(colours: Colours) -> None:
    pens = PenColours(colours)
    some = [-1, *range(256), *(TRUE_COLOUR | rgb for rgb in (0, 0xFFFFFF, 0x808080, 0x123456, 0xFFFF00, 0x0000FF))]
    for ink in some:
        for ground in (-1, 0, 1, 7, 11, 15, 60, 200, 244, TRUE_COLOUR | 0x777777):
            for flags in (0, BOLD, DIM, INVERSE, INVERSE | DIM):
                made = pens.ink(Pen(ink, ground, flags))
                assert contrast(made.text, made.ground or colours.sunken) >= READABLE
