"""Crash loops: fast and slow, with and without the engine's own restarts, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harmony_desktop.control.loops import CALM, CrashLog
from harmony_desktop.plan.observed import Container, ContainerState, Detail
from tests.plan.builders import EPOCH, container

S = timedelta(seconds=1)
RUNNING, EXITED, RESTARTING = ContainerState.RUNNING, ContainerState.EXITED, ContainerState.RESTARTING


def seen(state: ContainerState = RUNNING, **detail: object) -> Container:
    return container("a", state=state, detail=Detail(**detail), created_at=EPOCH)  # type: ignore[arg-type]


def crashing(*lives: float, pause: float = 1, exit_code: int = 1) -> tuple[CrashLog, float]:
    """A log of lives (seconds), each ended by a crash; and the second at which the next life would begin."""
    log, at = CrashLog(), 0.0
    for life in lives:
        log.started(seen().id, EPOCH + at * S)
        at += life
        log.crashed(seen().id, EPOCH + at * S, exit_code)
        at += pause
    return log, at


@pytest.mark.parametrize("life", [0.2, 5, 40, 200])
def test_three_crashes_in_a_row_are_a_loop_however_long_each_takes(life: float) -> None:
    log, at = crashing(life, life)
    assert log.loop(seen(started_at=EPOCH + at * S), EPOCH + (at + 1) * S) is None
    log, at = crashing(life, life, life)
    loop = log.loop(seen(started_at=EPOCH + at * S), EPOCH + (at + 1) * S)
    assert loop is not None
    assert loop.count == 3
    assert loop.exit_code == 1


@pytest.mark.parametrize("life", [0.2, 5, 40, 200])
def test_it_stays_one_until_it_has_lived_longer_than_before(life: float) -> None:
    log, at = crashing(life, life, life)
    again = seen(started_at=EPOCH + at * S)
    calm = max(CALM.total_seconds(), 2 * life)
    assert log.loop(again, EPOCH + (at + calm - 1) * S) is not None
    assert log.loop(again, EPOCH + (at + calm + 1) * S) is None
    assert log.loop(again, EPOCH + (at + 2) * S) is None, "what is forgiven stays so"


def test_crashes_far_apart_are_none() -> None:
    log, at = crashing(1, 1, 1, pause=900)
    assert log.loop(seen(EXITED, exit_code=1), EPOCH + at * S) is None


def test_a_good_end_is_no_crash_unless_the_engine_starts_it_again_and_again() -> None:
    log, at = crashing(1, 1, 1, exit_code=0)
    assert log.loop(seen(EXITED, exit_code=0), EPOCH + at * S) is None
    again = seen(RESTARTING, exit_code=0, restart_count=3, finished_at=EPOCH + at * S)
    loop = log.loop(again, EPOCH + at * S)
    assert loop is not None
    assert loop.words == "3 times in 4 seconds"


def test_nobody_has_watched_but_the_engine_has_counted() -> None:
    log = CrashLog()
    quick = seen(restart_count=4, finished_at=EPOCH + 8 * S, started_at=EPOCH + 9 * S)
    loop = log.loop(quick, EPOCH + 10 * S)
    assert loop is not None
    assert loop.words == "4 times"
    assert log.loop(quick, EPOCH + 60 * S) is None, "it has come to rest"
    # Four restarts in half a year are no loop, though the last was just now.
    late = EPOCH + timedelta(days=180)
    assert CrashLog().loop(seen(restart_count=4, finished_at=late, started_at=late), late + S) is None


def test_after_the_engine_gave_up_its_last_end_counts_too() -> None:
    loop = CrashLog().loop(seen(EXITED, restart_count=5, exit_code=1, finished_at=EPOCH + 4 * S), EPOCH + 5 * S)
    assert loop is not None
    assert loop.count == 6


def test_somebody_stopped_it_or_starts_it_on_purpose() -> None:
    log, at = crashing(1, 1, 1)
    log.forgive(seen().id, restarts=3)
    assert log.loop(seen(restart_count=3, started_at=EPOCH + at * S), EPOCH + at * S) is None
    # A start by hand makes the engine count from zero.
    assert log.loop(seen(restart_count=0, started_at=EPOCH + at * S), EPOCH + at * S) is None
    assert log.loop(seen(RESTARTING, restart_count=3, finished_at=EPOCH + at * S), EPOCH + at * S) is not None


def test_events_that_come_twice_count_once() -> None:
    log = CrashLog()
    for _ in range(3):
        log.crashed(seen().id, EPOCH, 1)
    assert log.loop(seen(EXITED, exit_code=1), EPOCH + S) is None


def test_how_often_and_in_what_time() -> None:
    log, at = crashing(1, 1, 1)
    loop = log.loop(seen(started_at=EPOCH + at * S), EPOCH + at * S)
    assert loop is not None
    assert loop.words == "3 times in 4 seconds"
    log, at = crashing(60, 60, 60)
    loop = log.loop(seen(started_at=EPOCH + at * S), EPOCH + at * S)
    assert loop is not None
    assert loop.words == "3 times in 2 minutes"


def test_a_want_of_memory_is_remembered() -> None:
    log, at = crashing(1, 1)
    log.out_of_memory(seen().id)
    log.crashed(seen().id, EPOCH + at * S, 137)
    loop = log.loop(seen(started_at=EPOCH + at * S), EPOCH + at * S)
    assert loop is not None
    assert (loop.exit_code, loop.oom_killed) == (137, True)


def test_containers_that_are_gone_are_forgotten() -> None:
    log, at = crashing(1, 1, 1)
    log.forget_all_but(set())
    assert log.loop(seen(EXITED, exit_code=1), EPOCH + at * S) is None
