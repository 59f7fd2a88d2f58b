"""The desk of newer files over a real folder: from the start of a newer program to a merged file, and back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harmony_desktop.assets import compose_dir
from harmony_desktop.control.config_files import Affected
from harmony_desktop.control.merging import Choice
from harmony_desktop.control.upgrade_desk import UpgradeDesk, UpgradeState
from harmony_desktop.setup.configuring import LocalConfig
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.upgrade_files import LocalUpgrades
from tests.control.scripted_ports import ScriptedPorts

pytestmark = pytest.mark.asyncio
CONFIG, FLAGS = "harmony-speech-engine/config.yml", "text-generation-webui-harmonyai/CMD_FLAGS.txt"


class Office:
    """A desk, a folder of the older release, and the newer release."""

    def __init__(self, room: Path) -> None:
        self.folder, self.edition = room / "Harmony", room / "edition"
        shutil.copytree(compose_dir(), self.edition)
        seed(self.folder, self.edition)
        self.tasks: set[asyncio.Task[None]] = set()
        self.told: list[Affected] = []
        arguments: Any = ({}, self.edition, ScriptedPorts())
        self.desk = UpgradeDesk(
            lambda: str(self.folder), LocalUpgrades(*arguments), LocalConfig(*arguments), self.spawn, self.changed
        )

    def spawn(self, work: Coroutine[Any, Any, None], _name: str) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def changed(self, affected: Affected) -> None:
        self.told.append(affected)

    async def calm(self) -> UpgradeState:
        """Wait until nothing is under way."""
        async with asyncio.timeout(20):
            while self.tasks:
                await asyncio.gather(*self.tasks)
        return self.desk.state

    def edit(self, path: str, how: Callable[[str], str], *, ships: bool = False) -> None:
        """Change a file of the user's, or what ships."""
        file = (self.edition if ships else self.folder) / path
        file.write_text(how(file.read_text()))

    async def conflicting(self) -> None:
        """Let one file be edited, and ship in another form."""
        self.edit(CONFIG, lambda text: text.replace("model_configs:", "# mine\nmodel_configs:", 1) + "# mine\n")
        self.edit(CONFIG, lambda text: text.replace("model_configs:", "# new\nmodel_configs:", 1), ships=True)
        self.desk.begin()
        await self.calm()


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path)
    yield made
    await made.calm()


async def test_the_start_after_an_update_refreshes_and_tells(office: Office) -> None:
    office.edit(FLAGS, lambda text: text + "# newer\n", ships=True)
    office.edit(CONFIG, lambda text: text + "# mine\n")
    office.edit(CONFIG, lambda text: "# newer\n" + text, ships=True)
    office.desk.begin()
    state = await office.calm()
    assert state.refreshed.updated == (FLAGS,)
    assert state.names == (CONFIG,)
    assert office.told == [Affected()]
    office.desk.settle()
    assert not office.desk.state.refreshed
    # The next start has nothing to bring, and still something to merge.
    office.desk.begin()
    state = await office.calm()
    assert not state.refreshed
    assert state.names == (CONFIG,)


async def test_a_merge_is_chosen_checked_saved_and_taken_back(office: Office) -> None:
    await office.conflicting()
    before = (office.folder / CONFIG).read_bytes()
    office.desk.open(CONFIG)
    state = await office.calm()
    assert state.merging is not None
    assert state.merging.undecided == 1
    office.desk.save()  # not before all is chosen
    await office.calm()
    assert (office.folder / CONFIG).read_bytes() == before
    (number,) = state.merging.merge.conflicts
    office.desk.choose(number, Choice.BOTH)
    state = await office.calm()
    assert state.merging is not None
    assert state.merging.checked == state.merging.text
    assert not state.merging.findings
    office.desk.save()
    state = await office.calm()
    assert state.merging is None
    assert state.done == CONFIG
    assert state.names == ()
    assert office.told == [Affected((), ("harmonyspeech-engine",))]
    assert "# mine\n# new\nmodel_configs:" in (office.folder / CONFIG).read_text()
    office.desk.undo(CONFIG)
    state = await office.calm()
    assert (office.folder / CONFIG).read_bytes() == before
    assert state.names == (CONFIG,)


async def test_what_is_written_by_hand_counts_and_is_checked(office: Office) -> None:
    await office.conflicting()
    office.desk.open(CONFIG)
    state = await office.calm()
    assert state.merging is not None
    office.desk.write(state.merging.text + "\n")
    assert (await office.calm()).merging is not None
    assert office.desk.state.merging is not None
    assert office.desk.state.merging.undecided == 1  # the marks are still in it
    office.desk.write("model_configs: [\n")
    state = await office.calm()
    assert state.merging is not None
    assert state.merging.findings
    assert not state.merging.undecided
    office.desk.choose(state.merging.merge.conflicts[0], Choice.NEW)  # has no say any longer
    assert office.desk.state.merging == state.merging
    office.desk.begin_again()
    state = await office.calm()
    assert state.merging is not None
    assert state.merging.written is None
    assert state.merging.undecided == 1
    office.desk.leave()
    state = await office.calm()
    assert state.merging is None
    assert state.names == (CONFIG,)


async def test_mine_is_kept_or_the_new_one_taken_without_looking(office: Office) -> None:
    await office.conflicting()
    office.desk.keep_mine(CONFIG)
    state = await office.calm()
    assert (state.names, state.done, office.told) == ((), CONFIG, [])
    office.desk.undo(CONFIG)
    await office.calm()
    office.desk.take_new(CONFIG)
    state = await office.calm()
    assert state.names == ()
    assert (office.folder / CONFIG).read_bytes() == (office.edition / CONFIG).read_bytes()


async def test_a_file_that_changed_meanwhile_is_a_fault_and_stays(office: Office) -> None:
    await office.conflicting()
    office.desk.open(CONFIG)
    state = await office.calm()
    assert state.merging is not None
    office.desk.choose(state.merging.merge.conflicts[0], Choice.NEW)
    await office.calm()
    office.edit(CONFIG, lambda text: text + "# somebody else\n")
    office.desk.save()
    state = await office.calm()
    assert state.fault is not None
    assert state.merging is not None
    assert (office.folder / CONFIG).read_text().endswith("# somebody else\n")


async def test_a_folder_of_a_newer_release_is_told_and_left(office: Office) -> None:
    manifest = office.folder / ".harmony" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 9'))
    office.edit(CONFIG, lambda text: "# older\n" + text, ships=True)
    office.desk.begin()
    state = await office.calm()
    assert "newer Harmony" in state.look.newer
    assert not state.refreshed
    assert not (office.folder / CONFIG).read_text().startswith("# older\n")
