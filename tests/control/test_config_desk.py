"""The desk of configuration over real files: one text for editor and form, saved when somebody says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harmony_desktop.assets import compose_dir
from harmony_desktop.control.config_desk import ConfigDesk, ConfigState
from harmony_desktop.control.config_files import Affected
from harmony_desktop.setup.configuring import LocalConfig
from harmony_desktop.setup.seed import seed
from tests.control.scripted_ports import ScriptedPorts

pytestmark = pytest.mark.asyncio


class Office:
    """A desk, and the files under it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = folder / ".env"
        self.config = folder / "harmony-link" / "config.json"
        self.loads = 0
        self.tasks: set[asyncio.Task[None]] = set()
        keeper = LocalConfig({}, compose_dir(), ScriptedPorts())
        self.desk = ConfigDesk(lambda: str(folder), keeper, self.spawn, self.saved)

    def spawn(self, work: Coroutine[Any, Any, None], _name: str) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def saved(self) -> None:
        self.loads += 1

    async def until(self, condition: Callable[[ConfigState], bool]) -> ConfigState:
        """Wait until the desk shows something."""
        changed = asyncio.Event()
        stop = self.desk.store.subscribe(lambda _state: changed.set())
        try:
            async with asyncio.timeout(20):
                while not condition(self.desk.state):
                    await changed.wait()
                    changed.clear()
        finally:
            stop()
        return self.desk.state

    async def calm(self) -> ConfigState:
        """Wait until nothing is under way."""
        async with asyncio.timeout(20):
            while self.tasks:
                await asyncio.gather(*self.tasks)
        return self.desk.state

    async def opened(self, path: Path) -> None:
        self.desk.open(path)
        await self.until(lambda state: path in state.drafts and state.drafts[path].checked is not None)


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    folder = tmp_path / "Harmony"
    seed(folder, compose_dir())
    made = Office(folder)
    yield made
    await made.calm()


async def test_a_look_shows_files_and_form(office: Office) -> None:
    office.desk.look()
    state = await office.until(lambda state: state.loaded)
    assert office.config in {file.path for file in state.files}
    assert [field.effective for field in state.form.ports][:2] == ["28080", "28081"]


async def test_what_is_typed_is_checked_and_not_written(office: Office) -> None:
    await office.opened(office.config)
    before = office.config.read_text()
    for text in ("{", before.replace("harmonyspeech-engine", "localhost")):
        office.desk.write(office.config, text)
    state = await office.calm()
    draft = state.drafts[office.config]
    assert draft.checked == draft.text
    assert [one.line for one in draft.findings] == [38, 49, 75][-2:]
    assert state.dirty == (office.config,)
    assert office.config.read_text() == before


async def test_form_and_editor_share_one_text(office: Office) -> None:
    office.desk.look()
    state = await office.until(lambda state: state.loaded)
    port = state.form.ports[0].ref
    office.desk.set_field(port, "29000")
    state = await office.until(lambda state: office.env in state.drafts and state.form.ports[0].value == "29000")
    draft = state.drafts[office.env]
    assert "\nHARMONY_LINK_PORT=29000\n" in draft.text
    assert draft.turn > 0
    office.desk.write(office.env, draft.text.replace("29000", "29001"))
    state = await office.until(lambda state: state.form.ports[0].value == "29001")
    assert "29000" not in office.env.read_text()


async def test_saving_tells_whom_it_is_about_and_reads_the_stack_again(office: Office) -> None:
    office.desk.look()
    state = await office.until(lambda state: state.loaded)
    office.desk.set_field(state.form.ports[0].ref, "29000")
    await office.until(lambda state: bool(state.dirty))
    await office.opened(office.config)
    office.desk.write(office.config, office.config.read_text().replace("min_p", "other"))
    office.desk.save_all()
    state = await office.calm()
    assert not state.dirty
    assert state.affected == Affected(("harmony-link",), ()), "what is made anew needs no restart"
    assert office.loads == 2
    assert "HARMONY_LINK_PORT=29000" in office.env.read_text()
    office.desk.settle()
    assert not office.desk.state.affected.services


async def test_somebody_else_wrote_meanwhile(office: Office) -> None:
    await office.opened(office.config)
    theirs = office.config.read_text().replace("min_p", "theirs")
    office.config.write_text(theirs)
    office.desk.write(office.config, "{}\n")
    office.desk.save(office.config)
    state = await office.calm()
    draft = state.drafts[office.config]
    assert state.fault is not None
    assert draft.has_conflict
    assert draft.conflict is not None
    assert draft.conflict.text == theirs == office.config.read_text()
    office.desk.reload(office.config)
    draft = (await office.calm()).drafts[office.config]
    assert (draft.text, draft.dirty, draft.has_conflict) == (theirs, False, False)
    office.desk.write(office.config, "{}\n")
    office.config.write_text("[]\n")
    office.desk.save(office.config, force=True)
    await office.calm()
    assert office.config.read_text() == "{}\n"


async def test_opening_again_keeps_what_is_not_saved(office: Office) -> None:
    await office.opened(office.config)
    office.desk.write(office.config, "{}\n")
    office.desk.open(office.config)
    state = await office.calm()
    assert state.drafts[office.config].text == "{}\n"
    office.desk.discard()
    state = await office.calm()
    assert not state.dirty


async def test_a_file_that_others_change_is_read_again(office: Office) -> None:
    await office.opened(office.config)
    office.config.write_text("{}\n")
    office.desk.open(office.config)
    state = await office.until(lambda state: state.drafts[office.config].text == "{}\n")
    assert state.drafts[office.config].turn > 0


async def test_what_cannot_be_done_is_told(office: Office) -> None:
    office.desk.open(office.folder / "nothing.json")
    state = await office.until(lambda state: state.fault is not None)
    assert state.fault is not None
    assert "nothing.json cannot be read" in state.fault.title
