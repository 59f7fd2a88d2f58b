"""A report that the window asks for: how far it is, what came of it, and that its words are masked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from harmony_desktop.control.known_secrets import LateMasker
from harmony_desktop.control.masked_state import masked_changes
from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.report import LateReport, Progress, SavedReport
from harmony_desktop.control.report_desk import ReportDesk, ReportNews, ReportPhase
from harmony_desktop.control.state import EngineState, Problem, ServiceState, StackState
from harmony_desktop.stack.errors import HarmonyError


class Maker:
    """Saves nothing; tells of two parts, then ends as it is told to."""

    def __init__(self, error: HarmonyError | None = None) -> None:
        self.error = error
        self.asked: list[tuple[Path, bool, StackState | None]] = []
        self.go = asyncio.Event()

    async def save(
        self, file: Path, *, replace: bool = False, seen: StackState | None = None, progress: Progress | None = None
    ) -> SavedReport:
        self.asked.append((file, replace, seen))
        assert progress is not None
        progress(1, 2)
        await self.go.wait()
        if self.error:
            raise self.error
        return SavedReport(str(file), 7)


def desk_of(maker: Maker) -> tuple[ReportDesk, list[asyncio.Task[None]]]:
    tasks: list[asyncio.Task[None]] = []

    def spawn(work: Coroutine[Any, Any, None], name: str) -> None:
        tasks.append(asyncio.create_task(work, name=name))

    return ReportDesk(LateReport(lambda: maker), lambda: StackState(project="p"), spawn, LateMasker()), tasks


async def test_a_report_is_saved_once_at_a_time() -> None:
    maker = Maker()
    desk, tasks = desk_of(maker)
    seen: list[ReportNews] = []
    desk.store.subscribe(seen.append)
    desk.save("/tmp/a.zip")
    desk.save("/tmp/b.zip")
    maker.go.set()
    await asyncio.gather(*tasks)
    assert maker.asked == [(Path("/tmp/a.zip"), True, StackState(project="p"))]
    assert [(news.phase, news.done, news.total) for news in seen] == [
        (ReportPhase.SAVING, 0, 0),
        (ReportPhase.SAVING, 1, 2),
        (ReportPhase.SAVED, 0, 0),
    ]
    assert desk.store.value.saved == SavedReport("/tmp/a.zip", 7)


async def test_why_it_could_not_be_saved() -> None:
    maker = Maker(HarmonyError("No", cause="token=abc123 was refused", advice="Try again."))
    desk, tasks = desk_of(maker)
    desk.save("/tmp/a.zip")
    maker.go.set()
    await asyncio.gather(*tasks)
    news = desk.store.value
    assert (news.phase, news.title, news.cause) == (ReportPhase.FAILED, "No", "token=<masked> was refused")


async def test_a_report_that_is_cut_off_can_be_asked_for_again() -> None:
    desk, tasks = desk_of(Maker())
    desk.save("/tmp/a.zip")
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.wait(tasks)
    assert desk.store.value == ReportNews()


def test_the_words_of_the_state_are_masked() -> None:
    mask = LateMasker()
    changes = {
        "folder": "token=abc123",
        "problem": Problem("password=abc123", "api_key: abc123", "Bearer abc12345", "web"),
        "engine": EngineState(EngineStatus.READY, reason="http://u:abc123@proxy"),
        "warnings": ("secret=abc123",),
        "services": (ServiceState("web", "Web", reason="token=abc123", evidence=("login password=abc123",)),),
    }
    masked = masked_changes(changes, mask)
    assert masked.pop("folder") == "token=abc123"
    assert "abc123" not in repr(masked)
    assert masked_changes({"problem": None}, mask) == {"problem": None}
