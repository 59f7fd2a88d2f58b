"""The command line on an engine that is slow, silent, gone, out of reach: each call ends with its status and a word.

The limits are made short here; ``docs/testing.md`` lists them as they are. That a slow engine is no fault is tried with
five seconds a call in the long form.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from harmony_desktop.control import alive
from harmony_desktop.engine import connector, containers, docker_engine, transport
from tests.faults.stack import IMAGE, Stack
from tests.lab.fault_proxy import FaultProxy
from tests.lab.waiting import wait_until

#: Seconds that each call takes.
SLOW = 5.0 if os.environ.get("HARMONY_STORM") else 0.3
NO_ENGINE = 4


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "PULSE", 0.5)
    monkeypatch.setattr(docker_engine, "SIGN_OF_LIFE", 1)
    monkeypatch.setattr(connector, "ANSWER_LIMIT", 1)
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT", 1.0)


@pytest.mark.timeout(400)
def test_a_slow_engine_is_no_fault(stack: Stack, proxy: FaultProxy) -> None:
    proxy.add("", delay=SLOW)
    for argv in (("up", "--wait"), ("ps",), ("down",)):
        said = stack.call(*argv)
        assert (said.status, "Error" in said.err) == (0, False), said
    assert (stack.containers(), stack.networks()) == ({}, [])


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("argv", [("up",), ("down",), ("ps",), ("logs", "-f"), ("restart",)])
def test_frozen_from_the_start(stack: Stack, argv: tuple[str, ...]) -> None:
    with stack.lab.engine.frozen():
        said = stack.call(*argv)
    assert (said.status, said.out) == (NO_ENGINE, "")
    assert said.err.startswith("Error: The Docker engine does not answer")


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("fault", ["refuse", "vanish"])
def test_no_socket_and_nobody_behind_it(stack: Stack, proxy: FaultProxy, fault: str) -> None:
    getattr(proxy, fault)()
    for argv in (("up",), ("down",), ("ps",), ("logs", "-f")):
        said = stack.call(*argv)
        assert (said.status, said.out) == (NO_ENGINE, "")
        assert said.err.startswith("Error: ")
    proxy.listen()
    assert stack.call("up").status == 0


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("call", ["POST /containers/.*/start", "POST /containers/create", "POST /images/create"])
def test_frozen_on_the_way(stack: Stack, proxy: FaultProxy, call: str) -> None:
    """However patient a call is, one that waits for a frozen engine ends."""
    proxy.add(call, silent=True)
    argv = ("pull",) if "images" in call else ("up",)
    frozen = threading.Event()

    def freeze() -> None:
        wait_until(lambda: proxy.live(call), "the call at work")
        with stack.lab.engine.frozen():
            frozen.set()
            wait_until(lambda: not proxy.live(call), "its end")

    cold = threading.Thread(target=freeze)
    cold.start()
    said = stack.call(*argv)
    cold.join()
    proxy.heal()
    assert frozen.is_set()
    assert said.status == NO_ENGINE
    assert "Error: The Docker engine stopped answering" in said.err
    assert stack.call("up", "--wait").status == 0


@pytest.mark.usefixtures("_impatient")
def test_frozen_while_waiting_for_readiness_and_while_following(stack: Stack, proxy: FaultProxy) -> None:
    stack.write(f"name: NAME\nservices:\n  api:\n    image: {IMAGE}\n    ports: ['127.0.0.1:18080:81']\n")
    for argv in (("up", "--wait"), ("logs", "-f")):
        cold = threading.Thread(target=freeze_for, args=(stack, proxy, "GET /events"))
        cold.start()
        said = stack.call(*argv)
        cold.join()
        assert (said.status, "stopped answering" in said.err) == (NO_ENGINE, True), said


def freeze_for(stack: Stack, proxy: FaultProxy, call: str) -> None:
    """Freeze the engine while a call goes on."""
    wait_until(lambda: proxy.live(call), "the call at work")
    with stack.lab.engine.frozen():
        wait_until(lambda: not proxy.live(call), "its end")


@pytest.mark.usefixtures("_impatient")
def test_a_call_that_is_never_answered_has_its_limit(
    stack: Stack, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is alive, and one of its calls hangs: a driver that waits, a disk that is gone."""
    monkeypatch.setattr(containers, "WORK", 1.0)
    proxy.add("POST /containers/.*/start", silent=True)
    said = stack.call("up")
    assert (said.status, "did not answer in time" in said.err) == (NO_ENGINE, True), said


def test_killed_in_the_middle_of_a_start(stack: Stack, proxy: FaultProxy) -> None:
    proxy.add("POST /containers/.*/start", silent=True)

    def power_cut() -> None:
        wait_until(lambda: proxy.live("POST /containers/.*/start"), "the start")
        stack.lab.engine.kill()
        proxy.end(".*")

    cut = threading.Thread(target=power_cut)
    cut.start()
    said = stack.call("up")
    cut.join()
    assert (said.status, said.err.count("Error: ")) == (NO_ENGINE, 1), said
    assert "The connection to the Docker engine broke" in said.err
    proxy.heal()
    assert stack.call("ps").status == NO_ENGINE
    stack.lab.engine.start()
    assert stack.call("up", "--wait").status == 0
    assert {state for state, _ in stack.containers().values()} == {"running"}


def test_the_streams_of_events_end_while_up_waits(stack: Stack, proxy: FaultProxy) -> None:
    """Nothing hangs on an event that was lost: what is waited for is looked at again."""
    stack.write(service_started="service_healthy")
    proxy.add("GET /events", cut=0, times=3)
    said = stack.call("up", "--wait")
    assert said.status == 0, said


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a machine that never answers: its queue of connections is full, so it drops what comes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fill = [socket.socket() for _ in range(4)]
        try:
            for sock in fill:
                sock.setblocking(False)
                sock.connect_ex(listener.getsockname())
            yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for sock in fill:
                sock.close()


@pytest.mark.usefixtures("_impatient")
def test_a_network_that_swallows_everything(stack: Stack, deaf: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.host = deaf
    for argv in (("ps",), ("up",)):
        said = stack.call(*argv)
        assert (said.status, said.out) == (NO_ENGINE, ""), said
        assert "Error: The Docker engine cannot be reached" in said.err, said
