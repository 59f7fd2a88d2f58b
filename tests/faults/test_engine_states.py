"""What the window knows while the engine goes and comes: killed, restarted, frozen, mute, started from the window."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control import watcher
from harmony_desktop.control.ports import (
    Connector,
    Engine,
    EngineHelp,
    EngineStart,
    EngineStatus,
    EngineUnavailableError,
)
from harmony_desktop.control.state import Light, StackState, Stage
from harmony_desktop.engine import connector, discover, docker_engine, installed
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.engine.context_book import DockerContexts
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import EngineKind, Place
from harmony_desktop.stack.errors import HarmonyError
from tests.faults.stack import Stack
from tests.lab.fault_proxy import FaultProxy

if TYPE_CHECKING:
    from harmony_desktop.control.controller import Controller

UP = {"api": Stage.REACHABLE, "ui": Stage.REACHABLE, "side": Stage.REACHABLE}


@dataclass
class Window:
    """What a window sees of a controller, every change of it."""

    controller: Controller
    seen: list[StackState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()
        self.controller.store.subscribe(self._note)

    def _note(self, state: StackState) -> None:
        self.seen.append(state)
        self._changed.set()

    @property
    def state(self) -> StackState:
        return self.controller.store.value

    @property
    def status(self) -> EngineStatus:
        return self.state.engine.status

    def stages(self) -> dict[str, Stage]:
        return {service.name: service.stage for service in self.state.services}

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def assert_no_light_stayed(self) -> None:
        """No state was ever shown in which the engine was gone and a light was on."""
        for state in self.seen:
            if state.engine.status is not EngineStatus.READY:
                assert {service.light for service in state.services} <= {Light.UNKNOWN}, state


@contextlib.asynccontextmanager
async def window(controller: Controller) -> AsyncIterator[Window]:
    shown = Window(controller)
    await controller.open()
    try:
        yield shown
    finally:
        await controller.close()
    shown.assert_no_light_stayed()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, quicker: the time limits are what they are for people."""
    monkeypatch.setattr(watcher, "HEARTBEATS", (0.2, 0.2))
    monkeypatch.setattr(docker_engine, "SIGN_OF_LIFE", 1.0)
    monkeypatch.setattr(connector, "ANSWER_LIMIT", 1.0)


@pytest.fixture
def proxied(stack: Stack) -> Stack:
    """The stack, up, reached through the proxy."""
    process = stack.begin("up", "--wait")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return stack


@pytest.fixture
def running(proxied: Stack) -> Iterator[Stack]:
    """The stack, up, reached without a proxy."""
    stack = proxied
    stack.host = stack.lab.engine.host
    yield stack
    stack.lab.engine.start()
    stack.wipe()


def truth(stack: Stack) -> dict[str, str]:
    return {name.split("-")[1]: state for name, (state, _) in stack.containers().items()}


async def test_killed_and_started_again(running: Stack) -> None:
    async with window(running.controller()) as shown:
        await shown.until(lambda: shown.stages() == UP)
        await asyncio.to_thread(running.lab.engine.kill)
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        assert set(shown.stages().values()) == {Stage.UNKNOWN}
        await shown.until(lambda: "docker.sock" in shown.state.engine.reason)
        await asyncio.to_thread(running.lab.engine.start)
        await shown.until(lambda: shown.status is EngineStatus.READY and Stage.UNKNOWN not in shown.stages().values())
        assert set(truth(running).values()) == {"exited"}
        await shown.until(lambda: not set(UP.values()) & set(shown.stages().values()))
        shown.controller.start()
        await shown.until(lambda: shown.state.operation is not None)
        await shown.until(lambda: shown.state.operation is None and shown.stages() == UP)


async def test_restarted_while_it_is_watched(running: Stack) -> None:
    """However quick it is: what it has afterwards is what is shown."""
    async with window(running.controller()) as shown:
        await shown.until(lambda: shown.stages() == UP)
        await asyncio.to_thread(running.lab.engine.restart)
        running.lab.docker("start", "faulty-api-1")
        await shown.until(
            lambda: (
                shown.status is EngineStatus.READY
                and shown.stages()["api"] is Stage.REACHABLE
                and shown.stages()["side"] in {Stage.STOPPED, Stage.FAILED}
            )
        )
        assert truth(running) == {"api": "running", "ui": "exited", "side": "exited"}


