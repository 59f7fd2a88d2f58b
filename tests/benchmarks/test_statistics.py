"""The arithmetic of the measurements: medians with their interval, percentiles, growth, budgets that are missed."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.growth import Growth, exponent, measure_growth
from benchmarks.pairs import Comparison, Pace, interval, measure, percentile, result_of
from benchmarks.report import BEGIN, END, markdown, put_into, summary, write_json

TIMES = st.lists(st.floats(0.001, 1000), min_size=1, max_size=40)


@given(TIMES)
def test_the_interval_holds_the_median(values: list[float]) -> None:
    middle, low, high = interval(values)
    assert middle == statistics.median(values)
    assert min(values) <= low <= middle <= high <= max(values)


def test_the_interval_narrows_with_more_values() -> None:
    few, many = [1.0, 1.2, 0.8] * 2, [1.0, 1.2, 0.8] * 40

    def width(values: list[float]) -> float:
        _, low, high = interval(values)
        return high - low

    assert width(many) < width(few)
    assert width([1.0] * 5) == 0


@given(TIMES, st.floats(0, 1))
def test_a_percentile_lies_between_the_least_and_the_most(values: list[float], share: float) -> None:
    assert min(values) <= percentile(share)(values) <= max(values)


def test_percentiles() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(0.5)(values) == pytest.approx(50.5)
    assert percentile(0.95)(values) == pytest.approx(95.05)
    assert percentile(0.95)([7.0]) == 7.0


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_its_power(power: float) -> None:
    assert exponent({size: 3.0 * size**power for size in (4, 16, 64)}) == pytest.approx(power)


def told(ours: list[float], reference: list[float], *, budget: float | None = None, fewest: int = 3) -> Comparison:
    """A comparison whose quantities are known beforehand; the first of each is what warms up."""
    mine, theirs = iter(ours), iter(reference)
    return Comparison(
        "told",
        "what is told",
        lambda: next(mine),
        (lambda: next(theirs)) if reference else None,
        "something",
        budget,
        fewest=fewest,
        most=len(ours) - 1,
    )


def test_ratios_are_those_of_pairs() -> None:
    result = measure(told([9.0, 1.0, 2.0, 4.0], [9.0, 2.0, 4.0, 8.0]), Pace())
    assert (result.ratio, result.low, result.high, result.pairs) == (0.5, 0.5, 0.5, 3)
    assert (result.ours, result.reference) == (2.0, 4.0)


def test_a_wide_interval_asks_for_more_pairs() -> None:
    ours = [1.0, *(1.0, 2.0, 3.0) * 3]
    assert measure(told(ours, [1.0] * 10), Pace()).pairs == 9
    assert measure(told([1.0] * 10, [1.0] * 10), Pace()).pairs == 3


def test_the_reference_comes_first_every_other_time() -> None:
    order: list[str] = []

    def note(who: str) -> float:
        order.append(who)
        return 1.0

    comparison = Comparison(
        "order", "", lambda: note("ours"), lambda: note("theirs"), before=lambda: order.append("|"), fewest=2
    )
    measure(comparison, Pace())
    assert "".join(order) == "|ours|theirs" * 2 + "|theirs|ours"


def test_without_time_only_a_few_pairs_are_made() -> None:
    over = Pace(until=0.0)
    assert measure(told([1.0] * 30, [1.0] * 30, fewest=15), over).pairs == 5
    assert measure(told([1.0] * 30, [1.0] * 30, fewest=15), Pace(quick=True)).pairs == 3


@pytest.mark.parametrize(
    ("ratios", "missed"),
    [([0.8, 0.9, 0.95], False), ([0.9, 1.1, 1.2], False), ([1.1, 1.15, 1.2], True)],
    ids=["met", "within the spread", "missed"],
)
def test_a_budget_is_missed_when_the_whole_interval_is_beyond_it(ratios: list[float], missed: bool) -> None:
    comparison = replace(told([1.0], [1.0]), budget=1.0)
    result = result_of(comparison, [(ratio, 1.0) for ratio in ratios * 5])
    assert result.missed is missed


def test_what_has_no_reference_is_judged_by_itself() -> None:
    alone = Comparison("alone", "CPU when idle", lambda: 0.0, None, budget=0.5, unit="%")
    result = result_of(alone, [(0.7,), (0.8,), (0.75,)])
    assert (result.ratio, result.reference, result.missed) == (None, None, True)
    assert "≤ 0.50 % **missed**" in markdown([result])


def test_growth_takes_its_sizes_in_turn() -> None:
    asked: list[int] = []

    def seconds(size: int) -> float:
        asked.append(size)
        return size / 100

    result = measure_growth(Growth("growth", "it", (4, 16, 64), seconds, rounds=2), Pace())
    assert asked == [4, 16, 64] * 2
    assert result.ours == pytest.approx(1.0)
    assert "64: 640 ms" in result.note


def test_what_was_found_is_put_between_the_marks_of_a_document(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Performance\n\n{BEGIN}\nformer\n{END}\n\nThe rest.\n", "utf-8")
    result = measure(told([1.0] * 4, [2.0] * 4, budget=0.85), Pace())
    put_into(document, summary([result], "make bench", 61))
    text = document.read_text("utf-8")
    assert "former" not in text
    assert text.startswith("# Performance")
    assert text.endswith("The rest.\n")
    assert "| 0.50 [0.50, 0.50] | ≤ 0.85 met |" in text
    assert "1 of 1 budgets met" in text
    write_json([result], tmp_path / "found" / "found.json", "make bench")
    assert '"missed": false' in (tmp_path / "found" / "found.json").read_text("utf-8")


def test_a_document_without_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("# Performance\n", "utf-8")
    with pytest.raises(ValueError, match="lacks the lines"):
        put_into(document, "found")
    assert document.read_text("utf-8") == "# Performance\n"
