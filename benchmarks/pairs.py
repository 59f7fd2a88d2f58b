"""Pairs: ours and the reference in turn, in one run, so that a busy machine slows both; medians with their interval."""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

#: Pairs at least, and at most where the interval stays wide.
FEWEST, MOST = 15, 60
#: A median is good enough when its 95 % interval is this wide at most, as a share of it.
NARROW = 0.05
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared.

    Attributes:
        name: Stable: ``--only`` names it.
        title: What is measured, as the table says it.
        ours: Measures ours; returns a quantity, less is better.
        reference: Measures the reference in the same unit.
        against: What the reference is.
        budget: The largest ratio that is allowed; None where there is none.
        unit: "s" or "MB".
        before: Is done before each measurement, unmeasured.
        fewest: Pairs at least.
        most: Pairs at most.
    """

    name: str
    title: str
    ours: Callable[[], float]
    reference: Callable[[], float]
    against: str
    budget: float | None = None
    unit: str = "s"
    before: Callable[[], object] = field(default=lambda: None)
    fewest: int = FEWEST
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a comparison.

    Attributes:
        name: Of the comparison.
        title: Of the comparison.
        against: What the reference is.
        unit: Of the two medians.
        ours: Median of ours.
        reference: Median of the reference.
        ratio: Median of the pairs' ratios.
        low: Lower end of its 95 % interval.
        high: Upper end.
        pairs: How many.
        budget: The largest ratio that is allowed, or None.
    """

    name: str
    title: str
    against: str
    unit: str
    ours: float
    reference: float
    ratio: float
    low: float
    high: float
    pairs: int
    budget: float | None

    @property
    def missed(self) -> bool:
        """Whether the budget is missed by more than the spread."""
        return self.budget is not None and self.low > self.budget


def measure(comparison: Comparison, *, quick: bool = False) -> Result:
    """Measure pairs until the median is known well enough; the first pair warms up and does not count.

    Args:
        comparison: What to compare.
        quick: Five pairs, whatever their spread: to try the script, not to quote.
    """
    fewest, most = (5, 5) if quick else (comparison.fewest, comparison.most)
    ours: list[float] = []
    reference: list[float] = []
    _pair(comparison, swapped=False)
    while True:
        mine, theirs = _pair(comparison, swapped=len(ours) % 2 == 1)
        ours.append(mine)
        reference.append(theirs)
        if len(ours) < fewest:
            continue
        ratios = [a / b for a, b in zip(ours, reference, strict=True)]
        middle, low, high = median_interval(ratios)
        if len(ours) >= most or high - low <= NARROW * middle:
            break
    print(f"  {comparison.name}: {middle:.2f} [{low:.2f}, {high:.2f}] in {len(ours)} pairs", file=sys.stderr)
    return Result(
        comparison.name,
        comparison.title,
        comparison.against,
        comparison.unit,
        statistics.median(ours),
        statistics.median(reference),
        middle,
        low,
        high,
        len(ours),
        comparison.budget,
    )


def _pair(comparison: Comparison, *, swapped: bool) -> tuple[float, float]:
    """Measure both, every other time the reference first: what the first leaves behind must not favour the second."""
    calls = [comparison.ours, comparison.reference]
    found = []
    for call in reversed(calls) if swapped else calls:
        comparison.before()
        found.append(call())
    mine, theirs = reversed(found) if swapped else found
    return mine, theirs


def median_interval(values: list[float]) -> tuple[float, float, float]:
    """Return the median and the ends of its 95 % interval (percentile bootstrap, always with the same seed)."""
    chance = random.Random(len(values))
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return statistics.median(values), medians[int(0.025 * _RESAMPLES)], medians[int(0.975 * _RESAMPLES) - 1]
