"""Updates from the window's side: the core behind it, on a real engine and a real registry."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.environment import EngineOptions, ProjectOptions
from harmony_desktop.control.controller import Controller
from harmony_desktop.control.state import Stage
from harmony_desktop.control.update_news import Deed, Standing
from harmony_desktop.control.updates import ROLL_BACK
from harmony_desktop.host.meters import LocalMeters
from harmony_desktop.setup.given import GivenFiles
from tests.cli.panel import Panel
from tests.cli.publisher import LINK, SPEECH, Publisher
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab


@pytest.fixture
def publisher(clean_engine: Lab) -> Iterator[Publisher]:
    made = Publisher(clean_engine)
    made.begin()
    yield made
    made.end()


@contextlib.asynccontextmanager
async def opened(publisher: Publisher, folder: Path) -> AsyncIterator[Controller]:
    """The core of a window on a stack folder."""
    environment = AppEnvironment(io.StringIO(), io.StringIO())
    options = ProjectOptions(files=(str(folder / "docker-compose.yml"),), project_directory=str(folder))
    controller = Controller(
        connector=environment.connector(EngineOptions(host=publisher.lab.engine.host)),
        folder=GivenFiles(folder, lambda: environment.load_project(options)),
        scout=environment.scout(),
        meters=LocalMeters(),
        tools=environment.tools("The Harmony window", writable=False),
    )
    await controller.open()
    try:
        yield controller
    finally:
        await controller.close()


async def until(core: Controller, condition: Callable[[], object], what: str) -> None:
    """Wait for what the core shows."""
    changed = asyncio.Event()
    ends = [core.store.subscribe(lambda _: changed.set()), core.news.subscribe(lambda _: changed.set())]
    try:
        async with asyncio.timeout(60):
            while not condition():
                changed.clear()
                await changed.wait()
    except TimeoutError:
        pytest.fail(what)
    finally:
        for end in ends:
            end()


async def test_the_window_tells_of_an_update_makes_it_and_takes_it_back(
    panel: Panel, stack_folder: Path, publisher: Publisher
) -> None:
    await asyncio.to_thread(panel, "up", "--wait")
    first = publisher.images()
    async with opened(publisher, stack_folder) as core:
        news, store = core.news, core.store

        def deed() -> Deed | None:
            return news.value.deed

        await until(
            core, lambda: all(s.stage is Stage.READY for s in store.value.services) and store.value.services, "ready"
        )
        core.ask_for_updates()
        await until(core, lambda: news.value.asked_at and not news.value.asking, "asked")
        assert not news.value.items

        publisher.release(LINK)
        core.ask_for_updates()
        await until(core, lambda: news.value.items, "an update")
        assert [(item.title, item.standing) for item in news.value.items] == [("Harmony Link", Standing.NEWER)]

        core.update()
        await until(core, deed, "the update")
        assert deed() is Deed.UPDATED
        assert [line.partition(":")[0] for line in news.value.done] == ["Harmony Link"]
        await until(core, lambda: not news.value.items and news.value.earlier, "the news after the update")
        assert news.value.earlier == ("Harmony Link",)

        publisher.release(SPEECH, tag="broken")
        core.update()
        await until(core, lambda: store.value.problem and store.value.operation is None, "the failure")
        problem = store.value.problem
        assert problem is not None
        assert problem.service == "harmonyspeech-engine"
        assert [remedy.id for remedy in problem.remedies] == [ROLL_BACK]
        core.remedy(ROLL_BACK)
        await until(core, lambda: deed() is Deed.RETURNED, "the way back")
        assert publisher.images()["harmonyspeech-engine"] == first["harmonyspeech-engine"]
        await until(core, lambda: [i.standing for i in news.value.items] == [Standing.HELD], "what is held back")
        core.roll_back()
        await until(core, lambda: deed() is None, "the beginning of the second")
        await until(core, lambda: deed() is Deed.RETURNED, "the first version")
        assert publisher.images() == first
