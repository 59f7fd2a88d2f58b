"""The readiness table, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harmony_desktop.control.engine_address import engine_host
from harmony_desktop.control.health import Findings, Sighting, assess
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.loops import Loop
from harmony_desktop.control.ports import Event
from harmony_desktop.control.probes import Answer
from harmony_desktop.control.readiness import Readiness, callers_first
from harmony_desktop.control.state import Light, Stage
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health, Observed, PublishedPort
from harmony_desktop.stack.project import Page, Presentation, Probe, Service
from tests.plan.builders import EPOCH, container, project, service

NOW = EPOCH + timedelta(hours=1)
HEALTHY = Probe(80, "/health")
MODEL = Probe(80, "/model", finding="name", says="{} loaded", otherwise="no model loaded", required=False)


def probed(*probes: Probe) -> Service:
    return replace(service("a"), presentation=Presentation("A", probes=probes))


def seen(state: ContainerState = ContainerState.RUNNING, **detail: Any) -> Container:
    facts: dict[str, Any] = {"started_at": EPOCH, **detail}
    return container("a", state=state, ports=(PublishedPort(80, "127.0.0.1", 8080),), detail=Detail(**facts))


def answers(ok: bool, text: str = "", model: Answer | None = None, ports: dict[int, bool] | None = None) -> Findings:
    found = {HEALTHY: Answer(True, ok, text)}
    if model is not None:
        found[MODEL] = model
    return Findings(ports if ports is not None else {80: True}, found)


GOOD = answers(ok=True)
LOOP = Loop(4, NOW - timedelta(minutes=2), NOW, 1)

ROWS: list[tuple[str, Service, list[Sighting], Stage, str]] = [
    ("no container", probed(), [], Stage.ABSENT, ""),
    ("created", probed(), [Sighting(seen(ContainerState.CREATED, started_at=None))], Stage.STOPPED, "not started yet"),
    ("ended well", probed(), [Sighting(seen(ContainerState.EXITED, exit_code=0))], Stage.STOPPED, ""),
    ("followed SIGTERM", probed(), [Sighting(seen(ContainerState.EXITED, exit_code=143))], Stage.STOPPED, ""),
    (
        "was stopped, and had to be killed",
        probed(),
        [Sighting(seen(ContainerState.EXITED, exit_code=137), told_to_stop=True)],
        Stage.STOPPED,
        "",
    ),
    (
        "killed, and nobody watched",
        probed(),
        [Sighting(seen(ContainerState.EXITED, exit_code=137))],
        Stage.STOPPED,
        "it was killed",
    ),
    (
        "killed from outside",
        probed(),
        [Sighting(seen(ContainerState.EXITED, exit_code=137), told_to_stop=False)],
        Stage.FAILED,
        "it was killed from outside",
    ),
    (
        "killed for memory, though told to stop",
        probed(),
        [Sighting(seen(ContainerState.EXITED, exit_code=137, oom_killed=True), told_to_stop=True)],
        Stage.FAILED,
        "it ran out of memory",
    ),
    (
        "ended with an error",
        probed(),
        [Sighting(seen(ContainerState.EXITED, exit_code=1))],
        Stage.FAILED,
        "it ended with an error",
    ),
    (
        "could not start",
        probed(),
        [Sighting(seen(ContainerState.CREATED, started_at=None, error="driver failed", exit_code=128))],
        Stage.FAILED,
        "driver failed",
    ),
    (
        "was stopped, and could not be started again",
        probed(),
        [Sighting(seen(ContainerState.EXITED, error="driver failed", exit_code=128), told_to_stop=True)],
        Stage.FAILED,
        "driver failed",
    ),
    (
        "restarts for the first time",
        probed(),
        [Sighting(seen(ContainerState.RESTARTING, exit_code=1, restart_count=1))],
        Stage.STARTING,
        "it ended with an error; it starts again",
    ),
    (
        "restarts in a loop",
        probed(),
        [Sighting(seen(ContainerState.RESTARTING, exit_code=1, restart_count=3), loop=LOOP)],
        Stage.FAILED,
        "restarts in a loop: 4 times in 2 minutes (it ended with an error)",
    ),
    (
        "between two rounds of a loop",
        probed(HEALTHY),
        [Sighting(seen(restart_count=4, started_at=NOW), GOOD, log=["No space left on device"], loop=LOOP)],
        Stage.FAILED,
        "restarts in a loop: 4 times in 2 minutes (the disk is full)",
    ),
    (
        "a loop that the engine gave up",
        probed(HEALTHY),
        [Sighting(seen(ContainerState.EXITED, restart_count=5, exit_code=1), loop=replace(LOOP, count=6))],
        Stage.FAILED,
        "restarted in a loop until Docker gave up: 6 times in 2 minutes (it ended with an error)",
    ),
    (
        "a loop without a restart policy",
        probed(HEALTHY),
        [Sighting(seen(ContainerState.EXITED, exit_code=139), told_to_stop=False, loop=LOOP)],
        Stage.FAILED,
        "crashes whenever it is started: 4 times in 2 minutes (it crashed: segmentation fault)",
    ),
    (
        "a loop that was overcome",
        probed(HEALTHY),
        [Sighting(seen(restart_count=4), GOOD)],
        Stage.READY,
        "",
    ),
    ("paused", probed(), [Sighting(seen(ContainerState.PAUSED))], Stage.DEGRADED, "paused"),
    (
        "health check starting",
        probed(HEALTHY),
        [Sighting(seen(health=Health.STARTING), GOOD)],
        Stage.STARTING,
        "its health check has not answered yet",
    ),
    (
        "unhealthy",
        probed(HEALTHY),
        [Sighting(seen(health=Health.UNHEALTHY, health_output="no route"), GOOD)],
        Stage.DEGRADED,
        "no route",
    ),
    ("not asked yet", probed(HEALTHY), [Sighting(seen())], Stage.RUNNING, ""),
    (
        "port not open yet",
        probed(HEALTHY),
        [Sighting(seen(), Findings({80: False}))],
        Stage.RUNNING,
        "port 80 is not open yet",
    ),
    (
        "port closed again",
        probed(HEALTHY),
        [Sighting(seen(), Findings({80: False}), was_ready=True)],
        Stage.DEGRADED,
        "port 80 is not open any more",
    ),
    (
        "open, but its probe does not hold",
        probed(HEALTHY),
        [Sighting(seen(), answers(ok=False, text="loading"))],
        Stage.REACHABLE,
        "loading",
    ),
    (
        "was ready, its probe fails",
        probed(HEALTHY),
        [Sighting(seen(), answers(ok=False), was_ready=True)],
        Stage.DEGRADED,
        "does not answer",
    ),
    ("ready", probed(HEALTHY), [Sighting(seen(), GOOD)], Stage.READY, ""),
    (
        "ready, with what was found",
        probed(HEALTHY, MODEL),
        [Sighting(seen(), answers(ok=True, model=Answer(True, True, "Hermes loaded")))],
        Stage.READY,
        "Hermes loaded",
    ),
    (
        "a missing model is a hint, not a fault",
        probed(HEALTHY, MODEL),
        [Sighting(seen(), answers(ok=True, model=Answer(True, False, "HTTP 500")))],
        Stage.READY,
        "no model loaded",
    ),
    ("no probes, ports open", probed(), [Sighting(seen(), Findings({80: True}))], Stage.REACHABLE, ""),
    (
        "several containers: as good as the worst",
        probed(HEALTHY),
        [Sighting(seen(), GOOD), Sighting(seen(ContainerState.EXITED, exit_code=1))],
        Stage.FAILED,
        "it ended with an error",
    ),
]


@pytest.mark.parametrize(("of", "sightings", "stage", "reason"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_table(of: Service, sightings: list[Sighting], stage: Stage, reason: str) -> None:
    verdict = assess(of, sightings)
    assert (verdict.stage, verdict.reason) == (stage, reason)


def readiness_of(*services: Service) -> Readiness:
    return Readiness(project(*services), LogBook())


def test_a_service_whose_engine_is_down_is_limited() -> None:
    link = service("link", uses=["speech"])
    readiness = readiness_of(link, service("speech"))
    there = Observed(
        (
            container("link", detail=Detail(started_at=EPOCH)),
            container("speech", state=ContainerState.EXITED, detail=Detail(1, started_at=EPOCH, finished_at=EPOCH)),
        )
    )
    states = {state.name: state for state in readiness.states(there)}
    assert (states["link"].stage, states["link"].reason) == (
        Stage.LIMITED,
        "Speech failed: it ended with an error",
    )
    assert states["link"].accessible_name == "Link: limited"
    assert states["speech"].light is Light.FAILED


def test_unknown_while_the_engine_does_not_answer() -> None:
    states = readiness_of(service("a"), service("b")).states(None, "Docker does not answer")
    assert {state.stage for state in states} == {Stage.UNKNOWN}
    assert {state.light for state in states} == {Light.UNKNOWN}


def test_a_stop_is_told_from_a_kill_by_the_events() -> None:
    readiness = readiness_of(service("a"))
    ended = container("a", state=ContainerState.EXITED, detail=Detail(exit_code=137, finished_at=EPOCH))

    def stage_after(*events: tuple[str, dict[str, str]]) -> Stage:
        for action, attributes in events:
            readiness.note(Event("container", action, ended.id, 1, attributes))
        return readiness.states(Observed((ended,)))[0].stage

    assert stage_after(("start", {}), ("kill", {"signal": "9"})) is Stage.FAILED
    assert stage_after(("start", {}), ("kill", {"signal": "15"}), ("kill", {"signal": "9"})) is Stage.STOPPED


def test_since_is_kept_while_the_stage_stays() -> None:
    readiness = readiness_of(service("a"))
    running = Observed((container("a", detail=Detail(started_at=EPOCH)),))
    first = readiness.states(running)[0]
    assert readiness.states(running)[0].since == first.since


def test_pages_and_evidence() -> None:
    of = replace(service("a"), presentation=Presentation("A", pages=(Page("Open", 80, "/ui"),)))
    readiness = readiness_of(of)
    readiness.logs.append("a", [(1, "boom")])
    up = Observed((seen(),))
    assert readiness.states(up)[0].pages[0].url == "http://localhost:8080/ui"
    down = Observed((container("a", state=ContainerState.EXITED, detail=Detail(exit_code=1)),))
    state = readiness.states(down)[0]
    assert state.pages == ()
    assert state.evidence == ("boom",)


def test_callers_first() -> None:
    p = project(
        service("engine"), service("link", uses=["text", "engine"]), service("text"), service("ui", needs=["engine"])
    )
    assert callers_first(p) == ("link", "text", "engine", "ui")
    circle = project(service("a", uses=["b"]), service("b", uses=["a"]))
    assert callers_first(circle) == ("a", "b")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("unix:///var/run/docker.sock", "127.0.0.1"),
        ("tcp://192.0.2.7:2376", "192.0.2.7"),
        ("ssh://me@box", "box"),
        ("npipe:////./pipe/docker_engine", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_where_published_ports_are_reached(address: str, host: str) -> None:
    assert engine_host(address) == host
