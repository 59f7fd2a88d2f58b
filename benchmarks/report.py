"""What a run found: a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.pairs import Result


def machine() -> str:
    """Return the machine in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"Python {platform.python_version()}"
    )


def markdown(results: Sequence[Result]) -> str:
    """Return the table."""
    lines = [
        "| what | ours | reference | ratio [95 % interval] | budget | pairs | against |",
        "| --- | ---: | ---: | --- | --- | ---: | --- |",
    ]
    for r in results:
        budget = "" if r.budget is None else f"≤ {r.budget:g} {'**missed**' if r.missed else 'met'}"
        lines.append(
            f"| {r.title} | {_quantity(r.ours, r.unit)} | {_quantity(r.reference, r.unit)} | "
            f"{r.ratio:.2f} [{r.low:.2f}, {r.high:.2f}] | {budget} | {r.pairs} | {r.against} |"
        )
    return "\n".join(lines) + "\n"


def write_json(results: Sequence[Result], file: Path) -> None:
    """Write everything that was found."""
    content = {"machine": machine(), "results": [{**asdict(r), "missed": r.missed} for r in results]}
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _quantity(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:.0f} {unit}"
