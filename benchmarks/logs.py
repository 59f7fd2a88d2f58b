"""Logs: the whole command against the official Compose, the window's intake and search, how both grow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from typing import Any

from benchmarks.flood import SERVICES, Flood
from benchmarks.growth import Growth
from benchmarks.pairs import Comparison, Pace, Result, interval, result_of, tell
from benchmarks.places import Place

OFFICIAL = "docker compose 5.6.1, to /dev/null"
#: CPU milliseconds of the loop's thread that a callback may take.
LONGEST = 50.0


class Logs:
    """What is measured on floods, each made when it is needed.

    Args:
        place: Where.
        stack: Takes the floods away in the end.
        quick: A tenth of the lines.
    """

    def __init__(self, place: Place, stack: ExitStack, *, quick: bool) -> None:
        self.place = place
        self._stack = stack
        #: By which the lines are divided.
        self.share = 10 if quick else 1

    @cached_property
    def million(self) -> Flood:
        """A million lines."""
        return self._made(250_000 // self.share, "million")

    @cached_property
    def flood(self) -> Flood:
        """Fewer, for what is repeated often."""
        return self._made(62_500 // self.share, "flood")

    def _made(self, lines: int, name: str) -> Flood:
        made = Flood(self.place, lines, name)
        self._stack.callback(made.close)
        return made

    def pane(self, what: str, flood: Flood, *more: str) -> dict[str, Any]:
        """Run a pane in a process of its own; return what it tells."""
        argv = [sys.executable, "-m", "benchmarks.pane", what, self.place.lab.engine.host, flood.name, str(flood.lines)]
        environment = {**self.place.environment, "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run([*argv, *more], env=environment, check=False, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"the pane ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def printed(self) -> float:
        """Return the seconds in which the command line prints the million."""
        return self.million.ours()

    def printed_officially(self) -> float:
        """Return the seconds in which the official Compose does."""
        return self.million.official()

    def intake(self) -> float:
        """Return the seconds until all lines of the smaller flood are in the pane and searchable."""
        return float(self.pane("intake", self.flood)["seconds"])

    def flood_printed_officially(self) -> float:
        """Return the seconds in which the official Compose prints the smaller flood."""
        return self.flood.official()

    def taken(self, lines: int) -> float:
        """Return the seconds of an intake of the newest lines, so many of all services together."""
        flood = self.million
        return float(self.pane("intake", flood, str(min(lines // SERVICES, flood.lines)))["seconds"])


def comparisons(logs: Logs) -> Iterator[Comparison]:
    """Yield what is measured in pairs of processes."""
    yield Comparison(
        "logs",
        f"`logs` of {_lines(logs, 1_000_000)} lines, whole command",
        ours=logs.printed,
        reference=logs.printed_officially,
        against=OFFICIAL,
    )
    yield Comparison(
        "log-intake",
        f"log intake: {_lines(logs, 250_000)} lines of four services, until they are in the pane and searchable",
        ours=logs.intake,
        reference=logs.flood_printed_officially,
        against=OFFICIAL,
        budget=1.0,
    )


def others(logs: Logs, pace: Pace) -> Iterator[tuple[str, Callable[[], list[Result]]]]:
    """Yield by name what is measured otherwise."""
    yield "log-stall", lambda: _stalls(logs, pace)
    yield "log-search", lambda: _search(logs)


def growths(logs: Logs) -> Iterator[Growth]:
    """Yield how the intake grows."""
    top = 1_000_000 // logs.share
    yield Growth(
        "growth-lines",
        "log intake, growth with the number of lines",
        tuple(size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= top),
        logs.taken,
        each="lines",
    )


def _lines(logs: Logs, number: int) -> str:
    return f"{number // logs.share:,}"


def _stalls(logs: Logs, pace: Pace) -> list[Result]:
    """Return the longest callback during an intake, the rate, and the memory it takes."""
    flood = logs.million
    found = [logs.pane("stalls", flood) for _ in range(1 if pace.quick else 5)]
    longest = Comparison(
        "log-stall",
        f"the same with {flood.total:,} lines: longest callback of the loop",
        ours=lambda: 0.0,
        reference=None,
        budget=LONGEST,
        unit="ms CPU",
        note="CPU time of the loop's thread; runs of their own, slower for the watch",
    )
    peak = Comparison(
        "log-memory",
        f"peak memory of the process, {flood.total:,} lines of 90 characters kept",
        ours=lambda: 0.0,
        reference=None,
        unit="MB",
        note="without the bound that the window keeps",
    )
    rates = [flood.total / run["seconds"] for run in found]
    rate, low, high = interval(rates)
    speed = Result(
        "log-rate", "log intake, lines a second", "", "lines/s", rate, None, None, low, high, len(rates), None
    )
    tell(speed)
    return [
        result_of(longest, [(run["longest"] * 1000,) for run in found]),
        speed,
        result_of(peak, [(run["peak"],) for run in found]),
    ]


def _search(logs: Logs) -> list[Result]:
    """Return how long a search takes, and its longest callback."""
    flood = logs.million
    found = logs.pane("search", flood)
    search = Comparison(
        "log-search",
        f"search through {flood.total:,} lines in the pane",
        ours=lambda: 0.0,
        reference=lambda: 0.0,
        against="Python's `re` over the same text in one piece",
    )
    longest = Comparison(
        "log-search-stall",
        "longest callback of the loop while searching",
        ours=lambda: 0.0,
        reference=None,
        budget=LONGEST,
        unit="ms CPU",
    )
    pairs = [(ours, bare) for ours, bare in found["pairs"]]
    return [result_of(search, pairs), result_of(longest, [(found["longest"] * 1000,)])]
