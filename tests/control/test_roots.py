"""Where trouble began: chains, several roots, circles, and logs that name the other side."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harmony_desktop.control.health import Findings
from harmony_desktop.control.lives import Remembered
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Event
from harmony_desktop.control.probes import Answer
from harmony_desktop.control.readiness import Readiness
from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health, Observed, PublishedPort
from harmony_desktop.stack.project import Condition, Dependency, Port, Presentation, Probe, Project, Service
from tests.plan.builders import EPOCH, container, project, service

OOM = "torch.cuda.OutOfMemoryError: CUDA out of memory."
TOLD = "the graphics card ran out of memory"
LATER = EPOCH + timedelta(minutes=5)


def running(name: str, **detail: Any) -> Container:
    return container(name, detail=Detail(**{"started_at": EPOCH, **detail}))


def ended(name: str, exit_code: int = 1, **detail: Any) -> Container:
    facts: dict[str, Any] = {"started_at": EPOCH, "finished_at": LATER, **detail}
    return container(name, state=ContainerState.EXITED, detail=Detail(exit_code, **facts))


def judged(services: list[Service], containers: list[Container], **logs: str) -> dict[str, ServiceState]:
    """The services' states, with these last lines in their logs."""
    readiness = Readiness(project(*services), LogBook())
    for name, lines in logs.items():
        readiness.logs.append(name, [(1, line) for line in lines.splitlines()])
    for one in containers:
        readiness.note(Event("container", "start", one.id, int(EPOCH.timestamp() * 1e9)))
    return {state.name: state for state in readiness.states(Observed(tuple(containers)))}


def test_a_limited_caller_tells_the_root_with_its_cause() -> None:
    link, speech = service("link", uses=["speech"]), service("speech")
    states = judged([link, speech], [running("link"), ended("speech")], speech=OOM)
    assert (states["link"].stage, states["link"].reason) == (Stage.LIMITED, f"Speech failed: {TOLD}")
    assert states["link"].roots == ("speech",)
    assert states["link"].since == LATER, "since that of which it suffers began"
    assert states["speech"].roots == ()


def test_a_caller_that_failed_because_it_could_not_connect() -> None:
    link, speech = service("link", uses=["speech"]), service("speech")
    log = 'panic: Get "http://speech:12080/health": dial tcp: lookup speech on 127.0.0.11:53: no such host'
    states = judged([link, speech], [ended("link"), ended("speech")], link=log, speech=OOM)
    assert states["link"].stage is Stage.FAILED
    assert states["link"].reason == f"it could not reach Speech, which failed: {TOLD}"
    assert states["link"].roots == ("speech",)
    assert states["link"].advice.startswith("Choose a smaller model")
    assert states["link"].evidence == (log,)


def test_when_the_other_is_there_again_only_a_start_is_missing() -> None:
    link, speech = service("link", uses=["speech"]), service("speech")
    log = "dial tcp: lookup speech on 127.0.0.11:53: no such host"
    state = judged([link, speech], [ended("link"), running("speech")], link=log)["link"]
    assert state.reason == "it could not reach Speech, which is there again"
    assert state.advice == "Start it again."
    assert state.roots == ()


def test_a_failure_of_its_own_is_its_own() -> None:
    link, speech = service("link", uses=["speech"]), service("speech")
    states = judged([link, speech], [ended("link"), ended("speech")], link="No space left on device", speech=OOM)
    assert states["link"].reason == "the disk is full"
    assert states["link"].roots == ()


def test_somebody_outside_the_stack_is_no_service_of_it() -> None:
    link, speech = service("link", uses=["speech"]), service("speech")
    log = "curl: (6) Could not resolve host: example.com"
    states = judged([link, speech], [ended("link"), ended("speech")], link=log, speech=OOM)
    assert states["link"].reason == "it cannot find “example.com”"
    assert states["link"].roots == ()


@pytest.mark.parametrize(
    ("log", "roots"),
    [
        ("requests.exceptions.ConnectionError: HTTPConnectionPool(host='text', port=5000): refused\n"
         "ConnectionRefusedError: [Errno 111] Connection refused", ("text",)),
        ("Error: connect ECONNREFUSED 172.18.0.3:5000", ("text",)),
        ("Error: connect ECONNREFUSED 172.18.0.4:12080", ("speech",)),
        ("urllib.error.URLError: <urlopen error [Errno 111] Connection refused>", ("text", "speech")),
        ("calling http://voice:12080/health\nConnectionRefusedError: [Errno 111] Connection refused", ("speech",)),
        ("the text was long\nwaiting for http://voice:12080\nhttpx.ConnectError: All connection attempts failed",
         ("speech",)),
    ],
)  # fmt: skip
def test_which_of_two_it_was(log: str, roots: tuple[str, ...]) -> None:
    link = service("link", uses=["text", "speech"])
    text = service("text", ports=(Port(5000, 5000),))
    speech = replace(service("speech", ports=(Port(12080, 12080),)), spec={"hostname": "voice"})
    states = judged([link, text, speech], [ended("link"), ended("text"), ended("speech")], link=log, speech=OOM)
    assert states["link"].roots == roots


