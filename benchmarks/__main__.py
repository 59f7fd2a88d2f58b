"""``python -m benchmarks``: run the comparisons, print the table, fail when a budget is missed. It needs the lab."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import commands, core, window
from benchmarks.pairs import Comparison, Result, measure
from benchmarks.places import Place
from benchmarks.report import machine, markdown, write_json
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network


def main() -> int:
    """Measure; return 1 when a budget is missed by more than the spread."""
    options = _parser().parse_args()
    enter_own_network()
    results: list[Result] = []
    for flavour in options.flavour or ("old", "new"):
        with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder, Lab(flavour) as lab:
            lab.preload()
            results += _measure(lab, flavour, Path(folder), options)
    table = markdown(results)
    sys.stdout.write(f"{machine()}\n\n{table}")
    if options.json:
        write_json(results, options.json)
    if options.markdown:
        options.markdown.write_text(table, "utf-8")
    return 1 if any(result.missed for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="names that begin like this; may be repeated")
    parser.add_argument("--flavour", action="append", choices=("old", "new"), help="engine 20.10 or 28 (default: both)")
    parser.add_argument("--quick", action="store_true", help="five pairs: to try it, not to quote it")
    parser.add_argument(
        "--program",
        nargs="+",
        default=[sys.executable, "-m", "harmony_desktop"],
        metavar="WORD",
        help="how the command line is started (default: this checkout)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was found")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    return parser


def _measure(lab: Lab, flavour: str, folder: Path, options: argparse.Namespace) -> Iterator[Result]:
    place = Place(lab, folder, tuple(options.program))
    with ExitStack() as stack:
        measured = core.Core(place)
        stack.callback(measured.close)
        stack.callback(place.down)
        for comparison in _wanted(_comparisons(place, measured, flavour), options.only):
            yield measure(comparison, quick=options.quick)


def _comparisons(place: Place, measured: core.Core, flavour: str) -> Iterator[Comparison]:
    yield from commands.comparisons(place, flavour)
    yield from core.comparisons(measured, flavour)
    if flavour == "old":
        yield from commands.config_comparisons(place, place.home)
        place.up()
        yield from window.comparisons(place)


def _wanted(comparisons: Iterable[Comparison], names: list[str] | None) -> Iterator[Comparison]:
    for comparison in comparisons:
        if not names or any(comparison.name.startswith(name) for name in names):
            yield comparison


if __name__ == "__main__":
    sys.exit(main())
