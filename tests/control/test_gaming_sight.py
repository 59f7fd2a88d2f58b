"""What the panel shows of gaming mode: whose doing it is, and when it is over by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harmony_desktop.control.gaming import GamingRecord, Stopped, Unloaded
from harmony_desktop.control.gaming_sight import GamingSight
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.readiness import Readiness
from harmony_desktop.control.state import ContainerView, ServiceState, Stage
from harmony_desktop.plan.observed import ContainerState, Detail
from tests.control.scripted import NOW
from tests.control.test_gaming import Memory
from tests.plan.builders import container, observed, project, service

PROJECT = project(service("speech"), service("text"), service("link", uses=["speech"]))
RECORD = GamingRecord(NOW, whole=True, stopped=(Stopped("speech", 1, "s1"),), unloaded=(Unloaded("text", 1, "M"),))
UP = (ContainerView("c", "c", "running", ""),)
SPEECH = ServiceState("speech", "Speech", stage=Stage.STOPPED)
TEXT = ServiceState("text", "Text", stage=Stage.READY, reason="no model loaded yet", lacks_model=True, containers=UP)
LINK = ServiceState("link", "Link", stage=Stage.LIMITED, reason="Speech is stopped", roots=("speech",), containers=UP)


async def on(record: GamingRecord | None = RECORD) -> tuple[GamingSight, Memory]:
    memory = Memory(record)
    sight = GamingSight(memory, lambda: PROJECT)
    await sight.look()
    return sight, memory


async def test_what_it_has_done_is_told_as_its_doing() -> None:
    sight, _ = await on()
    told = {s.name: s.reason for s in sight.explained((SPEECH, TEXT, LINK))}
    assert told == {
        "speech": "for gaming mode",
        "text": "model is unloaded",
        "link": "Speech rests for gaming mode",
    }
    failed = replace(SPEECH, stage=Stage.FAILED, reason="out of memory")
    other = replace(LINK, roots=("speech", "text"), reason="Text failed")
    assert sight.explained((failed, other)) == (failed, other), "trouble of another kind stays trouble"
    off, _ = await on(None)
    assert off.explained((SPEECH,)) == (SPEECH,)


async def test_it_is_over_once_somebody_has_brought_back_everything_by_hand() -> None:
    sight, memory = await on()
    loaded = replace(TEXT, lacks_model=False)
    started = replace(SPEECH, stage=Stage.READY, containers=UP)
    await sight.end_if_back((started, loaded))
    assert memory.load(PROJECT) is not None, "what was seen last may be older than the unloading"
    await sight.end_if_back((SPEECH, TEXT))
    await sight.end_if_back((started, TEXT))
    await sight.end_if_back((SPEECH, loaded))
    assert memory.load(PROJECT) is not None
    await sight.end_if_back((started, loaded))
    assert memory.load(PROJECT) is None
    assert sight.record is None


async def test_one_that_was_ended_half_way_is_not_over_by_itself() -> None:
    sight, memory = await on(replace(RECORD, whole=False))
    await sight.end_if_back((replace(SPEECH, containers=UP), TEXT))
    await sight.end_if_back((replace(SPEECH, containers=UP), replace(TEXT, lacks_model=False)))
    assert memory.record is not None


@pytest.mark.parametrize("code", [1, 137])
async def test_a_stopped_container_is_no_failure_for_a_panel_that_comes_later(code: int) -> None:
    sight, _ = await on()
    ended = container("speech", state=ContainerState.EXITED, id="s1", detail=Detail(exit_code=code, started_at=NOW))
    seen = observed(PROJECT, ended)
    readiness = Readiness(PROJECT, LogBook())
    readiness.asked_to_stop(sight.stopped_containers())
    (speech,) = [s for s in sight.explained(readiness.states(seen)) if s.name == "speech"]
    assert (speech.stage, speech.reason) == (Stage.STOPPED, "for gaming mode")
