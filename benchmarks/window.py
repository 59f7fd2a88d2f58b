"""The window against a bare QMainWindow of the same PySide6: first paint, state known, memory; warm and cold."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

from benchmarks.pairs import Comparison
from benchmarks.places import Place, drop_caches

BARE = "a bare QMainWindow"


def comparisons(place: Place) -> Iterator[Comparison]:
    """Yield the comparisons of a window that opens on a stack that runs."""
    environment = {**place.environment, "QT_QPA_PLATFORM": "offscreen"}
    engine = f"engine {place.lab.engine.flavour.version}"

    def paint() -> float:
        return painted("panel", environment)[0]

    def known() -> float:
        return painted("known", environment)[0]

    def bare() -> float:
        return painted("bare", environment)[0]

    yield Comparison("first-paint", "exec to first paint, warm", paint, bare, BARE, 1.5)
    yield Comparison("state-known", f"exec to the stack's state known, warm, {engine}", known, bare, BARE)
    cold = "the files of both have to be read from the disk"
    yield Comparison("first-paint-cold", "exec to first paint, cold", paint, bare, BARE, before=drop_caches, note=cold)
    yield Comparison(
        "state-known-cold",
        f"exec to the stack's state known, cold, {engine}",
        known,
        bare,
        BARE,
        before=drop_caches,
        note=cold,
    )
    yield Comparison(
        "memory",
        "peak memory once the state is known, four services",
        ours=lambda: painted("known", environment)[1],
        reference=lambda: painted("bare", environment)[1],
        against=BARE,
        budget=2.0,
        unit="MB",
    )


def python() -> str:
    """Return the interpreter of this environment."""
    return shutil.which("python3", path=sys.prefix + "/bin") or sys.executable


def painted(what: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Start a window; return the seconds until what is waited for, and its peak memory in MB."""
    begin = time.monotonic()
    done = subprocess.run(
        [python(), "-m", "benchmarks.painted", what],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    words = done.stdout.split()
    if done.returncode != 0 or len(words) != 2:
        raise RuntimeError(f"{what} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return float(words[0]) - begin, float(words[1]) / 1024
