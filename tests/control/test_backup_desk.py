"""The desk of backups: one thing at a time, under the stack's lock, and every fault is shown."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from harmony_desktop.control.backup_desk import BackupDesk, BackupPhase, folder_for
from harmony_desktop.control.backups import (
    Change,
    Interrupted,
    Item,
    Part,
    Progress,
    Restored,
    RestorePreview,
    SavedBackup,
    Step,
    Survey,
    silent,
)
from harmony_desktop.control.repairs import Undone
from harmony_desktop.control.stopping import Stop
from harmony_desktop.stack.errors import HarmonyError
from tests.control.scripted import scripted_tools, until

FOLDER, FILE = Path("/stack"), Path("/b.zip")


class ScriptedKeeper:
    """Makes backups of nothing; a test decides when a call ends, and how."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fault: HarmonyError | None = None
        self.left: Interrupted | None = None
        self.undoable = False

    def _work(self, progress: Progress, stop: Stop | None) -> None:
        progress(Step.SAVING, 1, 2)
        while not self.gate.wait(0.001):
            if stop is not None:
                stop.check()
        if self.fault is not None:
            raise self.fault

    def survey(self, folder: Path, stop: Stop) -> Survey:
        self.calls.append(("survey", folder))
        self._work(silent, stop)
        return Survey(folder)

    def save(
        self,
        folder: Path,
        file: Path,
        parts: frozenset[Part],
        *,
        secrets: bool = True,
        incomplete: bool = False,
        replace: bool = False,
        progress: Progress = silent,
        stop: Stop | None = None,
    ) -> SavedBackup:
        self.calls.append(("save", folder, file, parts, secrets, incomplete, replace))
        self._work(progress, stop)
        return SavedBackup(file, 1, 1, parts)

    def preview(
        self, file: Path, folder: Path, progress: Progress = silent, stop: Stop | None = None
    ) -> RestorePreview:
        self.calls.append(("preview", file, folder))
        self._work(progress, stop)
        return RestorePreview(file, folder, items=(Item("a", Part.CONFIGURATION, Change.NEW),))

    def difference(self, preview: RestorePreview, path: str) -> str:
        return f"{preview.folder} {path}"

    def restore(
        self, preview: RestorePreview, chosen: frozenset[str], progress: Progress = silent, stop: Stop | None = None
    ) -> Restored:
        self.calls.append(("restore", chosen))
        self.undoable = True
        self.left = Interrupted(preview.file, preview.folder, 0, 1)
        self._work(progress, stop)
        self.left = None
        return Restored(preview.folder, tuple(chosen))

    def interrupted(self, folder: Path) -> Interrupted | None:
        assert folder == FOLDER
        return self.left

    def can_undo(self, folder: Path) -> bool:
        assert folder == FOLDER
        return self.undoable

    def undo(self, folder: Path) -> Undone:
        self.calls.append(("undo", folder))
        self.undoable, self.left = False, None
        return Undone(("a",))


class Scene:
    """A desk and its surroundings."""

    def __init__(self) -> None:
        self.keeper = ScriptedKeeper()
        self.tasks: list[asyncio.Task[None]] = []
        self.loads = 0
        tools = replace(scripted_tools(), backups=lambda: self.keeper)
        self.desk = BackupDesk(tools, lambda: str(FOLDER), self.spawn, self.load)

    def spawn(self, work: Coroutine[Any, Any, None], _name: str) -> None:
        self.tasks.append(asyncio.ensure_future(work))

    async def load(self) -> None:
        self.loads += 1

    async def rest(self) -> None:
        """Wait until nothing is done any more."""
        await asyncio.gather(*self.tasks)

    async def during(self, act: Callable[[], None], phase: BackupPhase) -> None:
        """Begin something, and wait until it is under way."""
        self.keeper.gate.clear()
        act()
        await until(lambda: self.desk.store.value.phase is phase and self.desk.store.value.total == 2)


