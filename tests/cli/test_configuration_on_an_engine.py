"""Configuration on a real engine: what the form and the editor save is what runs after the restart that is offered."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.environment import EngineOptions, ProjectOptions
from harmony_desktop.control.config_files import Affected
from harmony_desktop.control.controller import Controller
from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.host.meters import LocalMeters
from harmony_desktop.setup.given import GivenFiles
from tests.cli.panel import Panel
from tests.lab.lab import Lab
from tests.lab.waiting import wait_until

pytestmark = pytest.mark.lab

UI, LINK = "harmonyspeech-ui", "harmony-link"


@contextlib.asynccontextmanager
async def opened(lab: Lab, folder: Path) -> AsyncIterator[Controller]:
    """The core of a window on a stack folder."""
    environment = AppEnvironment(io.StringIO(), io.StringIO())
    options = ProjectOptions(project_directory=str(folder))
    controller = Controller(
        connector=environment.connector(EngineOptions(host=lab.engine.host)),
        folder=GivenFiles(folder, lambda: environment.load_project(options)),
        scout=environment.scout(),
        meters=LocalMeters(),
        tools=environment.tools("The Harmony window"),
    )
    await controller.open()
    try:
        yield controller
    finally:
        await controller.close()


async def until(core: Controller, condition: Callable[[], object], what: str) -> None:
    """Wait for what the core shows."""
    changed = asyncio.Event()
    ends = [store.subscribe(lambda _: changed.set()) for store in (core.store, core.configuring.store)]
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


def service(core: Controller, name: str) -> ServiceState:
    found = core.store.value.service(name)
    assert found is not None
    return found


async def test_a_port_of_the_form_is_in_the_page_after_the_restart(
    panel: Panel, stack_folder: Path, clean_engine: Lab
) -> None:
    await asyncio.to_thread(panel, "up", "--wait", UI)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    async with opened(clean_engine, stack_folder) as core:
        desk = core.configuring
        desk.look()
        await until(core, lambda: desk.state.loaded and core.store.value.services, "the files")
        ref = next(one.ref for one in desk.state.form.ports if one.ref.key == "HARMONY_SPEECH_UI_PORT")
        desk.set_field(ref, port)
        await until(core, lambda: desk.state.dirty, "the change")
        assert port not in (stack_folder / ".env").read_text()
        desk.save_all()
        await until(core, lambda: desk.state.affected.services, "the save")
        assert desk.state.affected == Affected((UI,), ())
        core.start(desk.state.affected.anew)
        await until(
            core,
            lambda: (
                service(core, UI).stage in {Stage.READY, Stage.LIMITED}
                and any(f":{port}" in page.url for page in service(core, UI).pages)
            ),
            "the page",
        )
        _, writer = await asyncio.open_connection("127.0.0.1", int(port))
        writer.close()


async def test_a_broken_file_is_told_and_mended_by_its_corrections(
    panel: Panel, stack_folder: Path, clean_engine: Lab
) -> None:
    await asyncio.to_thread(panel, "up", "--wait", LINK)
    config = stack_folder / LINK / "config.json"
    good = config.read_text()
    head, tail = good.split('"tts"', 1)  # of the first entity, where it is in use
    bad = head + '"tts"' + tail.replace('"http://harmonyspeech-engine:12080",', '"http://localhost:12080"', 1)
    async with opened(clean_engine, stack_folder) as core:
        desk = core.configuring
        desk.open(config)
        await until(core, lambda: config in desk.state.drafts, "the file")
        desk.write(config, bad)
        for _ in range(2):
            await until(core, lambda: desk.state.drafts[config].checked == desk.state.drafts[config].text, "the check")
            draft = desk.state.drafts[config]
            correction = draft.findings[0].correction
            assert correction is not None
            desk.write(config, correction.applied(draft.text))
        await until(core, lambda: desk.state.drafts[config].checked == good, "the corrections")
        assert not desk.state.drafts[config].findings
        assert config.read_text() == good, "nothing was written meanwhile"

        desk.write(config, good.replace("min_p", "mine"))
        desk.save(config)
        await until(core, lambda: desk.state.affected.services, "the save")
        assert desk.state.affected == Affected((), (LINK,))
        await until(core, lambda: service(core, LINK).runs, "the engine")
        before = started(clean_engine, LINK)
        core.restart(desk.state.affected.restarted)
        await asyncio.to_thread(wait_until, lambda: started(clean_engine, LINK) != before, "the restart")
        await until(core, lambda: core.store.value.operation is None, "its end")
        assert core.store.value.problem is None


def started(lab: Lab, name: str) -> str:
    """When a service's container was started last."""
    found = next(item["Names"][0] for item in lab.api.containers() if name in item["Names"][0])
    return str(lab.api.inspect(found.lstrip("/"))["State"]["StartedAt"])
