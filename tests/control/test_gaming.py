"""Gaming mode on a scripted engine, with an API on loopback: what is taken away, remembered and brought back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from harmony_desktop.control.controller import Controller
from harmony_desktop.control.gaming import BroughtBack, GamingRecord, Way, find_holders, freed
from harmony_desktop.control.gaming_words import came_back, deeds, measured, news_of_bringing_back
from harmony_desktop.control.machine import MachineScout
from harmony_desktop.control.meters import GpuSample, MachineSample
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.ports import Engine, EngineError, EngineStatus
from harmony_desktop.control.state import OperationKind, Stage
from harmony_desktop.plan.observed import ContainerState, Image, PublishedPort
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Gaming, GpuRequest, Presentation, Probe, Project
from tests.control.scripted import ScriptedClock, ScriptedEngine, ScriptedMeters, scripted_tools, until
from tests.control.test_controller import Memory as NoProof
from tests.control.test_controller import ScriptedFolder, ScriptedHost, pick
from tests.plan.builders import container, project, service

CARD = (GpuRequest("nvidia", -1, capabilities=("gpu",)),)
ASKS = (Probe(5000, "/v1/internal/model/info"),)
GB = 2**30
T = TypeVar("T")


@dataclass
class TextApi:
    """What the text generation service's API does, as far as models go."""

    model: str = "Kaji-7B.gguf"
    told: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()
    status: int = 200
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(x.split(":")[1]) for x in head.splitlines() if x.lower().startswith("content-length")), 0)
        body = json.loads(await reader.readexactly(length)) if length else {}
        path = head.split()[1]
        said: Any = "OK"
        if path.endswith("/info"):
            said = {"model_name": self.model or "None", **self.told}
        else:
            self.calls.append((path.rpartition("/internal/")[2], body))
            if path in self.refuses:
                writer.write(b'HTTP/1.0 500 No\r\n\r\n{"detail": "CUDA out of memory"}')
                writer.close()
                return
            self.model = body.get("model_name", self.model) if path.endswith("/load") else ""
        content = json.dumps(said).encode()
        writer.write(f"HTTP/1.0 {self.status} Yes\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        writer.close()


@dataclass
class Memory:
    """Remembers in memory; every record that was written is kept."""

    record: GamingRecord | None = None
    saved: list[GamingRecord] = field(default_factory=list)
    fault: OSError | None = None

    def load(self, project: Project) -> GamingRecord | None:
        return self.record

    def save(self, project: Project, record: GamingRecord) -> None:
        if self.fault is not None:
            raise self.fault
        self.record = record
        self.saved.append(record)

    def forget(self, project: Project) -> None:
        self.record = None


@dataclass
class Meters:
    """A card whose memory is what the stack holds of it."""

    scene: Scene

    def sample(self, folder: str) -> MachineSample:
        used = GB
        used += 8 * GB if self.scene.api.model else 0
        used += 4 * GB if self.scene.runs("speech") else 0
        card = GpuSample("GPU-1", "RTX", memory_used=used)
        return MachineSample(memory_used=2 * used, gpus=(card,), booted=self.scene.booted)

    def close(self) -> None:
        pass


@dataclass
class Connects:
    """Finds the engine."""

    engine: ScriptedEngine

    async def connect(self) -> Engine:
        return self.engine


class Quiet:
    """Hears all, and keeps the words."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def planned(self, total: int) -> None: ...

    def began(self, step: object) -> None: ...

    def ended(self, step: object, error: HarmonyError | None) -> None: ...

    def pulling(self, progress: object) -> None: ...

    def warn(self, text: str) -> None:
        self.words.append(text)

    def note(self, text: str) -> None:
        self.words.append(text)


class Scene:
    """A stack of three: one that computes with a model, one that computes and cannot unload, one that uses them."""

    def __init__(self, api: TextApi, *, card: bool = True) -> None:
        self.api = api
        gpus = CARD if card else ()
        text, speech, ui = (
            service("text", gpus=gpus),
            service("speech", gpus=gpus, stop_grace_period=7.0),
            service("ui", needs=["speech"], uses=["text"]),
        )
        self.project = project(
            replace(text, presentation=Presentation("Text", probes=ASKS, gaming=Gaming.UNLOAD)),
            replace(speech, presentation=Presentation("Speech", gaming=Gaming.STOP)),
            ui,
        )
        port = (PublishedPort(5000, "127.0.0.1", api.port),)
        made = [container("text", ports=port), container("speech"), container("ui")]
        self.engine = ScriptedEngine(
            images_here={s.image: Image(f"id-{s.name}") for s in self.project.services.values() if s.image},
            containers={c.name: c for c in made},
        )
        self.booted = 1.0
        self.memory, self.clock, self.reporter = Memory(), ScriptedClock(), Quiet()
        tools = replace(scripted_tools(self.clock), gaming=self.memory, meters=lambda: Meters(self))
        self.operations = Operations(self.engine, self.project, self.reporter, tools)

    def runs(self, name: str) -> bool:
        found = self.engine.containers.get(f"p-{name}-1")
        return found is not None and found.state is ContainerState.RUNNING

    async def free(self) -> GamingRecord | None:
        return await self.timed(self.operations.free())

    async def bring_back(self) -> BroughtBack:
        return await self.timed(self.operations.bring_back())

    async def timed(self, work: Coroutine[Any, Any, T]) -> T:
        doing = asyncio.create_task(work)
        await until(doing.done, self.clock)
        return doing.result()

    def is_on(self) -> bool:
        return self.memory.record is not None

    @property
    def acts(self) -> list[str]:
        return [call for call in self.engine.calls if call.split()[0] in {"stop", "start", "create", "remove"}]


@pytest.fixture
async def api() -> AsyncIterator[TextApi]:
    made = TextApi()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


async def test_the_card_is_freed_and_everything_comes_back_as_it_was(api: TextApi) -> None:
    api.told = {"loader": "llama.cpp", "ctx_size": 4096, "lora_names": ["pirate"]}
    scene = Scene(api)
    record = await scene.free()
    assert record is not None
    assert scene.acts == ["stop p-speech-1 7"], "it gets its grace period; the text service and the page go on"
    assert api.model == ""
    assert record.whole
    assert freed(record) == 12 * GB
    titles = {name: each.title for name, each in scene.project.services.items()}
    assert deeds(record, titles) == "Speech is stopped. Kaji-7B.gguf is unloaded from Text."
    assert measured(record) == "RTX: 13.0 GB in use before, 1.0 GB now."

    back = await scene.bring_back()
    assert scene.acts[1:] == ["start p-speech-1"]
    assert api.calls[1:] == [
        ("model/load", {"model_name": "Kaji-7B.gguf", "args": {"loader": "llama.cpp", "ctx_size": 4096}}),
        ("lora/load", {"lora_names": ["pirate"]}),
    ]
    assert back == BroughtBack(True, ("speech",), ("Kaji-7B.gguf",))
    assert came_back(back, titles) == "Speech is started. Kaji-7B.gguf is loaded."
    assert scene.memory.record is None
    assert not (await scene.bring_back()).was_on


async def test_it_is_written_down_before_anything_is_done(api: TextApi) -> None:
    scene = Scene(api)
    gate = scene.engine.gates["stop p-speech-1 7"] = asyncio.Event()
    doing = asyncio.create_task(scene.operations.free())
    await until(scene.engine.entered["stop p-speech-1 7"].is_set, scene.clock)
    doing.cancel()
    await asyncio.wait([doing])
    gate.set()
    (planned,) = scene.memory.saved
    assert not planned.whole
    assert [each.service for each in planned.stopped] == ["speech"]
    assert [each.model for each in planned.unloaded] == ["Kaji-7B.gguf"]
    back = await scene.bring_back()
    assert (back.started, back.loaded) == ((), ("Kaji-7B.gguf",)), "what was not stopped is not started"

    scene.memory.fault = OSError(28, "No space left on device", "/stack/gaming.json")
    with pytest.raises(HarmonyError, match="cannot be written down"):
        await scene.free()
    assert scene.runs("speech")
    assert api.model, "nothing is taken away that could not be brought back"


@pytest.mark.parametrize("how", ["locked", "refuses", "not published"])
async def test_a_text_service_that_cannot_unload_is_stopped(api: TextApi, how: str) -> None:
    scene = Scene(api)
    if how == "locked":
        api.status = 401
    elif how == "refuses":
        api.refuses = frozenset({"/v1/internal/model/unload"})
    else:
        name = "p-text-1"
        scene.engine.containers[name] = replace(scene.engine.containers[name], ports=())
    record = await scene.free()
    assert record is not None
    assert set(record.stopped_services) == {"text", "speech"}
    assert not scene.runs("text")
    if how == "refuses":
        assert [each.model for each in record.unloaded] == ["Kaji-7B.gguf"], "known all the same"
    assert set((await scene.bring_back()).started) == {"text", "speech"}


async def test_what_somebody_decided_meanwhile_is_left_alone(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    await scene.operations.start(["speech"])
    api.model = "Other-13B.gguf"
    back = await scene.bring_back()
    assert (back.started, back.loaded) == ((), ())
    assert back.left == ("Text has Other-13B.gguf loaded by now, which stays.",)
    assert api.model == "Other-13B.gguf"

    await scene.free()
    del scene.engine.containers["p-speech-1"]
    await scene.operations.stop(["text"])
    back = await scene.bring_back()
    assert back.left == (
        "Speech has been removed meanwhile; “Start” makes it again.",
        "Text does not run any more; Other-13B.gguf was left.",
    )
    assert news_of_bringing_back(back, {}).title == "Gaming mode is off"
    assert scene.memory.record is None
    assert not scene.runs("text")


async def test_what_ended_with_the_computer_comes_back_too(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    await scene.operations.stop()
    back = await scene.bring_back()
    assert back.started == ("speech",), "somebody has stopped the others"

    await scene.operations.start()
    api.model = "Kaji-7B.gguf"
    await scene.free()
    await scene.operations.stop()
    scene.booted = datetime.now(UTC).timestamp() + 1
    back = await scene.bring_back()
    assert set(back.started) == {"speech", "text", "ui"}
    assert back.loaded == ("Kaji-7B.gguf",)


async def test_a_container_made_anew_is_the_one_that_is_brought_back(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    stopped = scene.engine.containers["p-speech-1"]
    scene.engine.containers["p-speech-1"] = replace(stopped, id="another")
    assert (await scene.bring_back()).started == ("speech",)


async def test_a_model_that_does_not_fit_beside_the_game_can_be_tried_again(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    api.refuses = frozenset({"/v1/internal/model/load"})
    with pytest.raises(HarmonyError, match=r"Kaji-7B\.gguf could not be loaded again") as failed:
        await scene.bring_back()
    assert failed.value.cause == "CUDA out of memory"
    assert scene.runs("speech"), "the rest is back"
    assert scene.memory.record is not None
    api.refuses = frozenset()
    assert (await scene.bring_back()).loaded == ("Kaji-7B.gguf",)


async def test_start_ends_it(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    await scene.timed(scene.operations.up(UpOptions(("ui",))))
    assert scene.is_on(), "a single service leaves it on"
    await scene.free()
    await scene.timed(scene.operations.up(UpOptions()))
    assert scene.runs("speech")
    assert api.model == "Kaji-7B.gguf"
    assert not scene.is_on()

    await scene.free()
    api.refuses = frozenset({"/v1/internal/model/load"})
    await scene.timed(scene.operations.up(UpOptions()))
    assert any("could not be loaded again" in words for words in scene.reporter.words)
    assert not scene.is_on()
    api.refuses = frozenset()
    api.model = "Kaji-7B.gguf"
    await scene.free()
    await scene.timed(scene.operations.down())
    assert not scene.is_on()


async def test_starting_what_is_there_ends_it_too(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    await scene.timed(scene.operations.start(("ui",)))
    assert scene.is_on(), "a single service leaves it on"
    await scene.timed(scene.operations.stop())
    await scene.timed(scene.operations.start())
    assert scene.runs("speech")
    assert not scene.is_on()


async def test_turned_on_twice_it_takes_what_has_come_back(api: TextApi) -> None:
    scene = Scene(api)
    await scene.free()
    api.model = "Other-13B.gguf"
    record = await scene.free()
    assert record is not None
    assert [each.model for each in record.unloaded] == ["Other-13B.gguf"]
    assert record.stopped_services == ("speech",)


async def test_nothing_to_free_is_said_and_turns_nothing_on(api: TextApi) -> None:
    scene = Scene(api)
    api.model = ""
    await scene.operations.stop(["speech"])
    assert await scene.free() is None
    assert scene.memory.record is None


async def test_a_container_that_will_not_stop_is_told_and_the_rest_can_come_back(api: TextApi) -> None:
    scene = Scene(api)
    scene.engine.faults["stop p-speech-1 7"] = EngineError("It will not stop", status=500)
    with pytest.raises(HarmonyError, match="will not stop"):
        await scene.free()
    assert scene.memory.record is not None
    assert not scene.memory.record.whole
    assert (await scene.bring_back()).loaded == ("Kaji-7B.gguf",)


async def test_without_a_card_memory_is_freed(api: TextApi) -> None:
    record = await Scene(api, card=False).free()
    assert record is not None
    assert not record.card
    assert measured(record) == "Memory in use: 26.0 GB before, 2.0 GB now."


@pytest.mark.parametrize(
    "spec",
    [{"runtime": "nvidia"}, {"devices": [{"source": "/dev/nvidia0"}]}, {"devices": [{"source": "nvidia.com/gpu=all"}]}],
    ids=["runtime", "device", "by the container interface"],
)
def test_a_card_can_be_given_in_other_ways(spec: dict[str, Any]) -> None:
    given = project(replace(service("a"), spec=spec), service("b"))
    assert find_holders(given).ways == {"a": Way.STOP}


def test_who_holds_the_card() -> None:
    plain = project(service("a", gpus=CARD), service("b"), service("c", gpus=CARD))
    assert find_holders(plain).ways == {"a": Way.STOP, "c": Way.STOP}
    kept = replace(plain.services["c"], presentation=Presentation("C", gaming=Gaming.KEEP))
    said = replace(plain.services["b"], presentation=Presentation("B", gaming=Gaming.STOP))
    model = replace(plain.services["a"], presentation=Presentation("A", probes=ASKS))
    mixed = project(model, said, kept)
    assert find_holders(mixed).ways == {"a": Way.UNLOAD}, "who has no card cannot give it back"
    bare = project(replace(model, gpus=()), said, replace(kept, gpus=()))
    assert find_holders(bare).ways == {"a": Way.UNLOAD, "b": Way.STOP}
    assert not find_holders(bare).card


async def test_the_window_frees_cancels_and_brings_back(api: TextApi) -> None:
    scene = Scene(api)
    controller = Controller(
        connector=Connects(scene.engine),
        folder=ScriptedFolder(scene.project),
        scout=MachineScout(ScriptedHost(), pick, NoProof()),
        meters=ScriptedMeters(),
        tools=scene.operations.tools,
    )
    store = controller.store
    await controller.open()
    try:
        await until(lambda: store.value.engine.status is EngineStatus.READY and store.value.services, scene.clock)
        gate = scene.engine.gates["stop p-speech-1 7"] = asyncio.Event()
        controller.free_for_game()
        await until(scene.engine.entered["stop p-speech-1 7"].is_set, scene.clock)
        operation = store.value.operation
        assert operation is not None
        assert (operation.kind, operation.text) == (OperationKind.FREE, "Stopping Speech")
        controller.cancel()
        await until(lambda: store.value.operation is None, scene.clock)
        half = store.value
        assert half.gaming is not None
        assert not half.gaming.whole
        assert half.problem is None

        gate.set()
        controller.free_for_game()
        await until(lambda: store.value.gaming and store.value.gaming.whole and not store.value.operation, scene.clock)
        speech = store.value.service("speech")
        assert speech is not None
        assert (speech.stage, speech.reason) == (Stage.STOPPED, "for gaming mode")

        controller.bring_back()
        await until(lambda: store.value.gaming_news, scene.clock)
        await until(lambda: store.value.operation is None, scene.clock)
        back = store.value
        assert back.gaming is None
        assert back.gaming_news is not None
        assert back.gaming_news.title == "Everything is back"
        assert api.model == "Kaji-7B.gguf"
        controller.dismiss_gaming()

        controller.free_for_game()
        await until(lambda: store.value.gaming and not store.value.operation, scene.clock)
        controller.forget_gaming()
        await until(lambda: store.value.gaming is None, scene.clock)
        assert not scene.runs("speech")
    finally:
        await controller.close()
