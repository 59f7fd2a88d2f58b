"""Each kind of call of ``up`` and ``down`` goes wrong in each way: status and message are true, the next call mends it.

The short form takes the ways in turn, so that each call fails in one of them and each of them befalls some call. With
``HARMONY_STORM`` every call fails in every way.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.stack import Stack
from tests.lab.fault_proxy import FaultProxy

UP = (
    "GET /containers/json",
    "GET /images/.*/json",
    "GET /networks",
    "GET /volumes",
    "POST /volumes/create",
    "POST /networks/create",
    "POST /containers/create",
    "POST /networks/.*/connect",
    "POST /containers/.*/start",
)
DOWN = (
    "GET /containers/json",
    "GET /networks",
    "POST /containers/.*/stop",
    "DELETE /containers/.*",
    "DELETE /networks/.*",
)


@dataclass(frozen=True)
class Way:
    """How a call goes wrong, and what the panel makes of it."""

    name: str
    how: dict[str, Any]
    status: int
    says: str


WAYS = (
    Way("error 500", {"status": 500}, 1, "the lab says so"),
    Way("connection dropped", {"drop": True}, 4, "The connection to the Docker engine broke"),
    Way("answer lost", {"cut": 0}, 4, "The connection to the Docker engine broke"),
    Way("half a head", {"cut": 40}, 4, "The connection to the Docker engine broke"),
)
#: Half a body: only where the answer has one, and of known length.
HALF_BODY = Way("half a body", {"cut": 350}, 4, "it ended in the middle of an answer")


def cases(calls: tuple[str, ...]) -> list[tuple[str, Way]]:
    if os.environ.get("HARMONY_STORM"):
        return list(itertools.product(calls, WAYS))
    return [(call, WAYS[index % len(WAYS)]) for index, call in enumerate(calls)]


def test_up(stack: Stack, proxy: FaultProxy) -> None:
    assert stack.call("up", "--wait").status == 0
    whole = stack.shape()
    for call, way in cases(UP):
        stack.wipe()
        fault = proxy.add(call, **way.how)
        failed = stack.call("up")
        assert fault.hits, call
        proxy.heal()
        assert (failed.status, way.says in failed.err) == (way.status, True), (call, way.name, failed)
        assert "Traceback" not in failed.err
        mended = stack.call("up")
        assert mended.status == 0, (call, way.name, mended)
        assert stack.shape() == whole, (call, way.name)


def test_down(stack: Stack, proxy: FaultProxy) -> None:
    for call, way in cases(DOWN):
        assert stack.call("up").status == 0
        fault = proxy.add(call, **way.how)
        failed = stack.call("down")
        assert fault.hits, call
        proxy.heal()
        # A network that cannot be removed is told, and no failure: somebody else may be using it.
        status = 0 if call.startswith("DELETE /networks") and way.status == 1 else way.status
        assert (failed.status, way.says in failed.err) == (status, True), (call, way.name, failed)
        mended = stack.call("down")
        assert mended.status == 0, (call, way.name, mended)
        assert (stack.containers(), stack.networks()) == ({}, []), (call, way.name)


@pytest.mark.parametrize("call", ["GET /containers/json", "GET /networks"])
def test_half_an_answer_is_no_answer(stack: Stack, proxy: FaultProxy, call: str) -> None:
    assert stack.call("up").status == 0
    proxy.add(call, **HALF_BODY.how)
    failed = stack.call("ps")
    assert (failed.status, failed.out, HALF_BODY.says in failed.err) == (4, "", True), failed


def test_what_another_program_did_meanwhile_is_looked_at_again(stack: Stack, proxy: FaultProxy) -> None:
    assert stack.call("up").status == 0
    whole = stack.shape()
    calls = ("POST /networks/create", "POST /containers/create", "POST /containers/.*/start")
    found = list(itertools.product(calls, (404, 409)))
    for call, status in found if os.environ.get("HARMONY_STORM") else found[1::3]:
        stack.wipe()
        proxy.add(call, status=status, times=1)
        said = stack.call("up")
        assert (said.status, "The stack changed meanwhile" in said.err) == (0, True), (call, said)
        assert stack.shape() == whole
    # A container that is not there to be removed is what was wanted.
    for call, status in (("POST /containers/.*/stop", 404), ("DELETE /containers/.*", 409)):
        proxy.add(call, status=status, times=1)
        assert stack.call("down").status == 0
        assert stack.containers() == {}
        assert stack.call("up").status == 0


def test_a_conflict_that_stays_is_told(stack: Stack, proxy: FaultProxy) -> None:
    fault = proxy.add("POST /containers/create", status=409, message="Conflict. The name is in use.")
    said = stack.call("up")
    assert said.status == 1
    assert "Error: The name “faulty-" in said.err
    assert "Rename or remove that container" in said.err
    assert fault.hits <= 4 * 3, "looking again has an end"


def test_a_pull_that_fails_in_band(stack: Stack, proxy: FaultProxy) -> None:
    body = b'{"status":"Pulling from x","id":"latest"}\r\n{"errorDetail":{"message":"%s"},"error":"%s"}\r\n'
    words = b"toomanyrequests: You have reached your pull rate limit"
    proxy.add("POST /images/create", body=body % (words, words))
    failed = stack.call("pull")
    assert failed.status == 1
    assert "Error: Cannot fetch" in failed.err
    assert "docker login" in failed.err
    with_the_old_one = stack.call("up", "--pull", "always")
    assert with_the_old_one.status == 0
    assert "Warning: " in with_the_old_one.err
    full = b"write /var/lib/docker/tmp/GetImageBlob1: no space left on device"
    proxy.add("POST /images/create", body=body % (full, full))
    failed = stack.call("pull")
    assert (failed.status, "disk" in failed.err.lower()) == (1, True), failed


def test_half_a_pull_is_no_pull(stack: Stack, proxy: FaultProxy) -> None:
    proxy.add("POST /images/create", cut=300)
    failed = stack.call("pull")
    assert (failed.status, failed.err.count("Error: ")) == (4, 1), failed