async def test_frozen_and_thawed(running: Stack) -> None:
    async with window(running.controller()) as shown:
        await shown.until(lambda: shown.stages() == UP)
        with running.lab.engine.frozen():
            await shown.until(lambda: shown.status is EngineStatus.UNREACHABLE)
            assert set(shown.stages().values()) == {Stage.UNKNOWN}
            assert "in time" in shown.state.engine.reason
            await shown.until(lambda: len([s for s in shown.seen if s.engine.status is EngineStatus.UNREACHABLE]) > 1)
        await shown.until(lambda: shown.status is EngineStatus.READY and shown.stages() == UP)


async def test_only_its_events_end(proxied: Stack, proxy: FaultProxy) -> None:
    """A proxy's time limit for instance: nobody is told that the engine has gone, for it has not."""
    async with window(proxied.controller()) as shown:
        await shown.until(lambda: shown.stages() == UP)
        async with asyncio.timeout(20):
            while not proxy.live("GET /events"):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0)
        del shown.seen[:]
        versions = proxy.count("GET /version")
        assert proxy.end("GET /events") == 1
        proxied.lab.docker("stop", "--time", "1", "faulty-side-1")
        await shown.until(lambda: shown.stages()["side"] in {Stage.STOPPED, Stage.FAILED})
        proxied.lab.docker("start", "faulty-side-1")
        await shown.until(lambda: shown.stages() == UP)
        assert {(state.engine.status, state.engine.reason) for state in shown.seen} == {(EngineStatus.READY, "")}
        assert proxy.count("GET /version") == versions, "whoever works with the engine keeps it"


async def test_it_refuses_each_look(proxied: Stack, proxy: FaultProxy) -> None:
    async with window(proxied.controller()) as shown:
        await shown.until(lambda: shown.stages() == UP)
        proxy.add("GET /containers/json", status=500)
        shown.controller.retry_engine()
        await shown.until(lambda: shown.status is EngineStatus.UNREACHABLE)
        assert "the lab says so" in shown.state.engine.reason
        proxy.heal()
        await shown.until(lambda: shown.status is EngineStatus.READY and shown.stages() == UP)


async def test_its_socket_goes_and_comes(proxied: Stack, proxy: FaultProxy) -> None:
    async with window(proxied.controller()) as shown:
        await shown.until(lambda: shown.stages() == UP)
        proxy.vanish()
        await shown.until(lambda: shown.status in {EngineStatus.STOPPED, EngineStatus.ABSENT})
        proxy.listen()
        await shown.until(lambda: shown.status is EngineStatus.READY and shown.stages() == UP)


@dataclass
class Startable:
    """Finds the engine, and offers to start it in a way of the test's own."""

    inner: Connector
    start: EngineStart

    async def connect(self) -> Engine:
        try:
            return await self.inner.connect()
        except EngineUnavailableError as error:
            helps = EngineHelp("Start it:", start=self.start)
            raise EngineUnavailableError(error.title, cause=error.cause, state=error.state, help=helps) from error


async def test_started_from_the_window(running: Stack) -> None:
    async def start() -> None:
        await asyncio.to_thread(running.lab.engine.start)

    running.lab.engine.kill()
    how = EngineStart("Start Docker", "Runs the lab’s.", 20.0, start)
    finder = Startable(DockerConnector(host=running.host, environ={}), how)
    async with window(running.controller(finder)) as shown:
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        assert shown.state.engine.help.start == how
        shown.controller.start_engine()
        begun = shown.state.engine
        assert (begun.status, begun.being_started) == (EngineStatus.STARTING, True)
        assert begun.reason == "Runs the lab’s."
        before = len(shown.seen)
        await shown.until(lambda: shown.status is EngineStatus.READY)
        statuses = {state.engine.status for state in shown.seen[before:]}
        assert statuses <= {EngineStatus.STARTING, EngineStatus.READY}, "it never looked stopped meanwhile"
        assert shown.state.problem is None


