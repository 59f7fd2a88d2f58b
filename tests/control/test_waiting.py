"""``up --wait`` tells of the root of the trouble, and gives what is started a new chance."""

from __future__ import annotations

import pytest

from harmony_desktop.control.ports import LogChunk
from harmony_desktop.control.waiting import NotReadyError, ReadyWaiter, limited
from harmony_desktop.plan.observed import Container, ContainerState, Detail
from harmony_desktop.stack.project import Project
from tests.control.scripted import NOW, ScriptedClock, ScriptedEngine, ScriptedStream
from tests.plan.builders import container, project, service

OOM = "torch.cuda.OutOfMemoryError: CUDA out of memory."


class Talking(ScriptedEngine):
    """An engine whose containers have said something before they ended."""

    def __init__(self, said: dict[str, str], *containers: Container) -> None:
        super().__init__(containers={c.name: c for c in containers})
        self.said = said

    def logs(
        self, container_id: str, *, since_ns: int = 0, tail: int | None = None, follow: bool = True
    ) -> ScriptedStream[LogChunk]:
        stream = super().logs(container_id, since_ns=since_ns, tail=tail, follow=True)
        lines = self.said.get(self._find(container_id).service, "").splitlines()
        stream.items.put_nowait(LogChunk(container_id, tuple((1, line) for line in lines)))
        stream.items.put_nowait(None)
        return stream


def ended(name: str, exit_code: int = 1) -> Container:
    return container(
        name, state=ContainerState.EXITED, detail=Detail(exit_code, started_at=NOW, finished_at=NOW), created_at=NOW
    )


async def failure(of: Project, engine: ScriptedEngine) -> NotReadyError:
    with pytest.raises(NotReadyError) as caught:
        await ReadyWaiter(engine, of, ScriptedClock()).wait(tuple(of.services), 20)
    return caught.value


async def test_the_root_is_told_before_those_who_suffer_from_it() -> None:
    of = project(service("link", uses=["speech"]), service("speech"))
    said = {"link": "dial tcp: lookup speech on 127.0.0.11:53: no such host", "speech": f"loading\n{OOM}"}
    error = await failure(of, Talking(said, ended("link"), ended("speech")))
    assert error.title == "Speech failed (exit 1)"
    assert error.service == "speech"
    assert error.cause.splitlines() == [
        "the graphics card ran out of memory",
        "loading",
        OOM,
        "Link failed because of that.",
    ]
    assert error.advice.startswith("Choose a smaller model")


async def test_a_failure_tells_more_than_an_end() -> None:
    of = project(service("a"), service("b"))
    error = await failure(of, Talking({"b": OOM}, ended("a", 0), ended("b")))
    assert error.title == "B failed (exit 1)"


async def test_what_limits_is_told_with_its_cause() -> None:
    of = project(service("link", uses=["speech"]), service("speech"))
    engine = Talking({"speech": OOM}, container("link", detail=Detail(started_at=NOW)), ended("speech"))
    states = await ReadyWaiter(engine, of, ScriptedClock()).wait(("link",), 20)
    assert limited(states) == ("Link is limited: Speech failed: the graphics card ran out of memory",)


async def test_crashes_from_before_do_not_count() -> None:
    looped = container("a", detail=Detail(started_at=NOW, finished_at=NOW, restart_count=4), created_at=NOW)
    states = await ReadyWaiter(Talking({}, looped), project(service("a")), ScriptedClock()).wait(("a",), 20)
    assert [state.stage for state in states] == ["reachable"]
