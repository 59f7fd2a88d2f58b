"""The window against a bare QMainWindow of the same PySide6: first paint, state known, memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

from benchmarks.pairs import Comparison
from benchmarks.places import Place

BARE = "a bare QMainWindow"


def comparisons(place: Place) -> Iterator[Comparison]:
    """Yield the comparisons of a window that opens on a stack that runs."""
    environment = {**place.environment, "QT_QPA_PLATFORM": "offscreen"}
    # The lock of a panel that was ended at once must not make the next one raise it.
    yield Comparison(
        "first-paint",
        "exec to first paint",
        ours=lambda: painted("panel", environment)[0],
        reference=lambda: painted("bare", environment)[0],
        against=BARE,
        budget=1.5,
    )
    yield Comparison(
        "state-known",
        "exec to the stack's state, engine 20.10",
        ours=lambda: painted("known", environment)[0],
        reference=lambda: painted("bare", environment)[0],
        against=BARE,
        before=lambda: None,
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


def painted(what: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Start a window; return the seconds until what is waited for, and its peak memory in MB."""
    program = shutil.which("python3", path=sys.prefix + "/bin") or sys.executable
    begin = time.monotonic()
    done = subprocess.run(
        [program, "-m", "benchmarks.painted", what],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    words = done.stdout.split()
    if done.returncode != 0 or len(words) != 2:
        raise RuntimeError(f"{what} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return float(words[0]) - begin, float(words[1]) / 1024
