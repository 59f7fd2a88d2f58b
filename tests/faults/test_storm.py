"""Killed at any moment: ``up``, ``down``, ``update`` die by SIGKILL; the next call brings the stack where it should be.

The short form kills a few times; ``make storm`` kills a hundred times (``HARMONY_STORM_KILLS`` says how often). The
moments are spread evenly over a whole run's time, each a little off by chance; the seed is told.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.stack import IMAGE, Stack
from tests.lab.fault_proxy import FaultProxy
from tests.lab.waiting import wait_until

KILLS = int(os.environ.get("HARMONY_STORM_KILLS") or (100 if os.environ.get("HARMONY_STORM") else 6))
#: The short form kills at the same moments each time, among them one that found a fault: a stop that ended late.
SEED = int(
    os.environ.get("HARMONY_STORM_SEED") or (random.randrange(10**6) if os.environ.get("HARMONY_STORM") else 256818)
)
#: Seconds that a call takes on a machine with nothing else to do.
USUAL = 1.2
REPOSITORY = IMAGE.partition(":")[0]
#: A tag of the test's own: what it stands for changes, and nobody else minds.
MOVING = f"{REPOSITORY}:moving"


class Storm:
    """Kills calls of the panel, and looks at what the next ones make of it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.seconds: dict[str, float] = {}
        self.hits: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self._whole: dict[str, Any] = {}

    def finish(self, *argv: str) -> None:
        """The next call succeeds, whatever it finds."""
        said = self.stack.call(*argv)
        assert said.status == 0, (SEED, said)

    def duration(self, scenario: str, prepare: Callable[[], object], *argv: str) -> float:
        """How long a call of a scenario takes when nobody kills it; the short form has no time to find out."""
        if not os.environ.get("HARMONY_STORM"):
            self.seconds[scenario] = USUAL
        if scenario not in self.seconds:
            prepare()
            began = time.monotonic()
            process = self.stack.begin(*argv)
            _, said = process.communicate()
            assert process.returncode == 0, said
            self.seconds[scenario] = time.monotonic() - began
        return self.seconds[scenario]

    def kill(self, scenario: str, prepare: Callable[[], object], part: float, *argv: str) -> None:
        """Kill a call after a part of the time that it takes."""
        after = part * self.duration(scenario, prepare, *argv)
        prepare()
        process = self.stack.begin(*argv)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        self.kills[scenario] += 1
        self.hits[scenario] += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def compare(self, files: str, what: str) -> None:
        """What is there now is what an uninterrupted ``up`` makes of these files."""
        found = self.stack.shape()
        if files not in self._whole:
            self.stack.wipe()
            self.finish("up", "--wait")
            self._whole[files] = self.stack.shape()
        assert found == self._whole[files], (SEED, what)

    # Scenarios: each takes a part of its run's time.

    def fresh(self, part: float) -> None:
        """Nothing is there: ``up`` creates."""
        self.stack.next_round(1)
        self.kill("up, nothing there", self.stack.wipe, part, "up")
        self.finish("up", "--wait")
        self.compare("round 1", f"fresh, {part:.0%}")

    def changed(self, part: float) -> None:
        """All runs, and two of three were changed: ``up`` makes them anew."""

        def prepare() -> None:
            self.stack.next_round(1)
            self.finish("up")
            self.stack.next_round(2)

        self.kill("up, two services changed", prepare, part, "up")
        self.finish("up", "--wait")
        self.compare("round 2", f"changed, {part:.0%}")

    def stopped(self, part: float) -> None:
        """All is stopped: ``up`` starts."""
        self.stack.next_round(1)

        def prepare() -> None:
            self.finish("up")
            self.finish("stop")

        self.kill("up, all stopped", prepare, part, "up")
        self.finish("up", "--wait")
        self.compare("round 1", f"stopped, {part:.0%}")

    def down(self, part: float) -> None:
        """``down``, and again."""
        self.stack.next_round(1)
        self.kill("down, then down", lambda: self.finish("up"), part, "down")
        self.finish("down")
        assert (self.stack.containers(), self.stack.networks()) == ({}, []), (SEED, part)

    def down_and_up(self, part: float) -> None:
        """``down``, and then ``up`` after all."""
        self.stack.next_round(1)
        self.kill("down, then up", lambda: self.finish("up"), part, "down")
        self.finish("up", "--wait")
        self.compare("round 1", f"down and up, {part:.0%}")

    def prepare_update(self) -> None:
        """All runs on an image of which a newer one is there."""
        storage, engine = self.stack.lab.registry.storage, self.stack.lab.api
        self.stack.write(**{IMAGE: MOVING})
        storage.copy_tag(REPOSITORY, "latest", "moving")
        engine.pull(MOVING)
        self.finish("up")
        storage.copy_tag(REPOSITORY, "next", "moving")

    def update(self, part: float) -> None:
        """A new image is there: ``update`` fetches it and makes all anew."""
        self.kill("update", self.prepare_update, part, "update")
        self.finish("update")
        assert self.stack.shape()["containers"]["/faulty-ui-1"]["labels"]["org.opencontainers.image.version"] == "1.1.0"
        self.compare("moving", f"update, {part:.0%}")


@pytest.mark.timeout(400)
def test_storm(stack: Stack, request: pytest.FixtureRequest) -> None:
    storm = Storm(stack)
    scenarios = (storm.fresh, storm.changed, storm.stopped, storm.down, storm.down_and_up, storm.update)
    chance = random.Random(SEED)
    rounds: dict[str, int] = defaultdict(int)
    each = -(-KILLS // len(scenarios))
    # Each scenario goes through its run's time in even steps; with one step only, chance picks the moment.
    for number in range(KILLS):
        scenario = scenarios[number % len(scenarios)]
        part = (rounds[scenario.__name__] + chance.random()) / each
        rounds[scenario.__name__] += 1
        try:
            scenario(part)
        except AssertionError as error:
            error.add_note(f"seed {SEED}, kill {number + 1}: {scenario.__name__}, after {part:.0%} of the time")
            raise
        tell(request, f"kill {number + 1}: {scenario.__name__}, after {part:.0%} of the time")
    stack.wipe()
    tell(request, f"seed {SEED}")
    for name, kills in storm.kills.items():
        tell(request, f"{name}: {kills} kills, {storm.hits[name]} while it ran ({storm.seconds[name]:.1f} s)")


def tell(request: pytest.FixtureRequest, text: str) -> None:
    """Print a line of the long form's report."""
    if os.environ.get("HARMONY_STORM"):
        capture: Any = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(text)


def test_an_update_that_is_killed_before_its_last_start(stack: Stack, proxy: FaultProxy) -> None:
    """What was stopped stays stopped by an update; what an update itself had stopped does not."""
    storm = Storm(stack)
    calls = ("POST /containers/.*/start", "POST /containers/.*/rename", "DELETE /containers/.*")
    for call in calls if os.environ.get("HARMONY_STORM") else calls[:1]:
        storm.prepare_update()
        proxy.add(call, silent=True)
        process = stack.begin("update")
        wait_until(lambda call=call: proxy.live(call), "the update at work")  # type: ignore[misc] # bound at once
        process.send_signal(signal.SIGKILL)
        process.communicate()
        proxy.heal()
        storm.finish("update")
        assert {state for state, _ in stack.containers().values()} == {"running"}, call
        storm.compare("moving", call)
