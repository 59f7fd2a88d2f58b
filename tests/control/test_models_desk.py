"""The desk for models: what is asked for happens beside everything else, one at a time, and says what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harmony_desktop.control.model_memory import Fit, MemoryThere, fit, need, recommended
from harmony_desktop.control.models import (
    Configured,
    HubChoice,
    HubError,
    HubFile,
    LocalModel,
    ModelsPlace,
    ModelTools,
    Phase,
    Progress,
    Removed,
    Repository,
    Shelf,
    same_model,
)
from harmony_desktop.control.models_desk import UNDO_TIME, ModelsDesk, Surroundings
from harmony_desktop.control.models_state import ModelsState, Work
from harmony_desktop.control.state import Problem
from harmony_desktop.control.stopping import Stop
from harmony_desktop.control.text_api import Answering
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project
from tests.control.scripted import ScriptedClock, until

_COMPOSE = """
services:
  text:
    image: a
    volumes: ["./models:/app/models", "./CMD_FLAGS.txt:/app/CMD_FLAGS.txt"]
"""


@dataclass
class Library:
    """A folder in memory."""

    models: dict[str, int] = field(default_factory=dict)
    configured_now: Configured = field(default_factory=Configured)
    calls: list[str] = field(default_factory=list)
    fault: HarmonyError | None = None

    def look(self, place: ModelsPlace) -> Shelf:
        return Shelf(tuple(LocalModel(name, size) for name, size in self.models.items()), self.configured_now, 1000)

    def configured(self, place: ModelsPlace) -> Configured:
        return self.configured_now

    def key(self, place: ModelsPlace) -> str:
        return "k3y"

    def configure(self, place: ModelsPlace, model: str, context: int) -> None:
        if self.fault is not None:
            raise self.fault
        self.configured_now = Configured(model, context)

    def import_file(self, place: ModelsPlace, source: Path, *, link: bool, progress: Progress, stop: Stop) -> str:
        progress(Phase.COPYING, 10, 10)
        self.models[source.name] = 10
        return source.name

    def remove(self, place: ModelsPlace, name: str) -> Removed:
        self.models.pop(name)
        return Removed(name)

    def restore(self, place: ModelsPlace, removed: Removed) -> None:
        self.models[removed.name] = 1

    def clear_unfinished(self, place: ModelsPlace) -> None:
        self.calls.append("clear")

    def purge(self, removed: Removed) -> None:
        self.calls.append(f"purge {removed.name}")


@dataclass
class Hub:
    """A hub in memory; a download waits until it is stopped or let go."""

    go_on: threading.Event = field(default_factory=threading.Event)
    token: str = ""
    gated: bool = False

    def repository(self, address: str, stop: Stop) -> Repository:
        if self.gated and not self.token:
            raise HubError("This model asks who takes it", wants_token=True, page="https://hub/page")
        return Repository(address, choices=(HubChoice("m.gguf", "Q4_K_M", (HubFile("m.gguf", 100),)),))

    def download(
        self, place: ModelsPlace, repository: Repository, choice: HubChoice, *, progress: Progress, stop: Stop
    ) -> str:
        progress(Phase.DOWNLOADING, 50, 100)
        while not self.go_on.is_set():
            stop.wait(0.01)
        return choice.name

    def has_token(self) -> bool:
        return bool(self.token)

    def keep_token(self, token: str) -> None:
        self.token = token


@dataclass
class Api:
    """The service's API on a real socket."""

    model: str = "None"
    status: int = 200
    fails: bool = False
    hold: asyncio.Event | None = None
    port: int = 0
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line.split(":")[1]) for line in head.splitlines() if line.startswith("Content-Length")), 0)
        body: dict[str, Any] = json.loads(await reader.readexactly(length)) if length else {}
        method, path, _ = head.split(" ", 2)
        self.asked.append((method, path, body))
        self.keys |= {line.split(": ", 1)[1] for line in head.splitlines() if line.startswith("Authorization")}
        answer: Any = "OK"
        if path.endswith("/load") and self.status == 200:
            if self.hold is not None:
                await self.hold.wait()
            if not self.fails:
                self.model = body["model_name"]
        elif path.endswith("/unload") and self.status == 200:
            self.model = "None"
        elif path.endswith("/info"):
            answer = {"model_name": self.model}
        sent = json.dumps(answer).encode()
        with contextlib.suppress(ConnectionError):
            writer.write(f"HTTP/1.0 {self.status} X\r\nContent-Length: {len(sent)}\r\n\r\n".encode() + sent)
            await writer.drain()
            writer.close()
            await writer.wait_closed()


