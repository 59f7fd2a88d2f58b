"""Several at work on one stack at the same time: programs of ours take turns, and others' work is looked at again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess

import pytest

from harmony_desktop.control.state import StackState
from tests.faults.stack import Stack
from tests.lab.fault_proxy import FaultProxy
from tests.lab.waiting import wait_until

ROUNDS = 5 if os.environ.get("HARMONY_STORM") else 1
WHO = re.compile(
    r"^harmony-desktop (up|down) \(process \d+\) is at work on this stack since \d\d:\d\d; waiting", re.MULTILINE
)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The status of a process, and what it said."""
    _, said = process.communicate(timeout=100)
    assert "Traceback" not in said, said
    return process.returncode, said


def test_three_ups_at_once(stack: Stack) -> None:
    for _ in range(ROUNDS):
        results = [ended(process) for process in [stack.begin("up", "--wait") for _ in range(3)]]
        assert [status for status, _ in results] == [0, 0, 0], results
        assert sum("Created  faulty-ui-1" in said for _, said in results) == 1, "one created it"
        assert sum("Running  faulty-ui-1" in said for _, said in results) == 2, "the others found it"
        assert sum(WHO.search(said) is not None for _, said in results) >= 1
        together = stack.shape()
        stack.wipe()
        assert stack.call("up", "--wait").status == 0
        assert stack.shape() == together
        stack.wipe()


def test_ups_and_downs_at_once(stack: Stack) -> None:
    assert stack.call("up", "--wait").status == 0
    whole = stack.shape()
    for _ in range(ROUNDS):
        calls = [stack.begin("up"), stack.begin("down"), stack.begin("up"), stack.begin("down")]
        assert [ended(process)[0] for process in calls] == [0, 0, 0, 0]
        assert stack.shape()["containers"].keys() in ({*whole["containers"]}, set()), "all or nothing"
        assert stack.call("up", "--wait").status == 0
        assert stack.shape() == whole


@pytest.mark.parametrize("theirs", [("up", "-d"), ("down",)])
def test_with_the_official_compose_at_once(stack: Stack, theirs: tuple[str, ...]) -> None:
    assert stack.call("up", "--wait").status == 0
    whole = stack.shape()
    for number in range(ROUNDS):
        if theirs[0] == "up" and number % 2 == 0:
            stack.wipe()
        calls = [stack.begin("up"), stack.official(*theirs), stack.begin("up")]
        for process in calls:
            ended(process)
        said = stack.call("up", "--wait")
        assert said.status == 0, said
        assert stack.shape()["containers"].keys() == whole["containers"].keys()
        assert stack.networks() == whole["networks"], "one network of each name"
        assert {state for state, _ in stack.containers().values()} == {"running"}
        assert stack.call("down").status == 0
        assert (stack.containers(), stack.networks()) == ({}, [])


def told(state: StackState, text: str) -> bool:
    return state.operation is not None and text in state.operation.text


async def test_a_window_waits_for_a_call_and_says_so(stack: Stack, proxy: FaultProxy) -> None:
    proxy.add("POST /containers/.*/start", silent=True)
    call = stack.begin("up")
    wait_until(lambda: proxy.live("POST /containers/.*/start"), "the call at work")
    async with stack.window() as window:
        await stack.until(window, lambda state: state.engine.status == "ready")
        window.start()
        await stack.until(window, lambda state: told(state, f"process {call.pid}"))
        window.cancel()
        await stack.until(window, lambda state: state.operation is None)
        window.start()
        await stack.until(window, lambda state: told(state, "is at work"))
        proxy.heal()
        call.send_signal(signal.SIGKILL)
        await stack.until(window, lambda state: state.operation is None and state.problem is None)
    call.communicate()
    assert {state for state, _ in stack.containers().values()} == {"running"}


async def test_files_that_are_written_while_somebody_waits(stack: Stack, proxy: FaultProxy) -> None:
    """Who waited acts on the files as they are by then, be it a call or a window."""
    proxy.add("POST /containers/.*/start", silent=True)
    first = stack.begin("up")
    wait_until(lambda: proxy.live("POST /containers/.*/start"), "the call at work")
    second = stack.begin("up", "--wait")
    assert second.stderr is not None
    assert WHO.match(second.stderr.readline())
    stack.next_round(2)
    proxy.heal()
    first.send_signal(signal.SIGKILL)
    assert (await asyncio.to_thread(ended, second))[0] == 0
    assert {made_for for _, made_for in stack.containers().values()} == {"2", ""}

    async with stack.window() as window:
        await stack.until(window, lambda state: state.engine.status == "ready")
        proxy.add("POST /containers/create", silent=True)
        stack.next_round(3)
        third = stack.begin("up")
        await asyncio.to_thread(wait_until, lambda: proxy.live("POST /containers/create"), "the call at work")
        window.start()
        await stack.until(window, lambda state: told(state, f"process {third.pid}"))
        stack.next_round(4)
        proxy.heal()
        third.send_signal(signal.SIGKILL)
        await stack.until(window, lambda state: state.operation is None and state.problem is None)
    assert {made_for for _, made_for in stack.containers().values()} == {"4", ""}


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_a_word(stack: Stack, proxy: FaultProxy, number: int, status: int) -> None:
    """While it waits for the lock, and while it waits for the engine."""
    proxy.add("POST /containers/.*/start", silent=True)
    first = stack.begin("up")
    wait_until(lambda: proxy.live("POST /containers/.*/start"), "the call at work")
    second = stack.begin("down")
    assert second.stderr is not None
    assert WHO.match(second.stderr.readline())
    for process in (second, first):
        process.send_signal(number)
        code, said = ended(process)
        assert (code, "the next call goes on from here" in said) == (status, True), said
    proxy.heal()
    assert stack.call("up", "--wait").status == 0
