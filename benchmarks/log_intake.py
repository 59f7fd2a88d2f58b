"""``python -m benchmarks.log_intake``: four services have flooded; until all of it is in the pane and searchable.

Against ``docker compose logs`` of the same to /dev/null, in pairs. A run of its own, slower for it, measures the
longest callback of the window's loop (CPU time of its thread).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pairs import Comparison, measure
from benchmarks.places import compose_program
from benchmarks.report import machine, markdown
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network
from tests.lab.waiting import wait_until

SERVICES = 4
IMAGE = "harmonyai/harmony-link:latest"
PROJECT = "flood"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 1 when the budget is missed by more than the spread."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log_intake", description=__doc__)
    parser.add_argument("--lines", type=int, default=125_000, help="lines of each of the four services")
    parser.add_argument("--quick", action="store_true", help="five pairs: to try it, not to quote it")
    parser.add_argument("--flavour", choices=("old", "new"), default="old")
    options = parser.parse_args(arguments)
    enter_own_network()
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder, Lab(options.flavour) as lab:
        lab.preload()
        environment = {**os.environ, **lab.environment, "QT_QPA_PLATFORM": "offscreen"}
        _flood(Path(folder), environment, options.lines)
        pane = [sys.executable, "-m", "benchmarks.log_intake", "--pane", str(lab.engine.host), str(options.lines)]
        official = [compose_program(), "-p", PROJECT, "logs", "--no-color"]
        found: list[str] = []

        def ours() -> float:
            found.append(_run(pane, environment))
            return float(found[-1].split()[0])

        def reference() -> float:
            begin = time.perf_counter()
            subprocess.run(official, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
            return time.perf_counter() - begin

        title = f"{SERVICES * options.lines:,} log lines, until they are in the pane and searchable"
        comparison = Comparison(
            "log-intake", title, ours, reference, "official `docker compose logs > /dev/null`", 1.0, fewest=5, most=15
        )
        result = measure(comparison, quick=options.quick)
        stalls = [_run([*pane, "--stalls"], environment) for _ in range(3)]
        subprocess.run([compose_program(), "-p", PROJECT, "down", "-t", "0"], cwd=folder, env=environment, check=True)
    rates = [SERVICES * options.lines / float(line.split()[0]) for line in found]
    sys.stdout.write(f"{machine()}\n\n{markdown([result])}\n")
    sys.stdout.write(f"lines a second: {min(rates):,.0f} to {max(rates):,.0f}\n")
    sys.stdout.write(f"longest callback (CPU): {max(float(line.split()[1]) for line in stalls) * 1000:.1f} ms\n")
    sys.stdout.write(f"peak memory of the process: {max(float(line.split()[2]) for line in found) / 1024:.0f} MB\n")
    return 1 if result.missed else 0


def _flood(folder: Path, environment: dict[str, str], lines: int) -> None:
    """Let the services write, and wait until they have."""
    flood = f"flood=0;flood-lines={lines};flood-width=90;chatter=0"
    services = "".join(
        f"  s{number}:\n    image: {IMAGE}\n    environment: {{STANDIN: '{flood}'}}\n" for number in range(SERVICES)
    )
    (folder / "compose.yml").write_text(f"services:\n{services}", "utf-8")
    subprocess.run([compose_program(), "-p", PROJECT, "up", "-d"], cwd=folder, env=environment, check=True)
    tail = [compose_program(), "-p", PROJECT, "logs", "--no-color", "--tail", "3"]

    def written() -> bool:
        shown = subprocess.run(tail, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout
        return shown.count(f"flood {lines - 1:010d}") == SERVICES

    wait_until(written, "the flood", seconds=300, pause=1)


def _run(argv: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(argv, env=environment, check=True, capture_output=True, text=True, timeout=600).stdout


def pane(host: str, lines: int, *, stalls: bool) -> int:
    """Take the flood into a log view; print seconds, the longest callback, and the peak of memory in KiB."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication
    import qasync  # isort: skip - it takes the Qt that is there

    from harmony_desktop.control.clock import SystemClock
    from harmony_desktop.control.followers import LogFollowers
    from harmony_desktop.control.logs import Bound, LogBook
    from harmony_desktop.engine.connector import DockerConnector
    from harmony_desktop.ui import style
    from harmony_desktop.ui.log_query import Query
    from harmony_desktop.ui.log_view import LogView
    from harmony_desktop.ui.theme import Theme

    slowest = 0.0

    class Application(QApplication):
        def notify(self, receiver: QObject, event: QEvent) -> bool:
            nonlocal slowest
            began = time.thread_time()
            done = super().notify(receiver, event)
            slowest = max(slowest, time.thread_time() - began)
            return done

    app = (Application if stalls else QApplication)([])

    async def take() -> float:
        nonlocal slowest
        theme = Theme(app)
        style.apply(app, theme)
        book = LogBook(Bound(lines + 10_000, 1 << 30))
        view = LogView(theme, book)
        view.resize(1000, 700)
        view.show()
        view.look_for(Query(f"flood {lines - 1:010d}"))
        done, every = asyncio.Event(), SERVICES * lines

        def look() -> None:
            # Each service's last line has been found, and no line is left that has not been searched.
            if view.lines.match_count == SERVICES and not view.lines.is_searching and len(view.lines) >= every:
                done.set()

        view.searched.connect(look)
        engine = await DockerConnector(host=host, environ={"HOME": "/nowhere"}).connect()
        observed = await engine.observe(PROJECT, detail=True)
        followers = LogFollowers(book, SystemClock(), history=None)
        await asyncio.sleep(0.2)  # the window is painted
        slowest = 0.0
        begin = time.perf_counter()
        followers.update(engine, observed, [container.service for container in observed.containers])
        await done.wait()
        seconds = time.perf_counter() - begin
        held = [book.held(f"s{number}") for number in range(SERVICES)]
        assert min(held) >= lines, held
        await followers.stop()
        await engine.close()
        return seconds

    seconds = qasync.run(take())
    sys.stdout.write(f"{seconds} {slowest} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pane"]:
        sys.exit(pane(sys.argv[2], int(sys.argv[3]), stalls="--stalls" in sys.argv))
    sys.exit(main())
