"""What a run found: a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.pairs import Result

#: Between these lines of a document stands what a run found.
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def machine() -> str:
    """Return the machine in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{platform.system()} {platform.release()}, {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"Python {platform.python_version()}"
    )


def markdown(results: Sequence[Result]) -> str:
    """Return the table."""
    lines = [
        "| what | ours | reference | ratio [95 % interval] | budget | pairs | load | against |",
        "| --- | ---: | ---: | --- | --- | ---: | ---: | --- |",
    ]
    for r in results:
        note = f"; {r.note}" if r.note and r.against else r.note
        reference = "" if r.reference is None else _quantity(r.reference, r.unit)
        lines.append(
            f"| {r.title} | {_quantity(r.ours, r.unit)} | {reference} | {_spread(r)} | {_judgement(r)} | {r.pairs} | "
            f"{r.load:.1f} | {r.against}{note} |"
        )
    return "\n".join(lines) + "\n"


def summary(results: Sequence[Result], command: str, seconds: float) -> str:
    """Return machine, command, table, and what was missed.

    Args:
        results: What was found.
        command: How it was called.
        seconds: How long it took.
    """
    missed = [r.title for r in results if r.missed]
    judged = sum(r.budget is not None for r in results)
    verdict = f"{judged - len(missed)} of {judged} budgets met" + (f"; missed: {', '.join(missed)}." if missed else ".")
    return f"{machine()}; `{command}`, {seconds / 60:.0f} minutes.\n\n{markdown(results)}\n{verdict}\n"


def write_json(results: Sequence[Result], file: Path, command: str) -> None:
    """Write everything that was found so far; what stands there is replaced at once."""
    content = {
        "machine": machine(),
        "command": command,
        "load": os.getloadavg(),
        "results": [{**asdict(r), "missed": r.missed} for r in results],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".new")
    draft.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    draft.replace(file)


def put_into(document: Path, text: str) -> None:
    """Put a run's summary between the marks of a document. Raises ValueError where they are missing."""
    before, begin, rest = document.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} lacks the lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", "utf-8")


def _spread(result: Result) -> str:
    if result.ratio is not None:
        return f"{result.ratio:.2f} [{result.low:.2f}, {result.high:.2f}]"
    return f"[{_quantity(result.low, result.unit)}, {_quantity(result.high, result.unit)}]"


def _judgement(result: Result) -> str:
    if result.budget is None:
        return ""
    allowed = f"{result.budget:g}" if result.ratio is not None else _quantity(result.budget, result.unit)
    if result.missed:
        return f"≤ {allowed} **missed**"
    middle = result.ours if result.ratio is None else result.ratio
    return f"≤ {allowed} {'met' if middle <= result.budget else 'within the spread'}"


def _quantity(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.2f} s"
    if unit == "exponent":
        return f"{value:.2f}"
    if unit == "%":
        return f"{value:.2f} %"
    return f"{value:,.0f} {unit}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.machine()
