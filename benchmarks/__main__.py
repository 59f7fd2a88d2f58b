"""``python -m benchmarks``: run the comparisons, print the table, fail when a budget is missed. It needs the lab.

All of it takes about half an hour on a quiet machine of two cores. What is found is written as it comes, so that a run
that is ended leaves what it has.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.pairs import Pace, Result
from benchmarks.report import put_into, summary, write_json
from benchmarks.suite import Suite
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network


def main() -> int:
    """Measure; return 1 when a budget is missed by more than the spread."""
    options = _parser().parse_args()
    command = _command(options)
    began = time.monotonic()
    enter_own_network()
    pace = Pace(quick=options.quick, until=began + 60 * options.minutes)
    results: list[Result] = []
    for flavour in options.flavour or ("old", "new"):
        with (
            tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder,
            Lab(flavour) as lab,
            ExitStack() as stack,
        ):
            lab.preload()
            suite = Suite(lab, Path(folder), stack, pace, tuple(options.only or ()), tuple(options.program), flavour)
            for result in suite.run(options.bundle):
                results.append(result)
                if options.json:
                    write_json(results, options.json, command)
    text = summary(results, command, time.monotonic() - began)
    if not options.bundle and not options.only:
        text += "\nThe installed bundle: not measured in this run (`--bundle DIR`).\n"
    sys.stdout.write(text)
    if options.markdown:
        options.markdown.write_text(text, "utf-8")
    if options.document:
        put_into(options.document, text)
    return 1 if any(result.missed for result in results) else 0


def _command(options: argparse.Namespace) -> str:
    """Return how it was called, as far as it matters for what was found."""
    words = ["python", "-m", "benchmarks"]
    for name in options.only or ():
        words += ["--only", name]
    for flavour in options.flavour or ():
        words += ["--flavour", flavour]
    words += ["--quick"] * options.quick + ["--minutes", f"{options.minutes:g}"]
    words += ["--bundle", "DIR"] if options.bundle else []
    return shlex.join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="names that begin like this; may be repeated")
    parser.add_argument("--flavour", action="append", choices=("old", "new"), help="engine 20.10 or 28 (default: both)")
    parser.add_argument("--quick", action="store_true", help="few pairs, few lines: to try it, not to quote it")
    parser.add_argument(
        "--minutes",
        type=float,
        default=50,
        help="when these are over, what is left is measured in five pairs each (default: %(default)s)",
    )
    parser.add_argument(
        "--program",
        nargs="+",
        default=[sys.executable, "-m", "harmony_desktop"],
        metavar="WORD",
        help="how the command line is started (default: this checkout)",
    )
    parser.add_argument(
        "--bundle",
        type=lambda text: Path(text).resolve(),
        metavar="DIR",
        help="an installed bundle, to be measured as well",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was found, as it comes")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    parser.add_argument("--document", type=Path, metavar="FILE", help="put the table between the marks of a document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