async def test_started_with_what_the_machine_has(
    running: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the search that finds nothing to the command that starts it: the whole way, with a service of the test's."""
    socket, service = tmp_path / "docker.sock", tmp_path / "service"
    service.write_text(f'#!/bin/sh\n[ "$*" = "docker start" ] && ln -s {running.lab.engine.socket} {socket}\n')
    service.chmod(0o755)
    machine = Installed(frozenset({EngineKind.SYSTEM}), {"service": str(service)}, service="init")
    monkeypatch.setattr(installed, "look", lambda _: machine)
    monkeypatch.setattr(discover, "known_addresses", lambda _: ((f"unix://{socket}", EngineKind.SYSTEM),))
    finder = DockerConnector(place=Place("linux", tmp_path, {}, 0, "root"))
    async with window(running.controller(finder)) as shown:
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        helps = shown.state.engine.help
        assert helps.start is not None
        assert (helps.start.label, helps.commands) == ("Start Docker", ("service docker start",))
        shown.controller.start_engine()
        await shown.until(lambda: shown.status is EngineStatus.READY and shown.stages() == UP)
        assert shown.state.problem is None


async def test_a_start_that_fails_is_told_and_one_that_hangs_is_ended(running: Stack) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail() -> None:
        raise HarmonyError("Docker could not be started", cause="No such unit.", advice="Type it.")

    running.lab.engine.kill()
    finder = Startable(DockerConnector(host=running.host, environ={}), EngineStart("Start Docker", "", 20.0, fail))
    async with window(running.controller(finder)) as shown:
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        shown.controller.start_engine()
        await shown.until(lambda: shown.state.problem is not None)
        assert shown.state.problem is not None
        assert shown.state.problem.cause == "No such unit."
        assert shown.status is EngineStatus.STOPPED
        finder.start = EngineStart("Start Docker", "Hangs.", 20.0, hang)
        shown.controller.retry_engine()
        await shown.until(lambda: shown.state.engine.help.start == finder.start)
        shown.controller.start_engine()
        await shown.until(lambda: shown.state.problem is None)
        await began.wait()
        before = len(shown.seen)
        shown.controller.cancel_engine_start()
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        assert ended.is_set()
        assert not shown.state.engine.being_started
        assert all(state.problem is None for state in shown.seen[before:]), "what the user asked for is no problem"


async def test_another_context_takes_effect_at_once(running: Stack, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    env = {"DOCKER_CONFIG": str(docker), "DOCKER_HOST": ""}
    for name, host in (("lab", running.host), ("gone", f"unix://{tmp_path}/gone.sock")):
        running.lab.run(["docker", "context", "create", name, "--docker", f"host={host}"], env=env)
    (docker / "config.json").write_text(json.dumps({"currentContext": "gone"}))
    place = Place("linux", tmp_path, {"DOCKER_CONFIG": str(docker)}, 0, "root")
    chosen = [""]
    book = DockerContexts(place, chosen=lambda: chosen[-1], remember=chosen.append)
    finder = DockerConnector(place=place, chosen=lambda: chosen[-1])
    async with window(running.controller(finder, book)) as shown:
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        shown.controller.look_at_contexts()
        await shown.until(
            lambda: [option.name for option in shown.state.contexts.options] == ["default", "gone", "lab"]
        )
        shown.controller.choose_context("lab")
        await shown.until(lambda: shown.status is EngineStatus.READY and shown.stages() == UP)
        assert shown.state.engine.context == shown.state.contexts.chosen == "lab"
        shown.controller.choose_context("gone")
        await shown.until(lambda: shown.status is EngineStatus.STOPPED)
        assert "the Docker context gone" in shown.state.engine.reason
        shown.controller.choose_context("lost")
        await shown.until(lambda: "The Docker context lost is chosen" in shown.state.engine.reason)
        assert shown.status is EngineStatus.UNREACHABLE
