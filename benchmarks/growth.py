"""How time grows with size: the exponent of a power law, fitted on logarithms. 1 is in proportion, 2 is its square."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.pairs import Pace, Result, tell


@dataclass(frozen=True, slots=True)
class Growth:
    """What grows.

    Attributes:
        name: Stable: ``--only`` names it.
        title: What is measured, as the table says it.
        sizes: The sizes, ascending.
        ours: Measures ours at a size; returns seconds.
        budget: The largest exponent that is allowed.
        rounds: How often each size is measured; they take turns.
        each: What the sizes count ("services").
    """

    name: str
    title: str
    sizes: Sequence[int]
    ours: Callable[[int], float]
    budget: float | None = None
    rounds: int = 3
    each: str = "services"


def measure_growth(growth: Growth, pace: Pace) -> Result:
    """Measure all sizes in turn; the exponent's interval is that of the fits of single rounds."""
    found: dict[int, list[float]] = {size: [] for size in growth.sizes}
    rounds = 1 if pace.quick else growth.rounds
    for _ in range(rounds):
        for size in growth.sizes:
            found[size].append(growth.ours(size))
    medians = {size: statistics.median(times) for size, times in found.items()}
    single = [exponent({size: times[index] for size, times in found.items()}) for index in range(rounds)]
    (smaller, larger) = growth.sizes[-2:]
    last = exponent({smaller: medians[smaller], larger: medians[larger]})
    points = ", ".join(f"{size:,}: {_seconds(seconds)}" for size, seconds in medians.items())
    result = Result(
        growth.name,
        growth.title,
        "",
        "exponent",
        exponent(medians),
        None,
        None,
        min(single),
        max(single),
        rounds,
        growth.budget,
        f"{points} ({growth.each}); the last step grows with exponent {last:.2f}",
        os.getloadavg()[0],
        tuple(tuple(times) for times in found.values()),
    )
    tell(result)
    return result


def exponent(points: Mapping[int, float]) -> float:
    """Return the slope of the straight line through the logarithms of sizes and times (least squares)."""
    sizes = [math.log(size) for size in points]
    times = [math.log(max(seconds, 1e-9)) for seconds in points.values()]
    return statistics.linear_regression(sizes, times).slope


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.2f} s"
