"""The map's layout: callers left of callees, nothing overlaps, it fits, and the same stack gives the same picture."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony_desktop.ui.map_layout import YOU, Box, Picture, Sizes, arrange

FOUR = ("link", "ui", "text", "speech")
CALLS = {"link": ("text", "speech"), "ui": ("speech",)}


def _boxes(picture: Picture) -> dict[str, Box]:
    return {box.name: box for box in picture.boxes}


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_the_four_services_as_drawn() -> None:
    boxes = _boxes(arrange(FOUR, CALLS, ("link", "ui"), 930, Sizes()))
    assert boxes[YOU].x < boxes["link"].x == boxes["ui"].x < boxes["text"].x == boxes["speech"].x
    assert boxes["link"].y == boxes["text"].y < boxes["ui"].y == boxes["speech"].y


def test_lines_run_from_edge_to_edge() -> None:
    picture = arrange(FOUR, CALLS, ("link", "ui"), 930, Sizes())
    boxes = _boxes(picture)
    for line in picture.lines:
        caller, callee = boxes[line.caller], boxes[line.callee]
        assert line.points[0] == (caller.x + caller.width, caller.y + caller.height / 2)
        assert line.points[-1] == (callee.x, callee.y + callee.height / 2)


CHAIN = ("a", "b", "c", "d", "e", "f")
CHAIN_CALLS = {one: (other,) for one, other in pairwise(CHAIN)}


@pytest.mark.parametrize("width", [620, 930, 1600])
@pytest.mark.parametrize(("names", "calls"), [(FOUR, CALLS), (CHAIN, CHAIN_CALLS), (("a",), {})])
def test_fits_the_width(names: tuple[str, ...], calls: dict[str, tuple[str, ...]], width: int) -> None:
    for box in arrange(names, calls, names[:1], width, Sizes()).boxes:
        assert box.x >= 0
        assert box.width >= 50
        assert box.x + box.width <= width


def test_a_cycle_is_no_trouble() -> None:
    picture = arrange(("a", "b"), {"a": ("b",), "b": ("a",)}, (), 800, Sizes())
    assert {(line.caller, line.callee) for line in picture.lines} == {("a", "b"), ("b", "a")}
    boxes = _boxes(picture)
    assert boxes["a"].x < boxes["b"].x


def test_unknown_callees_and_calls_to_oneself_are_left_out() -> None:
    assert arrange(("a",), {"a": ("a", "ghost")}, (), 800, Sizes()).lines == ()


def test_nothing_to_show() -> None:
    assert arrange((), {}, (), 800, Sizes()).boxes == ()


def test_long_lines_pass_between_boxes() -> None:
    calls = {"a": ("b", "d"), "b": ("c",), "c": ("d",)}
    picture = arrange(("a", "b", "c", "d"), calls, (), 1200, Sizes())
    boxes = _boxes(picture)
    long_line = next(line for line in picture.lines if (line.caller, line.callee) == ("a", "d"))
    for x, y in long_line.points[1:-1]:
        for box in boxes.values():
            assert not (box.x < x < box.x + box.width and box.y <= y <= box.y + box.height)


NAMES = [f"s{i}" for i in range(14)]


@settings(max_examples=60, deadline=None)
@given(
    calls=st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4)),
    entries=st.lists(st.sampled_from(NAMES), max_size=5),
)
def test_any_graph_is_laid_out_without_overlap(calls: dict[str, list[str]], entries: list[str]) -> None:
    picture = arrange(NAMES, calls, entries, 930, Sizes())
    assert picture == arrange(NAMES, calls, entries, 930, Sizes())
    assert set(_boxes(picture)) - {YOU} == set(NAMES)
    for one, other in combinations(picture.boxes, 2):
        assert not _overlap(one, other)
    for box in picture.boxes:
        assert box.y >= 0
        assert box.y + box.height <= picture.height
    wanted = {(a, b) for a, callees in calls.items() for b in callees if a != b}
    assert {(line.caller, line.callee) for line in picture.lines if line.caller != YOU} == wanted
