"""The window as it lives: from an event of the engine to the repainted light, CPU when idle, memory in use."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from benchmarks.flood import Flood
from benchmarks.pairs import Comparison, Pace, Result, interval, percentile, result_of, tell
from benchmarks.places import PROJECT, Place
from benchmarks.window import BARE, painted, python
from tests.lab.waiting import wait_until

#: Milliseconds within which 95 of 100 events are on the screen, and percent of a core that an idle panel may take.
LIGHT, IDLE = 100.0, 0.5
#: Seconds over which an idle panel is watched, and how often; seconds until it has come to rest.
_WATCH, _WATCHES, _REST = 15.0, 4, 12.0
#: What the light of a service that is ready is called.
_READY = "ready"
#: Turns of ending and starting a container.
_TURNS = 30
#: Lines of each service that the window keeps at most, and some more.
_BEYOND_BOUND = 115_000


class Panel:
    """A panel in a process of its own, offscreen.

    Args:
        environment: Its environment.
        arguments: Those of ``harmony-desktop``.
    """

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        self._process = subprocess.Popen(
            [python(), "-m", "benchmarks.painted", "live", *arguments],
            env={**environment, "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        self.wait_for("known")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def wait_for(self, words: str, seconds: float = 60.0) -> str:
        """Return the first line from now on that has these words."""
        give_up = time.monotonic() + seconds
        while True:
            line = self._lines.get(timeout=max(0.01, give_up - time.monotonic()))
            if words in line:
                return line

    def forget(self) -> None:
        """Forget what has been said so far."""
        while not self._lines.empty():
            self._lines.get_nowait()

    def hide(self) -> None:
        """Hide all of its windows."""
        assert self._process.stdin is not None
        self._process.stdin.write("hide\n")
        self._process.stdin.flush()
        self.wait_for("hidden")

    def processor(self) -> float:
        """Return the CPU seconds that it has taken so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what: str) -> float:
        """Return a number of /proc/PID/status ("VmRSS", "VmHWM") in MB."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text("utf-8").splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(what)

    def share(self, seconds: float) -> float:
        """Return the percentage of a core that it takes over so many seconds."""
        before, begin = self.processor(), time.monotonic()
        time.sleep(seconds)
        return (self.processor() - before) / (time.monotonic() - begin) * 100

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))


def measures(place: Place, pace: Pace, stack: ExitStack) -> Iterator[tuple[str, Callable[[], list[Result]]]]:
    """Yield by name what is measured."""
    yield "event-light", lambda: _lights(place, pace)
    yield "idle", lambda: _idle(place, pace)
    yield "memory-hour", lambda: _memory(place, pace, stack)


def _lights(place: Place, pace: Pace) -> list[Result]:
    """Stop and start a container again and again; return how long each takes to be seen.

    It is not killed: who ends often without being asked to is shown as one that crashes in a loop.
    """
    api = place.lab.api
    container, light = f"{PROJECT}-harmonyspeech-ui-1", "Speech UI:"
    found: list[float] = []
    died: list[float] = []
    with Panel(place.environment) as panel:
        _settled(panel, light)
        for _ in range(3 if pace.quick else _TURNS):
            for call, times in (("stop", {"stop": found, "die": died}), ("start", {"start": found})):
                panel.forget()
                since = time.time()
                api.call("POST", f"/containers/{container}/{call}")
                painted_at = int(panel.wait_for(light).split()[0])
                for event, latencies in times.items():
                    latencies.append(max(0.0, (painted_at - _moment(place, container, event, since)) / 1e6))
            _settled(panel, light)
    title = "engine event to repainted light"
    note = "stops and starts of a container, the real window, offscreen"
    early = "the engine answers no inspection between the end of a container and the end of its stop"
    return [
        _latency("event-light-p50", f"{title}, p50", found, 0.5, None, note),
        _latency("event-light-p95", f"{title}, p95", found, 0.95, LIGHT, note),
        _latency("event-light-die", "the same, from the event “die” of a stop, p50", died, 0.5, None, early),
    ]


def _latency(name: str, title: str, found: list[float], share: float, budget: float | None, note: str) -> Result:
    middle, low, high = interval(found, percentile(share))
    load = os.getloadavg()[0]
    result = Result(name, title, "", "ms", middle, None, None, low, high, len(found), budget, note, load)
    tell(result)
    return result


def _settled(panel: Panel, light: str) -> None:
    """Wait until a service is ready: only then is the next change of its light what the next event brings."""
    panel.wait_for(f"{light} {_READY}")
    time.sleep(0.2)


def _moment(place: Place, container: str, event: str, since: float) -> int:
    """Return when the engine says that it happened, in nanoseconds since the epoch."""
    events = place.lab.api.call(
        "GET",
        "/events",
        since=f"{since - 1:.6f}",
        until=f"{time.time() + 0.001:.6f}",
        filters={"container": [container], "event": [event]},
    )
    found = events if isinstance(events, list) else [events]
    return int(found[-1]["timeNano"])


def _idle(place: Place, pace: Pace) -> list[Result]:
    """Return what a panel takes of a core while nothing happens, in sight and hidden."""
    rest, watch, times = (2.0, 3.0, 1) if pace.quick else (_REST, _WATCH, _WATCHES)
    with Panel(place.environment) as panel:
        time.sleep(rest)
        seen = [(panel.share(watch),) for _ in range(times)]
        panel.hide()
        time.sleep(rest)
        hidden = [(panel.share(watch),) for _ in range(times)]
    note = f"of one core; {times} times {watch:.0f} s"
    visible = Comparison("idle-visible", "CPU when idle, window in sight", _nothing, None, unit="%", note=note)
    away = Comparison("idle-hidden", "CPU when idle, window hidden", _nothing, None, budget=IDLE, unit="%", note=note)
    return [result_of(visible, seen), result_of(away, hidden)]


def _memory(place: Place, pace: Pace, stack: ExitStack) -> list[Result]:
    """Return the memory of a panel whose log buffers are full, as after an hour of much log."""
    flood = Flood(place, _BEYOND_BOUND // (10 if pace.quick else 1), "hour")
    stack.callback(flood.close)
    pairs = []
    for _ in range(1 if pace.quick else 5):
        with Panel(place.environment, "-f", str(flood.folder / "compose.yml")) as panel:
            last = [0.0]

            def at_rest(panel: Panel = panel, last: list[float] = last) -> bool:
                before, last[0] = last[0], panel.memory("VmRSS")
                return abs(last[0] - before) < 0.5 and panel.share(1.0) < 10

            wait_until(at_rest, "the logs to be taken", seconds=120, pause=1)
            ours = panel.memory("VmRSS")
        pairs.append((ours, painted("bare", {**place.environment, "QT_QPA_PLATFORM": "offscreen"})[1]))
    full = Comparison(
        "memory-hour",
        "memory with four services and full log buffers (after an hour of much log)",
        _nothing,
        _nothing,
        BARE,
        unit="MB",
        note=f"{flood.total:,} lines written; the bound of the buffers comes on top of the budget above",
    )
    return [result_of(full, pairs)]


def _nothing() -> float:
    raise AssertionError("measured otherwise")
