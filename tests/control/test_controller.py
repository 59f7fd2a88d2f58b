"""The controller on a scripted engine: what shows in the store after a gesture, a fault, a loss of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from harmony_desktop.control.controller import Controller
from harmony_desktop.control.machine import MachineScout
from harmony_desktop.control.ports import (
    Engine,
    EngineStatus,
    EngineUnavailableError,
    Gpu,
    GpuAbility,
    GpuProof,
    GpuReport,
    LogChunk,
    MachineReport,
    Usage,
)
from harmony_desktop.control.state import HardwareState, OperationKind, StackPhase, Stage
from harmony_desktop.plan.observed import ContainerState, Image
from harmony_desktop.stack.errors import ComposeError, HarmonyError, Location
from harmony_desktop.stack.project import Project
from tests.control.scripted import ScriptedClock, ScriptedEngine, ScriptedMeters, scripted_tools, until
from tests.plan.builders import project, service

CARD = Gpu(0, "NVIDIA GeForce RTX 4090", "GPU-1", 24 * 1024**3, "8.9")


@dataclass
class ScriptedFolder:
    project: Project | None = None
    error: HarmonyError | None = None
    active: str = "cpu"
    wish: str = "auto"
    prepared: list[tuple[str, str, str]] = field(default_factory=list)

    def location(self) -> str:
        return "/stack" if self.project or self.error else ""

    def load(self) -> Project:
        if self.error:
            raise self.error
        assert self.project is not None
        return self.project

    def profile(self) -> str:
        return self.active if self.project else ""

    def wanted(self) -> str:
        return self.wish

    def prepare(self, folder: str, wanted: str, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        if self.error:
            raise self.error
        self.prepared.append((folder, wanted, profile))
        self.project, self.active = project(service("a")), profile
        return ("a warning",)

    def choose(self, wanted: str, profile: str) -> None:
        self.wish, self.active = wanted, profile


@dataclass
class ScriptedHost:
    cards: tuple[Gpu, ...] = ()

    def gpus(self) -> GpuReport:
        return GpuReport(self.cards, "580.65" if self.cards else "")

    def machine(self, folder: str) -> MachineReport:
        return MachineReport("Linux", 8, 16 * 1024**3, 8 * 1024**3)


class Memory:
    def recall(self, engine_id: str, driver: str) -> GpuProof | None:
        return None

    def remember(self, engine_id: str, driver: str, proof: GpuProof) -> None:
        pass


def pick(gpus: GpuReport, proof: GpuProof | None, wanted: str, machine: MachineReport) -> HardwareState:
    able = bool(gpus.gpus) and proof is not None and proof.ability is GpuAbility.YES
    profile = wanted if wanted != "auto" else "nvidia" if able else "cpu"
    return HardwareState(profile, wanted == "auto", ("because",), gpus=gpus.gpus)


@dataclass
class Desk:
    """A controller with everything around it."""

    engine: ScriptedEngine
    folder: ScriptedFolder
    host: ScriptedHost = field(default_factory=ScriptedHost)
    clock: ScriptedClock = field(default_factory=ScriptedClock)
    error: EngineUnavailableError | None = None
    connects: int = 0

    def __post_init__(self) -> None:
        scout = MachineScout(self.host, pick, Memory())
        self.meters = ScriptedMeters()
        self.controller = Controller(
            connector=self,
            folder=self.folder,
            scout=scout,
            meters=self.meters,
            tools=scripted_tools(self.clock),
        )

    async def connect(self) -> Engine:
        self.connects += 1
        if self.error:
            raise self.error
        return self.engine

    def stage(self, name: str) -> Stage | None:
        found = self.controller.store.value.service(name)
        return found.stage if found else None

    async def settle(self) -> None:
        await until(lambda: self.controller.store.value.operation is None, self.clock)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    p = project(service("ui", needs=["api"]), service("api"))
    engine = ScriptedEngine(images_here={s.image: Image(f"id-{s.name}") for s in p.services.values() if s.image})
    made = Desk(engine, ScriptedFolder(p))
    yield made
    await made.controller.close()


async def opened(desk: Desk) -> Desk:
    await desk.controller.open()
    await until(lambda: desk.controller.store.value.engine.status is EngineStatus.READY)
    await until(lambda: desk.controller.store.value.hardware.profile)
    return desk


async def test_shows_the_services_before_the_engine_is_found(desk: Desk) -> None:
    desk.error = EngineUnavailableError("No engine", state=EngineStatus.ABSENT)
    await desk.controller.open()
    state = desk.controller.store.value
    assert state.phase is StackPhase.LOADED
    assert [s.name for s in state.services] == ["ui", "api"]
    assert {s.stage for s in state.services} == {Stage.UNKNOWN}


async def test_start_and_stop(desk: Desk) -> None:
    await opened(desk)
    assert desk.stage("ui") is Stage.ABSENT
    desk.controller.start()
    await until(lambda: desk.stage("ui") is Stage.REACHABLE, desk.clock)
    await desk.settle()
    desk.controller.stop()
    await until(lambda: desk.stage("ui") is Stage.STOPPED, desk.clock)
    assert desk.controller.store.value.problem is None


async def test_a_failure_shows_as_the_problem_and_can_be_dismissed(desk: Desk) -> None:
    await opened(desk)
    desk.engine.faults["start p-api-1"] = EngineUnavailableError("It broke", cause="why", advice="what to do")
    desk.controller.start()
    await until(lambda: desk.controller.store.value.problem, desk.clock)
    problem = desk.controller.store.value.problem
    assert problem is not None
    assert (problem.title, problem.cause, problem.advice, problem.service) == ("It broke", "why", "what to do", "api")
    desk.controller.dismiss_problem()
    assert desk.controller.store.value.problem is None


async def test_progress_and_cancel(desk: Desk) -> None:
    await opened(desk)
    desk.engine.gates["start p-api-1"] = asyncio.Event()
    desk.controller.start()
    await desk.engine.entered["start p-api-1"].wait()
    operation = desk.controller.store.value.operation
    assert operation is not None
    assert (operation.kind, operation.text) == (OperationKind.UP, "Starting Api")
    assert 0 < operation.done < operation.total
    desk.controller.cancel()
    await desk.settle()
    assert "start p-ui-1" not in desk.engine.calls
    assert desk.controller.store.value.problem is None, "what the user asked for is no problem"


async def test_stop_ends_a_start_that_goes_on(desk: Desk) -> None:
    await opened(desk)
    desk.engine.gates["start p-api-1"] = asyncio.Event()
    desk.controller.start()
    await desk.engine.entered["start p-api-1"].wait()
    desk.controller.stop()
    await desk.settle()
    assert all(c.state is ContainerState.CREATED for c in desk.engine.containers.values())


async def test_no_light_stays_green_while_the_engine_is_gone(desk: Desk) -> None:
    await opened(desk)
    desk.controller.start()
    await until(lambda: desk.stage("ui") is Stage.REACHABLE, desk.clock)
    await desk.settle()
    desk.error = EngineUnavailableError("Stopped", state=EngineStatus.STOPPED)
    desk.engine.lose()
    await until(lambda: desk.stage("ui") is Stage.UNKNOWN)
    assert desk.engine.closed
    await until(lambda: desk.controller.store.value.engine.status is EngineStatus.STOPPED, desk.clock)
    desk.error, desk.engine.gone, desk.engine.closed = None, False, False
    desk.controller.retry_engine()
    await until(lambda: desk.stage("ui") is Stage.REACHABLE, desk.clock)


async def test_looks_for_the_engine_with_back_off(desk: Desk) -> None:
    desk.error = EngineUnavailableError("Stopped", state=EngineStatus.STOPPED)
    await desk.controller.open()
    await until(lambda: desk.connects == 1 and len(desk.clock.sleepers) == 2)
    for seconds, expected in ((0.4, 1), (0.2, 2), (0.9, 2), (0.2, 3)):
        desk.clock.advance(seconds)
        for _ in range(20):
            await asyncio.sleep(0)
        assert desk.connects == expected


async def test_a_container_killed_from_outside_turns_its_light(desk: Desk) -> None:
    await opened(desk)
    desk.controller.start()
    await until(lambda: desk.stage("api") is Stage.REACHABLE, desk.clock)
    await desk.settle()
    desk.engine.emit(desk.engine.containers["p-api-1"], "kill", signal="9")
    desk.engine.change("p-api-1", ContainerState.EXITED, exit_code=137)
    await until(lambda: desk.stage("api") is Stage.FAILED, desk.clock)
    assert desk.stage("ui") is Stage.LIMITED


async def test_reading_the_files_again_forgets_nothing_of_what_was_seen(desk: Desk) -> None:
    await opened(desk)
    desk.controller.start()
    await until(lambda: desk.stage("api") is Stage.REACHABLE, desk.clock)
    await desk.settle()
    desk.engine.emit(desk.engine.containers["p-ui-1"], "kill", signal="9")
    desk.engine.change("p-ui-1", ContainerState.EXITED, exit_code=137)
    await until(lambda: desk.stage("ui") is Stage.FAILED, desk.clock)
    before = desk.controller.store.value.service("api")
    desk.controller.start(("api",))  # reads the files again
    await until(lambda: desk.controller.store.value.operation is not None, desk.clock)
    await desk.settle()
    assert desk.stage("ui") is Stage.FAILED, "it is still known that nobody asked for its end"
    assert desk.controller.store.value.service("api") == before


async def test_start_without_an_engine_says_so(desk: Desk) -> None:
    desk.error = EngineUnavailableError(
        "x", cause="The daemon is down.", advice="Start it.", state=EngineStatus.STOPPED
    )
    await desk.controller.open()
    await until(lambda: desk.controller.store.value.engine.status is EngineStatus.STOPPED)
    desk.controller.start()
    await until(lambda: desk.controller.store.value.problem)
    problem = desk.controller.store.value.problem
    assert problem is not None
    assert (problem.title, problem.cause) == ("Docker does not answer", "The daemon is down.")


async def test_wrong_files_are_told_with_their_place(desk: Desk) -> None:
    desk.folder.error = ComposeError("unknown key", cause="ports", location=Location("f.yml", 3, 5))
    await desk.controller.open()
    state = desk.controller.store.value
    assert state.phase is StackPhase.BROKEN
    assert state.problem is not None
    assert "f.yml:3:5" in state.problem.cause


async def test_no_folder_then_prepared() -> None:
    desk = Desk(ScriptedEngine(), ScriptedFolder())
    await desk.controller.open()
    assert desk.controller.store.value.phase is StackPhase.NO_FOLDER
    desk.controller.prepare_folder("/new", "auto")
    await until(lambda: desk.controller.store.value.phase is StackPhase.LOADED, desk.clock)
    await desk.settle()
    assert desk.folder.prepared == [("/new", "auto", "cpu")]
    assert "a warning" in desk.controller.store.value.warnings
    await desk.controller.close()


async def test_logs_are_followed_into_the_book_and_resumed_without_doubles(desk: Desk) -> None:
    await opened(desk)
    desk.controller.start()
    await desk.settle()
    await until(lambda: desk.engine.log_streams["id-p-api-1"], desk.clock)
    stream = desk.engine.log_streams["id-p-api-1"][0]
    stream.items.put_nowait(LogChunk("id-p-api-1", ((10, "one"), (20, "two"), (20, "three"))))
    stream.items.put_nowait(None)
    await until(lambda: len(desk.engine.log_streams["id-p-api-1"]) == 2, desk.clock)
    resumed = desk.engine.log_streams["id-p-api-1"][1]
    resumed.items.put_nowait(LogChunk("id-p-api-1", ((20, "two"), (20, "three"), (20, "four"), (30, "five"))))
    await until(lambda: desk.controller.logs.next_seq >= 5, desk.clock)
    assert [line.text for line in desk.controller.logs.since(0)] == ["one", "two", "three", "four", "five"]
    assert desk.engine.log_requests[-1][1:] == (20, None)


async def test_usage_only_while_watched(desk: Desk) -> None:
    await opened(desk)
    desk.controller.start()
    await desk.settle()
    desk.engine.usages["api"] = Usage(12.5, 1000)
    assert "usage" not in desk.engine.calls
    desk.controller.watch_usage(watched=True)
    await until(lambda: "api" in desk.controller.usage.value, desk.clock)
    desk.controller.set_visible(visible=False)
    calls = desk.engine.calls.count("usage")
    for _ in range(50):
        desk.clock.advance(1)
        await asyncio.sleep(0)
    assert desk.engine.calls.count("usage") == calls


async def test_a_better_profile_is_taken_while_nothing_runs(desk: Desk) -> None:
    desk.host.cards = (CARD,)
    desk.engine.proof = GpuProof(GpuAbility.YES)
    await opened(desk)
    await until(lambda: desk.folder.active == "nvidia")
    await until(lambda: desk.controller.store.value.hardware.profile == "nvidia")


async def test_a_lost_card_never_downgrades_in_silence(desk: Desk) -> None:
    desk.folder.active = "nvidia"
    await opened(desk)
    hardware = desk.controller.store.value.hardware
    assert hardware.profile == desk.folder.active == "nvidia"
    assert "set up for an NVIDIA graphics card" in hardware.reasons[0]


async def test_an_unchanged_look_tells_nobody(desk: Desk) -> None:
    await opened(desk)
    desk.controller.start()
    await until(lambda: desk.stage("ui") is Stage.REACHABLE, desk.clock)
    await desk.settle()
    for _ in range(50):
        await asyncio.sleep(0)
    changes: list[object] = []
    desk.controller.store.subscribe(changes.append)
    desk.engine.emit(desk.engine.containers["p-api-1"], "top")
    looks = desk.engine.calls.count("observe")
    await until(lambda: desk.engine.calls.count("observe") > looks, desk.clock)
    for _ in range(50):
        await asyncio.sleep(0)
    assert not changes