async def test_a_backup_is_saved_with_progress() -> None:
    scene = Scene()
    desk = scene.desk
    await scene.during(
        lambda: desk.save("/b.zip", frozenset({Part.VOICES}), secrets=False, incomplete=True), BackupPhase.SAVING
    )
    assert (desk.store.value.step, desk.store.value.done) == (Step.SAVING, 1)
    desk.survey()
    desk.undo()
    scene.keeper.gate.set()
    await scene.rest()
    assert scene.keeper.calls == [("save", FOLDER, FILE, frozenset({Part.VOICES}), False, True, True)], "one at a time"
    assert desk.store.value.saved == SavedBackup(FILE, 1, 1, frozenset({Part.VOICES}))
    assert desk.store.value.resting
    desk.dismiss()
    assert desk.store.value.saved is None


async def test_what_is_done_can_be_cancelled() -> None:
    scene = Scene()
    await scene.during(lambda: scene.desk.read("/b.zip"), BackupPhase.READING)
    scene.desk.cancel()
    assert scene.desk.store.value.cancelling
    await scene.rest()
    state = scene.desk.store.value
    assert (state.resting, state.preview, state.fault, state.cancelling) == (True, None, None, False)


async def test_a_fault_is_shown_until_the_next_try() -> None:
    scene = Scene()
    scene.keeper.fault = HarmonyError("It is damaged", cause="Here.", advice="Take another.")
    scene.desk.read("/b.zip")
    await scene.rest()
    fault = scene.desk.store.value.fault
    assert fault is not None
    assert (fault.title, fault.cause, fault.advice) == ("It is damaged", "Here.", "Take another.")
    scene.keeper.fault = None
    scene.desk.read("/b.zip", "/stack")
    await scene.rest()
    assert scene.desk.store.value.fault is None
    assert scene.desk.store.value.preview is not None


async def test_a_restore_is_made_and_taken_back() -> None:
    scene = Scene()
    desk = scene.desk
    desk.restore(frozenset({"a"}))
    assert scene.keeper.calls == [], "nothing was shown"
    desk.read("/b.zip")
    await scene.rest()
    desk.show("a")
    await scene.rest()
    assert desk.store.value.difference == "/stack a"
    desk.restore(frozenset())
    desk.restore(frozenset({"a"}))
    await scene.rest()
    state = desk.store.value
    assert state.restored == Restored(FOLDER, ("a",))
    assert (state.preview, state.undoable, scene.loads) == (None, True, 1)
    desk.undo()
    await scene.rest()
    state = desk.store.value
    assert state.undone == Undone(("a",))
    assert (state.restored, state.undoable, scene.loads) == (None, False, 2)


async def test_a_cancelled_restore_is_shown_as_interrupted() -> None:
    scene = Scene()
    desk = scene.desk
    desk.read("/b.zip")
    await scene.rest()
    await scene.during(lambda: desk.restore(frozenset({"a"})), BackupPhase.RESTORING)
    desk.cancel()
    await scene.rest()
    state = desk.store.value
    assert state.interrupted == Interrupted(FILE, FOLDER, 0, 1)
    assert (state.preview, state.restored, state.fault) == (None, None, None)
    assert scene.loads == 1, "some files may be others now"


async def test_closing_the_panel_waits_for_the_end_of_the_work() -> None:
    scene = Scene()
    await scene.during(lambda: scene.desk.read("/b.zip"), BackupPhase.READING)
    for task in scene.tasks:
        task.cancel()
    await asyncio.wait(scene.tasks)
    assert scene.desk.store.value.resting


async def test_files_that_were_named_are_left_as_they_are() -> None:
    scene = Scene()
    desk = BackupDesk(scripted_tools(), lambda: str(FOLDER), scene.spawn, scene.load)
    desk.survey()
    await scene.rest()
    fault = desk.store.value.fault
    assert fault is not None
    assert "(-f)" in fault.cause


def test_the_folder_is_the_one_in_use() -> None:
    assert folder_for(lambda: "/here", scripted_tools())() == "/here"
    assert folder_for(lambda: "", scripted_tools())() == ""
