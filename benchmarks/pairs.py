"""Pairs: ours and the reference in turn, in one run, so that a busy machine slows both; medians with their interval."""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

#: Pairs at least, and at most where the interval stays wide.
FEWEST, MOST = 15, 40
#: Pairs when somebody tries the script, and when there is no time left.
QUICK, HASTY = 3, 5
#: A median is good enough when its 95 % interval is this wide at most, as a share of it.
NARROW = 0.05
_RESAMPLES = 2000

Statistic = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared with a reference, or (without one) measured alone.

    Attributes:
        name: Stable: ``--only`` names it.
        title: What is measured, as the table says it.
        ours: Measures ours; returns a quantity, less is better.
        reference: Measures the reference in the same unit; None where there is none.
        against: What the reference is.
        budget: The largest ratio that is allowed (without a reference: the largest quantity); None where there is none.
        unit: "s", "MB", "%" …
        before: Is done before each measurement, unmeasured.
        fewest: Pairs at least.
        most: Pairs at most.
        note: What the reader of the table has to know.
    """

    name: str
    title: str
    ours: Callable[[], float]
    reference: Callable[[], float] | None
    against: str = ""
    budget: float | None = None
    unit: str = "s"
    before: Callable[[], object] = field(default=lambda: None)
    fewest: int = FEWEST
    most: int = MOST
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a comparison.

    Attributes:
        name: Of the comparison.
        title: Of the comparison.
        against: What the reference is, or "".
        unit: Of the medians.
        ours: Median of ours.
        reference: Median of the reference, or None.
        ratio: Median of the pairs' ratios, or None.
        low: Lower end of the 95 % interval of the ratio, or of ours where there is none.
        high: Upper end.
        pairs: How many.
        budget: The largest ratio (or quantity) that is allowed, or None.
        note: What the reader of the table has to know.
        load: Running processes of the machine, averaged over a minute, when it was done.
        measured: Every pair (ours, reference), for those who want to look closer.
    """

    name: str
    title: str
    against: str
    unit: str
    ours: float
    reference: float | None
    ratio: float | None
    low: float
    high: float
    pairs: int
    budget: float | None
    note: str = ""
    load: float = 0.0
    measured: tuple[tuple[float, ...], ...] = ()

    @property
    def missed(self) -> bool:
        """Whether the budget is missed by more than the spread."""
        return self.budget is not None and self.low > self.budget


@dataclass(slots=True)
class Pace:
    """How much time there is: a run without anybody has to come to its end.

    Attributes:
        quick: A few pairs, whatever their spread: to try the script, not to quote.
        until: Moment of the monotonic clock after which only ``HASTY`` pairs are made of what is left.
        share: Seconds within which a comparison may go beyond its fewest pairs.
    """

    quick: bool = False
    until: float = float("inf")
    share: float = 120.0

    def bounds(self, comparison: Comparison) -> tuple[int, int]:
        """Return how many pairs there are at least, and at most."""
        if self.quick:
            return min(QUICK, comparison.fewest), min(QUICK, comparison.fewest)
        if time.monotonic() > self.until:
            return min(HASTY, comparison.fewest), min(HASTY, comparison.fewest)
        return comparison.fewest, comparison.most

    def goes_on(self, began: float) -> bool:
        """Whether a comparison may have more than its fewest pairs."""
        now = time.monotonic()
        return now < self.until and now - began < self.share


def measure(comparison: Comparison, pace: Pace) -> Result:
    """Measure pairs until the median is known well enough; the first pair warms up and does not count.

    Args:
        comparison: What to compare.
        pace: How much time there is.
    """
    began = time.monotonic()
    fewest, most = pace.bounds(comparison)
    pairs: list[tuple[float, ...]] = []
    _pair(comparison, swapped=False)
    while True:
        pairs.append(_pair(comparison, swapped=len(pairs) % 2 == 1))
        if len(pairs) < fewest:
            if time.monotonic() > pace.until and len(pairs) >= HASTY:
                break
            continue
        middle, low, high = interval(_judged(pairs))
        if len(pairs) >= most or high - low <= NARROW * middle or not pace.goes_on(began):
            break
    return result_of(comparison, pairs)


def result_of(comparison: Comparison, pairs: Sequence[tuple[float, ...]]) -> Result:
    """Return what follows from pairs that have been measured."""
    middle, low, high = interval(_judged(pairs))
    alone = comparison.reference is None
    result = Result(
        comparison.name,
        comparison.title,
        comparison.against,
        comparison.unit,
        statistics.median(pair[0] for pair in pairs),
        None if alone else statistics.median(pair[1] for pair in pairs),
        None if alone else middle,
        low,
        high,
        len(pairs),
        comparison.budget,
        comparison.note,
        os.getloadavg()[0],
        tuple(pairs),
    )
    tell(result)
    return result


def tell(result: Result) -> None:
    """Say on stderr what came of it: a run takes its time."""
    middle = result.ours if result.ratio is None else result.ratio
    unit = result.unit if result.ratio is None else "times"
    missed = "  MISSED" if result.missed else ""
    print(
        f"  {result.name}: {middle:.3g} {unit} [{result.low:.3g}, {result.high:.3g}] in {result.pairs}{missed}",
        file=sys.stderr,
        flush=True,
    )


def _judged(pairs: Sequence[tuple[float, ...]]) -> list[float]:
    """Return the ratio of each pair, or the quantity itself where it stands alone."""
    return [pair[0] / pair[1] if len(pair) > 1 else pair[0] for pair in pairs]


def _pair(comparison: Comparison, *, swapped: bool) -> tuple[float, ...]:
    """Measure both, every other time the reference first: what the first leaves behind must not favour the second."""
    calls = [comparison.ours, *([comparison.reference] if comparison.reference is not None else [])]
    found = []
    for call in reversed(calls) if swapped else calls:
        comparison.before()
        found.append(call())
    return tuple(reversed(found) if swapped else found)


def interval(values: Sequence[float], statistic: Statistic = statistics.median) -> tuple[float, float, float]:
    """Return a statistic and the ends of its 95 % interval (percentile bootstrap, always with the same seed).

    Args:
        values: What was measured.
        statistic: The median, or another.
    """
    chance = random.Random(len(values))
    found = sorted(statistic(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return statistic(values), found[int(0.025 * _RESAMPLES)], found[int(0.975 * _RESAMPLES) - 1]


def percentile(share: float) -> Statistic:
    """Return the statistic below which this share of the values lies (0.95: the slowest twentieth is above)."""

    def of(values: Sequence[float]) -> float:
        ordered = sorted(values)
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - below)

    return of