def test_one_that_is_well_is_missed_by_its_name_and_nobody_else_is_blamed() -> None:
    link = service("link", uses=["text", "speech"])
    log = "waiting for http://text:5000\nhttpx.ConnectError: All connection attempts failed"
    states = judged(
        [link, service("text"), service("speech")], [ended("link"), running("text"), ended("speech")], link=log
    )
    assert states["link"].roots == ()


def test_a_chain_ends_at_its_root() -> None:
    services = [service("ui", uses=["router"]), service("router", uses=["model"]), service("model")]
    log = "ConnectionRefusedError: [Errno 111] Connection refused"
    states = judged(services, [running("ui"), ended("router"), ended("model")], router=log, model=OOM)
    assert states["router"].reason == f"it could not reach Model, which failed: {TOLD}"
    assert states["ui"].reason == f"Router failed because Model failed: {TOLD}"
    assert states["ui"].roots == ("model",)


def test_several_roots_the_gravest_first() -> None:
    services = [service("link", uses=["a", "b", "c"]), service("a"), service("b"), service("c")]
    there = [running("link"), ended("a", 0), running("b", health=Health.STARTING), ended("c")]
    states = judged(services, there, c="No space left on device")
    assert states["link"].reason == "C failed: the disk is full; A is stopped; B is starting"
    assert states["link"].roots == ("c", "a", "b")


def test_one_that_does_not_answer_is_told_once() -> None:
    services = [service("ui", uses=["api"]), service("api")]
    silent = running("api", health=Health.UNHEALTHY, health_output="does not answer")
    assert judged(services, [running("ui"), silent])["ui"].reason == "Api does not answer"


def test_a_circle_ends() -> None:
    services = [service("a", uses=["b"]), service("b", uses=["c"]), service("c", uses=["a"])]
    log = "connection refused"
    states = judged(services, [ended("a"), ended("b"), ended("c")], a=log, b=log, c=log)
    assert {state.stage for state in states.values()} == {Stage.FAILED}
    assert all(state.reason for state in states.values())
    alone = judged([service("a", uses=["a"])], [ended("a")], a=log)
    assert alone["a"].roots == ()


def test_a_dependency_that_is_not_healthy_is_named() -> None:
    db = service("db")
    web = service("web", needs=[Dependency("db", Condition.HEALTHY)])
    waiting = container("web", state=ContainerState.CREATED, detail=Detail())
    sick = running("db", health=Health.UNHEALTHY, health_output="trying\npg_isready: no response", health_since=LATER)
    states = judged([web, db], [waiting, sick])
    assert (states["db"].stage, states["db"].reason, states["db"].since) == (
        Stage.DEGRADED,
        "pg_isready: no response",
        LATER,
    )
    assert states["web"].stage is Stage.STOPPED
    assert states["web"].reason == "waits, because Db does not answer as it should: pg_isready: no response"
    assert states["web"].roots == ("db",)


def test_one_that_was_stopped_waits_for_nobody() -> None:
    db, web = service("db"), service("web", needs=[Dependency("db", Condition.HEALTHY)])
    states = judged([web, db], [ended("web", 0), ended("db")])
    assert (states["web"].stage, states["web"].reason, states["web"].roots) == (Stage.STOPPED, "", ())


HEALTHY = Probe(80, "/health")


class Memory:
    """Remembers in memory."""

    def __init__(self) -> None:
        self.kept = Remembered()

    def load(self, project: Project) -> Remembered:
        return self.kept

    def save(self, project: Project, remembered: Remembered) -> None:
        self.kept = remembered


def looked_at(good: bool, memory: Memory, started: Any = EPOCH) -> tuple[Readiness, Observed]:
    of = replace(service("a"), presentation=Presentation("A", probes=(HEALTHY,)))
    readiness = Readiness(project(of), LogBook(), memory=memory)
    one = container("a", ports=(PublishedPort(80, "127.0.0.1", 1),), detail=Detail(started_at=started))
    return readiness, Observed((one,))


async def look(good: bool, memory: Memory, started: Any = EPOCH) -> ServiceState:
    """What a panel that was just started sees; it keeps what it has seen."""
    readiness, there = looked_at(good, memory, started)
    await readiness.recall()
    life = readiness._life(there.containers[0])
    life.findings = Findings({80: True}, {HEALTHY: Answer(True, good)})
    (state,) = readiness.states(there)
    await readiness.keep()
    return state


async def test_what_was_ready_is_remembered_by_a_later_look() -> None:
    memory = Memory()
    assert (await look(good=False, memory=memory)).stage is Stage.REACHABLE
    ready = await look(good=True, memory=memory)
    assert ready.stage is Stage.READY
    again = await look(good=True, memory=memory)
    assert again.since == ready.since
    fallen = await look(good=False, memory=memory)
    assert fallen.stage is Stage.DEGRADED
    assert (await look(good=False, memory=memory)).since == fallen.since
    # Another life begins from the beginning.
    assert (await look(good=False, memory=memory, started=LATER)).stage is Stage.REACHABLE


async def test_a_stage_that_nobody_saw_begin_is_as_old_as_the_life() -> None:
    assert (await look(good=True, memory=Memory())).since == EPOCH
