"""The executor on a scripted engine: order, faults, cancellation."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from harmony_desktop.control.executor import PlanError
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.ports import ConflictError, EngineError, PullProgress, RegistryError
from harmony_desktop.plan.observed import ContainerState, Health, Image
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.plan.steps import Step
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Condition, Dependency, Project, PullPolicy
from tests.control.scripted import ScriptedClock, ScriptedEngine, scripted_tools, until
from tests.plan.builders import project, service


class Notes:
    """A reporter that keeps what it hears."""

    def __init__(self) -> None:
        self.ended_steps: list[tuple[str, bool]] = []
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.pulls: list[PullProgress] = []

    def planned(self, total: int) -> None:
        pass

    def began(self, step: Step) -> None:
        pass

    def ended(self, step: Step, error: HarmonyError | None) -> None:
        self.ended_steps.append((step.id, error is None))

    def pulling(self, progress: PullProgress) -> None:
        self.pulls.append(progress)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)


def engine_for(p: Project) -> ScriptedEngine:
    return ScriptedEngine(images_here={s.image: Image(f"id-{s.name}") for s in p.services.values() if s.image})


def operations(engine: ScriptedEngine, p: Project) -> tuple[Operations, Notes]:
    notes = Notes()
    return Operations(engine, p, notes, scripted_tools()), notes


async def test_up_creates_and_starts_everything() -> None:
    p = project(service("ui", needs=["api"]), service("api"))
    engine = engine_for(p)
    ops, _ = operations(engine, p)
    await ops.up(UpOptions())
    assert {c.name: c.state for c in engine.containers.values()} == {
        "p-ui-1": ContainerState.RUNNING,
        "p-api-1": ContainerState.RUNNING,
    }
    assert engine.calls.index("start p-api-1") < engine.calls.index("start p-ui-1")
    again = await ops.up(UpOptions())
    assert not again
    assert set(again.running) == {"p-ui-1", "p-api-1"}


async def test_independent_starts_run_at_the_same_time() -> None:
    p = project(service("a"), service("b"))
    engine = engine_for(p)
    for name in ("a", "b"):
        engine.gates[f"start p-{name}-1"] = asyncio.Event()
    ops, _ = operations(engine, p)
    running = asyncio.create_task(ops.up(UpOptions()))
    await engine.entered["start p-a-1"].wait()
    await engine.entered["start p-b-1"].wait()
    for gate in engine.gates.values():
        gate.set()
    await running


async def test_a_failed_start_keeps_dependants_created_and_others_running() -> None:
    p = project(service("ui", needs=["api"]), service("api"), service("other"))
    engine = engine_for(p)
    engine.faults["start p-api-1"] = EngineError("The port is held", cause="8080", advice="Free it")
    ops, _ = operations(engine, p)
    with pytest.raises(PlanError) as caught:
        await ops.up(UpOptions())
    assert (caught.value.title, caught.value.service, caught.value.advice) == ("Api cannot start", "api", "Free it")
    assert caught.value.cause == "8080"
    assert {c.name: c.state for c in engine.containers.values()} == {
        "p-ui-1": ContainerState.CREATED,
        "p-api-1": ContainerState.CREATED,
        "p-other-1": ContainerState.RUNNING,
    }
    del engine.faults["start p-api-1"]
    await ops.up(UpOptions())
    assert all(c.state is ContainerState.RUNNING for c in engine.containers.values())


async def test_what_the_engine_says_of_a_failed_start_is_told_in_plain_words() -> None:
    p = project(service("a"))
    engine = engine_for(p)
    words = "driver failed: listen tcp4 127.0.0.1:8080: bind: address already in use"
    engine.faults["start p-a-1"] = EngineError("Cannot start the container", cause=words)
    ops, _ = operations(engine, p)
    with pytest.raises(PlanError) as caught:
        await ops.up(UpOptions())
    assert caught.value.title == "A cannot start"
    assert caught.value.cause == f"Port 8080 is in use.\n{words}"
    assert "choose another one" in caught.value.advice


async def test_a_name_in_use_is_told_plainly() -> None:
    p = project(service("a"))
    engine = engine_for(p)
    engine.faults["create p-a-1"] = ConflictError("409", status=409)
    clock = ScriptedClock()
    ops = Operations(engine, p, Notes(), replace(scripted_tools(), clock=clock))
    running = asyncio.create_task(ops.up(UpOptions()))
    await until(running.done, clock)
    with pytest.raises(PlanError, match="in use"):
        await running


async def test_offline_starts_what_is_there_with_a_word() -> None:
    p = project(service("a", pull=PullPolicy.ALWAYS))
    engine = engine_for(p)
    engine.faults["pull example/a"] = RegistryError("No connection", cause="offline")
    ops, notes = operations(engine, p)
    await ops.up(UpOptions())
    assert engine.containers["p-a-1"].state is ContainerState.RUNNING
    assert "offline" in notes.warnings[0]


async def test_offline_without_the_image_creates_nothing() -> None:
    p = project(service("a"), service("b"))
    engine = engine_for(p)
    del engine.images_here["example/a"]
    engine.faults["pull example/a"] = RegistryError("No connection")
    ops, _ = operations(engine, p)
    with pytest.raises(PlanError, match="No connection"):
        await ops.up(UpOptions())
    assert not engine.containers


async def test_pull_fetches_what_is_here_already_and_fails_when_it_cannot() -> None:
    p = project(service("a"))
    engine = engine_for(p)
    ops, notes = operations(engine, p)
    await ops.pull()
    assert notes.pulls[0].total == 10
    engine.faults["pull example/a"] = RegistryError("No connection")
    with pytest.raises(PlanError):
        await ops.pull()


async def test_cancelled_in_the_middle_the_next_up_finishes() -> None:
    p = project(service("ui", needs=["api"]), service("api"))
    engine = engine_for(p)
    engine.gates["start p-api-1"] = asyncio.Event()
    ops, _ = operations(engine, p)
    running = asyncio.create_task(ops.up(UpOptions()))
    await engine.entered["start p-api-1"].wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "start p-ui-1" not in engine.calls
    engine.gates.clear()
    await ops.up(UpOptions())
    assert all(c.state is ContainerState.RUNNING for c in engine.containers.values())


async def test_stop_passes_the_grace_period_on() -> None:
    p = project(service("a", stop_grace_period=42.0))
    engine = engine_for(p)
    ops, _ = operations(engine, p)
    await ops.up(UpOptions())
    await ops.stop()
    assert "stop p-a-1 42" in engine.calls
    assert engine.containers["p-a-1"].state is ContainerState.EXITED


async def test_down_leaves_nothing() -> None:
    p = project(service("a"), service("b", needs=["a"]))
    engine = engine_for(p)
    ops, _ = operations(engine, p)
    await ops.up(UpOptions())
    await ops.down()
    assert not engine.containers
    assert not engine.nets


async def test_a_network_still_in_use_stays_with_a_word() -> None:
    p = project(service("a"))
    engine = engine_for(p)
    ops, notes = operations(engine, p)
    await ops.up(UpOptions())
    engine.faults["remove network p_default"] = ConflictError("In use", cause="somebody is attached")
    await ops.down()
    assert "p_default" in notes.warnings[0]


async def test_waits_for_health_by_events() -> None:
    p = project(service("ui", needs=[Dependency("api", Condition.HEALTHY)]), service("api"))
    engine = engine_for(p)
    engine.health_at_start["api"] = Health.STARTING
    ops, _ = operations(engine, p)
    running = asyncio.create_task(ops.up(UpOptions()))
    await until(lambda: engine.event_streams)
    assert "start p-ui-1" not in engine.calls
    engine.change("p-api-1", ContainerState.RUNNING, health=Health.HEALTHY)
    await running
    assert engine.containers["p-ui-1"].state is ContainerState.RUNNING


async def test_an_unhealthy_dependency_fails_its_dependants() -> None:
    p = project(service("ui", needs=[Dependency("api", Condition.HEALTHY)]), service("api"))
    engine = engine_for(p)
    engine.health_at_start["api"] = Health.STARTING
    ops, _ = operations(engine, p)
    running = asyncio.create_task(ops.up(UpOptions()))
    await until(lambda: engine.event_streams)
    engine.change("p-api-1", ContainerState.RUNNING, health=Health.UNHEALTHY, health_output="HTTP 500")
    with pytest.raises(PlanError, match="unhealthy"):
        await running
    assert engine.containers["p-ui-1"].state is ContainerState.CREATED


async def test_an_event_stream_that_ends_proves_nothing() -> None:
    p = project(service("ui", needs=[Dependency("api", Condition.HEALTHY)]), service("api"))
    engine = engine_for(p)
    engine.health_at_start["api"] = Health.STARTING
    ops, _ = operations(engine, p)
    running = asyncio.create_task(ops.up(UpOptions()))
    await until(lambda: engine.event_streams)
    engine.event_streams[-1].items.put_nowait(None)
    await until(lambda: len(engine.event_streams) == 2)
    engine.change("p-api-1", ContainerState.RUNNING, health=Health.HEALTHY)
    await running


async def test_an_optional_dependency_that_fails_is_a_warning() -> None:
    need = Dependency("job", Condition.COMPLETED, required=False)
    p = project(service("ui", needs=[need]), service("job"))
    engine = engine_for(p)
    ops, notes = operations(engine, p)
    running = asyncio.create_task(ops.up(UpOptions()))
    await until(lambda: engine.event_streams)
    engine.change("p-job-1", ContainerState.EXITED, exit_code=3)
    await running
    assert engine.containers["p-ui-1"].state is ContainerState.RUNNING
    assert "exit code 3" in notes.warnings[0]


async def test_a_service_starts_after_those_that_it_uses_and_without_them_if_need_be() -> None:
    p = project(service("link", uses=["speech", "text"]), service("speech"), service("text"))
    engine = engine_for(p)
    ops, _ = operations(engine, p)
    await ops.up(UpOptions())
    order = [call for call in engine.calls if call.startswith("start ")]
    assert order[-1] == "start p-link-1"

    engine = engine_for(p)
    engine.faults["start p-speech-1"] = EngineError("no")
    ops, _ = operations(engine, p)
    with pytest.raises(PlanError, match="Speech cannot start"):
        await ops.up(UpOptions())
    states = {container.service: container.state for container in engine.containers.values()}
    assert states["link"] is states["text"] is ContainerState.RUNNING
    assert states["speech"] is ContainerState.CREATED


async def test_services_that_use_one_another_all_start() -> None:
    p = project(service("a", uses=["b"]), service("b", uses=["c"]), service("c", uses=["a"], needs=["b"]))
    engine = engine_for(p)
    ops, _ = operations(engine, p)
    await ops.up(UpOptions())
    assert all(container.state is ContainerState.RUNNING for container in engine.containers.values())
    starts = [call for call in engine.calls if call.startswith("start ")]
    assert starts.index("start p-b-1") < starts.index("start p-c-1"), "what is declared counts"