@dataclass
class Bench:
    desk: ModelsDesk
    library: Library
    hub: Hub
    api: Api
    clock: ScriptedClock
    runs: list[bool]
    lines: list[str]

    @property
    def state(self) -> ModelsState:
        return self.desk.store.value

    @property
    def problem(self) -> Problem:
        assert self.state.problem is not None
        return self.state.problem

    async def idle(self, condition: Callable[[], object] = lambda: True) -> None:
        await until(lambda: self.state.going_on is None and condition())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "compose.yaml").write_text(_COMPOSE)
    return load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)


@pytest_asyncio.fixture
async def bench(project: Project) -> AsyncIterator[Bench]:
    api, library, hub, clock, runs, lines = Api(), Library(), Hub(), ScriptedClock(), [True], ["ready"]
    server = await asyncio.start_server(api.answer, "127.0.0.1", 0)
    api.port = server.sockets[0].getsockname()[1]
    tasks: set[asyncio.Task[None]] = set()

    def spawn(work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    around = Surroundings(
        load=lambda: project,
        memory=lambda _: MemoryThere(0, 16 * 2**30),
        where=lambda service, port: ("127.0.0.1", api.port) if runs[0] and (service, port) == ("text", 5000) else None,
        lines=lambda *_: tuple(lines),
        mask=lambda text: text.replace("s3cret", "<masked>"),
    )
    desk = ModelsDesk(lambda: ModelTools(library, hub, lambda: ()), around, clock, spawn)
    yield Bench(desk, library, hub, api, clock, runs, lines)
    hub.go_on.set()
    for task in tuple(tasks):
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    await desk.close()
    server.close()
    await server.wait_closed()


async def looked(bench: Bench) -> Bench:
    bench.desk.look()
    await until(lambda: bench.state.looked)
    return bench


async def test_what_is_there_and_what_is_loaded_is_shown(bench: Bench) -> None:
    bench.library.models["a.gguf"] = 5
    bench.api.model = "a.gguf"
    await looked(bench)
    assert [model.name for model in bench.state.models] == ["a.gguf"]
    assert (bench.state.loaded.answering, bench.state.loaded.name) == (Answering.READY, "a.gguf")
    assert bench.api.keys == {"Bearer k3y"}
    bench.runs[0] = False
    bench.desk.look()
    await until(lambda: bench.state.loaded.answering is Answering.OFF)


async def test_using_a_model_writes_and_loads_it(bench: Bench) -> None:
    bench.desk.use("a.gguf", 4096)
    await bench.idle(lambda: bench.state.said)
    assert bench.state.configured == Configured("a.gguf", 4096)
    assert bench.state.loaded.name == "a.gguf"
    ((_, _, body),) = [each for each in bench.api.asked if each[1].endswith("/load")]
    assert body == {"model_name": "a.gguf", "args": {"ctx_size": 4096, "n_ctx": 4096}}
    bench.desk.unload()
    await bench.idle(lambda: bench.state.loaded.name == "")
    assert bench.state.configured.model == "a.gguf", "what it starts with stays"


async def test_without_the_service_it_is_for_the_next_start(bench: Bench) -> None:
    bench.runs[0] = False
    bench.desk.use("a.gguf", 0)
    await bench.idle(lambda: bench.state.said)
    assert "starts with a.gguf from now on" in bench.state.said
    assert not bench.api.asked


async def test_a_load_that_fails_is_told_with_its_reason(bench: Bench) -> None:
    bench.api.fails = True
    bench.lines[:] = ["loading", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"]
    bench.desk.use("a.gguf", 0)
    await bench.idle(lambda: bench.state.problem)
    assert bench.problem.title == "a.gguf could not be loaded"
    assert "memory" in bench.problem.cause
    bench.desk.dismiss()
    bench.api.status = 401
    bench.desk.use("a.gguf", 0)
    await bench.idle(lambda: bench.state.problem)
    assert "API key" in bench.problem.title
    assert bench.state.loaded.answering is Answering.LOCKED


async def test_nobody_has_to_wait_for_a_load(bench: Bench) -> None:
    bench.api.hold = asyncio.Event()
    bench.desk.use("a.gguf", 0)
    await until(lambda: any(path.endswith("/load") for _, path, _ in bench.api.asked))
    assert bench.state.going_on is not None
    assert bench.state.going_on.work is Work.LOAD
    bench.desk.import_file("/x/b.gguf", link=False)
    assert bench.state.going_on.work is Work.LOAD, "one after the other"
    bench.desk.cancel()
    await bench.idle()
    assert "no longer waits" in bench.state.said
    bench.api.hold.set()


async def test_a_download_shows_how_far_it_is_and_ends_when_cancelled(bench: Bench) -> None:
    bench.desk.look_up("owner/name")
    await bench.idle(lambda: bench.state.repository)
    bench.desk.download("m.gguf")
    await until(lambda: bench.state.going_on is not None and bench.state.going_on.done == 50)
    bench.desk.cancel()
    await bench.idle()
    assert "kept" in bench.state.said
    assert bench.state.repository is not None, "it can be tried again"
    bench.hub.go_on.set()
    bench.library.models["m.gguf"] = 100
    bench.desk.download("m.gguf")
    await bench.idle(lambda: bench.state.models)
    assert "m.gguf is in the models folder" in bench.state.said


async def test_a_token_lets_go_on_what_was_refused(bench: Bench) -> None:
    bench.hub.gated = True
    bench.desk.look_up("owner/closed")
    await bench.idle(lambda: bench.state.problem)
    assert bench.state.wants_token
    assert bench.state.page == "https://hub/page"
    bench.desk.keep_token("hf_x")
    await bench.idle(lambda: bench.state.repository)
    assert bench.state.has_token
    assert bench.state.problem is None
    bench.desk.keep_token("")
    await until(lambda: not bench.state.has_token)


async def test_a_deletion_can_be_taken_back_for_some_seconds(bench: Bench) -> None:
    bench.library.models.update({"a.gguf": 1, "b.gguf": 2})
    await looked(bench)
    bench.desk.remove("a.gguf")
    await until(lambda: bench.state.removed is not None and len(bench.state.models) == 1)
    bench.desk.put_back()
    await until(lambda: bench.state.removed is None and len(bench.state.models) == 2)
    bench.clock.advance(UNDO_TIME + 1)
    bench.desk.remove("b.gguf")
    await until(lambda: bench.state.removed is not None)
    assert bench.library.calls == []
    await until(lambda: bench.library.calls == ["purge b.gguf"], bench.clock)
    await until(lambda: bench.state.removed is None)


async def test_faults_are_masked_and_our_own_do_not_end_the_desk(
    bench: Bench, expected_log: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.library.fault = HarmonyError("It failed", cause="token s3cret")
    bench.desk.use("a.gguf", 0)
    await bench.idle(lambda: bench.state.problem)
    assert bench.state.problem is not None
    assert bench.state.problem.cause == "token <masked>"
    expected_log("a fault of the panel itself")

    def broken(place: ModelsPlace) -> Shelf:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.library, "look", broken)
    bench.desk.look()
    await until(lambda: bench.state.problem is not None and "panel itself" in bench.state.problem.title)


def test_what_fits_where() -> None:
    gb = 2**30
    card, plain = MemoryThere(8 * gb, 32 * gb), MemoryThere(0, 8 * gb)
    assert fit(6 * gb, card) is Fit.CARD
    assert fit(12 * gb, card) is Fit.PARTLY
    assert fit(60 * gb, card) is Fit.NOT
    assert fit(5 * gb, plain) is Fit.PROCESSOR
    assert fit(int(7.5 * gb), plain) is Fit.TIGHT
    assert fit(9 * gb, plain) is Fit.NOT
    assert fit(gb, MemoryThere()) is Fit.UNKNOWN
    assert need(gb, 1000, 2000) > gb + 2_000_000


def test_the_recommendation_suits_the_machine() -> None:
    gb = 2**30

    def choice(kind: str, size: float) -> HubChoice:
        return HubChoice(f"m-{kind}.gguf", kind, (HubFile(f"m-{kind}.gguf", int(size * gb)),))

    kinds = tuple(choice(*each) for each in (("Q2_K", 3), ("Q4_K_M", 5), ("Q5_K_M", 6), ("Q8_0", 9)))

    def best(there: MemoryThere) -> str:
        found = recommended(kinds, there)
        return found.quantisation if found is not None else ""

    assert best(MemoryThere(24 * gb, 64 * gb)) == "Q5_K_M"
    assert best(MemoryThere(0, 64 * gb)) == "Q4_K_M"
    assert best(MemoryThere(6 * gb, 4 * gb)) == "Q2_K"
    assert best(MemoryThere(0, 2 * gb)) == ""
    assert best(MemoryThere()) == "Q4_K_M"


def test_names_mean_the_same_model() -> None:
    assert same_model("A.Q4.gguf", "a.q4")
    assert not same_model("", "")
    assert not same_model("a.gguf", "b.gguf")
