"""The installed bundle: what it weighs, and how quickly it is on the screen, beside this checkout and a bare window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.pairs import Comparison
from benchmarks.places import Place
from tests.lab.waiting import wait_until

PROGRAM = "harmony-desktop"
_TITLE = "^Harmony$"
_BARE = "^Bare$"


class Screen:
    """An X server of its own, on which windows are waited for.

    Args:
        place: Home and engine of what is started.
        stack: Takes the server away in the end.
    """

    def __init__(self, place: Place, stack: ExitStack) -> None:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        stack.callback(_ended, server)
        self.environment = {**place.environment, "DISPLAY": f":{number}"}

    def shown(self, argv: list[str], title: str) -> float:
        """Start a program; return the seconds until its window is on the screen."""
        begin = time.perf_counter()
        process = subprocess.Popen(argv, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            search = ["xdotool", "search", "--onlyvisible", "--name", title]

            def seen() -> bool:
                found = subprocess.run(search, env=self.environment, capture_output=True, check=False)
                return bool(found.stdout.strip())

            wait_until(seen, f"a window {title}", seconds=60, pause=0.002)
            return time.perf_counter() - begin
        finally:
            _ended(process)


def comparisons(place: Place, bundle: Path, stack: ExitStack) -> Iterator[Comparison]:
    """Yield what is measured of a bundle: the folder that is installed, with the program in it."""
    program = str(bundle / PROGRAM)
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file() and not file.is_symlink()) / 1e6
    yield Comparison(
        "bundle-size", "installed bundle, size", lambda: size, None, unit="MB", fewest=1, most=1, note=f"{PROGRAM}/"
    )
    yield Comparison(
        "bundle-version",
        "installed bundle, `--version`, whole command",
        ours=lambda: place.run([program, "--version"]),
        reference=lambda: place.ours("--version"),
        against="the same from this checkout",
    )
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        return
    screen = Screen(place, stack)
    bare = [sys.executable, "-m", "benchmarks.painted", "stay"]
    yield Comparison(
        "bundle-start",
        "installed bundle, exec to its window on the screen (X11)",
        ours=lambda: screen.shown([program], _TITLE),
        reference=lambda: screen.shown(bare, _BARE),
        against="a bare QMainWindow of this checkout",
        note="seen from outside, by a search that takes some milliseconds itself",
    )


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
