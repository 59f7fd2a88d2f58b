"""The window's core on a real engine: a held port's button, and an adjusted service that starts anew."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harmony_desktop.assets import compose_dir
from harmony_desktop.control.adjustments import Adjustment
from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.controller import Controller
from harmony_desktop.control.machine import MachineScout
from harmony_desktop.control.state import Light
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.host.ports import LocalPorts
from harmony_desktop.setup.adjusting import LocalAdjuster
from harmony_desktop.setup.env_writer import EnvWriter
from harmony_desktop.setup.folder import StackFolder
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.settings import Settings, SettingsFile
from tests.control.scripted import ScriptedMeters, scripted_tools
from tests.control.test_controller import Memory, ScriptedHost, pick
from tests.lab.lab import Lab
from tests.lab.ports import STACK_PORTS

pytestmark = pytest.mark.lab

UI, UI_PORT = "harmonyspeech-ui", STACK_PORTS["HARMONY_SPEECH_UI_PORT"]


async def until(controller: Controller, condition: Callable[[], object]) -> None:
    """Wait until a condition holds, looked at whenever the core says something new."""
    changed = asyncio.Event()
    end = controller.store.subscribe(lambda _state: changed.set())
    try:
        async with asyncio.timeout(60):
            while not condition():
                changed.clear()
                await changed.wait()
    finally:
        end()


@pytest.fixture
async def controller(clean_engine: Lab, stack_ports_free: dict[str, int], tmp_path: Path) -> AsyncIterator[Controller]:
    folder = tmp_path / "Harmony"
    seed(folder, compose_dir(), hardware="cpu")
    settings = SettingsFile(tmp_path / "settings.json")
    settings.update(lambda _: Settings(stack_folder=str(folder), hardware="cpu"))
    tools = replace(
        scripted_tools(),
        clock=SystemClock(),
        ports=LocalPorts(),
        stack_env=EnvWriter({}),
        adjuster=LocalAdjuster({}),
    )
    made = Controller(
        connector=DockerConnector(host=clean_engine.engine.host, environ={"HOME": "/nowhere"}),
        folder=StackFolder({}, settings=settings),
        scout=MachineScout(ScriptedHost(), pick, Memory()),
        meters=ScriptedMeters(),
        tools=tools,
    )
    await made.open()
    await until(made, lambda: made.store.value.services and made.store.value.engine.status == "ready")
    yield made
    await made.close()


def light(controller: Controller, name: str) -> Light | None:
    found = controller.store.value.service(name)
    return found.light if found else None


async def test_the_button_moves_the_port_and_the_page_follows(controller: Controller, clean_engine: Lab) -> None:
    with socket.create_server(("127.0.0.1", UI_PORT)):
        controller.start()
        await until(controller, lambda: controller.store.value.problem)
        problem = controller.store.value.problem
        assert problem is not None
        assert problem.title == f"Port {UI_PORT} is in use"
        (remedy,) = problem.remedies
        assert not clean_engine.api.containers()
        controller.remedy(remedy.id)
        await until(controller, lambda: light(controller, UI) is Light.READY)
    service = controller.store.value.service(UI)
    assert service is not None
    assert [page.url.endswith(f":{UI_PORT + 1}/") for page in service.pages] == [True]
    assert controller.store.value.problem is None


async def test_an_adjusted_service_is_made_anew_and_the_others_stay(controller: Controller, clean_engine: Lab) -> None:
    controller.start()
    await until(controller, lambda: light(controller, UI) is Light.READY)
    before = {item["Names"][0]: item["Id"] for item in clean_engine.api.containers()}
    desk = controller.adjusting
    changed = asyncio.Event()
    desk.store.subscribe(lambda _state: changed.set())

    async def settled() -> None:
        async with asyncio.timeout(20):
            while desk.store.value.busy:
                changed.clear()
                await changed.wait()

    desk.open(UI)
    await settled()
    assert desk.store.value.size.cpus > 0
    desk.preview(Adjustment(memory=256 * 1024**2))
    await settled()
    preview = desk.store.value.preview
    assert preview is not None
    assert preview.effects == ("Speech UI will be made anew.",)
    desk.apply(start=True)
    await settled()

    def others() -> set[str]:
        return {item["Names"][0] for item in clean_engine.api.containers() if item["Id"] not in before.values()}

    name = f"harmony-{UI}-1"
    await until(controller, lambda: light(controller, UI) is Light.READY and others() == {f"/{name}"})
    assert clean_engine.api.inspect(name)["HostConfig"]["Memory"] == 256 * 1024**2
    assert len(clean_engine.api.containers()) == len(before)
