"""All that is measured on one engine, in order: the parts of ``make bench``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bundle, commands, core, crowd, living, logs, window
from benchmarks.growth import Growth, measure_growth
from benchmarks.pairs import Comparison, Pace, Result, measure
from benchmarks.places import Place
from tests.lab.lab import Lab


@dataclass
class Suite:
    """What is measured on one engine.

    Args:
        lab: The engine.
        folder: A folder for all files.
        stack: Takes down in the end what was set up.
        pace: How much time there is.
        only: Names that begin like this; empty for all.
        program: How the panel's command line is started.
        flavour: "old" or "new". The window is measured on the old one alone.
    """

    lab: Lab
    folder: Path
    stack: ExitStack
    pace: Pace
    only: tuple[str, ...]
    program: tuple[str, ...]
    flavour: str

    def run(self, installed: Path | None) -> Iterator[Result]:
        """Yield results as they come.

        Args:
            installed: A bundle that is measured too.
        """
        place = Place(self.lab, self.folder, self.program)
        self.stack.callback(place.down)
        yield from self._compared(commands.comparisons(place, self.flavour))
        measured = core.Core(place)
        self.stack.callback(measured.close)
        yield from self._compared(core.comparisons(measured, self.flavour))
        if self.flavour == "new":
            place.down()
            crowded = crowd.Crowd(place)
            yield from self._grown(crowd.growths(crowded, self.lab.engine.flavour.version))
            return
        yield from self._compared(commands.config_comparisons(place, place.home))
        place.up()
        yield from self._compared(window.comparisons(place))
        if installed is not None:
            yield from self._compared(bundle.comparisons(place, installed, self.stack))
        yield from self._other(living.measures(place, self.pace, self.stack))
        place.down()
        floods = logs.Logs(place, self.stack, quick=self.pace.quick)
        yield from self._compared(logs.comparisons(floods))
        yield from self._other(logs.others(floods, self.pace))
        yield from self._grown(logs.growths(floods))

    def _wanted(self, name: str) -> bool:
        return not self.only or any(name.startswith(beginning) for beginning in self.only)

    def _compared(self, comparisons: Iterable[Comparison]) -> Iterator[Result]:
        for comparison in comparisons:
            if self._wanted(comparison.name):
                yield measure(comparison, self.pace)

    def _grown(self, growths: Iterable[Growth]) -> Iterator[Result]:
        for growth in growths:
            if self._wanted(growth.name):
                yield measure_growth(growth, self.pace)

    def _other(self, measures: Iterable[tuple[str, Callable[[], list[Result]]]]) -> Iterator[Result]:
        for name, take in measures:
            if self._wanted(name):
                yield from take()
