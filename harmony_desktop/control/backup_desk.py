"""Makes and restores backups on the window's behalf: one thing at a time, each can be seen and cancelled."""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from harmony_desktop.control.backups import (
    BackupKeeper,
    Interrupted,
    Part,
    Progress,
    Restored,
    RestorePreview,
    SavedBackup,
    Step,
    Survey,
)
from harmony_desktop.control.locking import at_work
from harmony_desktop.control.repairs import Undone
from harmony_desktop.control.state import Problem
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.control.store import Store
from harmony_desktop.control.tools import Tools
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Seconds between two pictures of how far something is.
_PERIOD = 0.1

_log = logging.getLogger(__name__)

T = TypeVar("T")


class BackupPhase(enum.Enum):
    """What is being done."""

    RESTING = "resting"
    SURVEYING = "surveying"
    SAVING = "saving"
    READING = "reading"
    RESTORING = "restoring"
    UNDOING = "undoing"


@dataclass(frozen=True, slots=True)
class BackupState:
    """What there is to show.

    Attributes:
        phase: What is being done.
        step: Which part of it.
        done: Bytes of it that are done.
        total: Bytes of it; 0 while nobody knows.
        cancelling: Somebody has asked for its end.
        note: Who else is at work on the stack, or "".
        survey: What there is to be saved, once somebody has asked.
        saved: The backup that was made last, until that is put away.
        preview: What a restore would do; None while none is shown.
        shown: The file whose difference is shown.
        difference: That difference; "" for what is no text.
        restored: What the last restore did, until that is put away.
        undone: What taking it back came to, until that is put away.
        interrupted: A restore that was ended half-way.
        undoable: Whether the last restore can be taken back.
        fault: What went wrong, until that is put away.
    """

    phase: BackupPhase = BackupPhase.RESTING
    step: Step = Step.LOOKING
    done: int = 0
    total: int = 0
    cancelling: bool = False
    note: str = ""
    survey: Survey | None = None
    saved: SavedBackup | None = None
    preview: RestorePreview | None = None
    shown: str = ""
    difference: str = ""
    restored: Restored | None = None
    undone: Undone | None = None
    interrupted: Interrupted | None = None
    undoable: bool = False
    fault: Problem | None = None

    @property
    def resting(self) -> bool:
        """Whether nothing is being done."""
        return self.phase is BackupPhase.RESTING


class BackingUp(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[BackupState]:
        """What there is to show."""
        ...

    def look(self) -> None:
        """Ask whether there is a restore to finish or to take back."""
        ...

    def survey(self) -> None:
        """Find out what there is to be saved."""
        ...

    def save(self, file: str, parts: frozenset[Part], *, secrets: bool, incomplete: bool) -> None:
        """Save a backup; a file that is there is replaced, for the file dialog has asked."""
        ...

    def read(self, file: str, folder: str = "") -> None:
        """Read a backup and compare it with a folder; "" for the stack folder, or the one that is proposed."""
        ...

    def show(self, path: str) -> None:
        """Show what would change within a file."""
        ...

    def restore(self, chosen: frozenset[str]) -> None:
        """Restore these files of the backup that is shown."""
        ...

    def undo(self) -> None:
        """Take the last restore back."""
        ...

    def cancel(self) -> None:
        """End what is being done."""
        ...

    def dismiss(self) -> None:
        """The user has read it."""
        ...


@dataclass(slots=True)
class BackupDesk:
    """Implements ``BackingUp``.

    Args:
        tools: The machine's side.
        folder: Returns the stack folder, or the one that is proposed where there is none; reads a file.
        spawn: Starts a task that ends with the panel.
        reload: Reads the stack's files again, after they have changed.
    """

    tools: Tools
    folder: Callable[[], str]
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    reload: Callable[[], Awaitable[None]]
    store: Store[BackupState] = field(default_factory=lambda: Store(BackupState()))
    _made: BackupKeeper | None = None
    _stop: Stop | None = None

    def look(self) -> None:
        """Ask whether there is a restore to finish or to take back."""
        if self.tools.backups is not None:
            self.spawn(self._telling(self._look), "look for restores")

    def survey(self) -> None:
        """Find out what there is to be saved."""
        self._begin(BackupPhase.SURVEYING, self._survey)

    def save(self, file: str, parts: frozenset[Part], *, secrets: bool, incomplete: bool) -> None:
        """Save a backup."""
        self._begin(BackupPhase.SAVING, partial(self._save, Path(file), parts, secrets, incomplete))

    def read(self, file: str, folder: str = "") -> None:
        """Read a backup and compare it with a folder."""
        self._begin(BackupPhase.READING, partial(self._read, Path(file), folder))

    def show(self, path: str) -> None:
        """Show what would change within a file."""
        preview = self.store.value.preview
        if preview is not None:
            self._update(shown=path, difference="")
            self.spawn(self._telling(partial(self._show, preview, path)), "difference")

    def restore(self, chosen: frozenset[str]) -> None:
        """Restore these files of the backup that is shown."""
        preview = self.store.value.preview
        if preview is not None and chosen:
            self._begin(BackupPhase.RESTORING, partial(self._restore, preview, chosen))

    def undo(self) -> None:
        """Take the last restore back."""
        self._begin(BackupPhase.UNDOING, self._undo)

    def cancel(self) -> None:
        """End what is being done; a restore ends between two files."""
        if self._stop is not None and not self.store.value.resting:
            self._update(cancelling=True)
            self._stop.set()

    def dismiss(self) -> None:
        """The user has read it."""
        self._update(saved=None, preview=None, shown="", difference="", restored=None, undone=None, fault=None)

    # What they do

    async def _look(self) -> None:
        keeper, folder = await self._keeper(), await self._folder()
        left, undoable = await asyncio.to_thread(lambda: (keeper.interrupted(folder), keeper.can_undo(folder)))
        self._update(interrupted=left, undoable=undoable)

    async def _survey(self) -> None:
        keeper, folder = await self._keeper(), await self._folder()
        self._update(survey=None, saved=None)
        found = await self._in_thread(lambda _, stop: keeper.survey(folder, stop))
        self._update(survey=found)

    async def _save(self, file: Path, parts: frozenset[Part], secrets: bool, incomplete: bool) -> None:
        keeper, folder = await self._keeper(), await self._folder()
        saved = await self._in_thread(
            lambda progress, stop: keeper.save(
                folder,
                file,
                parts,
                secrets=secrets,
                incomplete=incomplete,
                replace=True,
                progress=progress,
                stop=stop,
            )
        )
        self._update(saved=saved)

    async def _read(self, file: Path, named: str) -> None:
        keeper, folder = await self._keeper(), Path(named) if named else await self._folder()
        self._update(preview=None, restored=None, undone=None, shown="", difference="")
        preview = await self._in_thread(lambda progress, stop: keeper.preview(file, folder, progress, stop))
        self._update(preview=preview)

    async def _show(self, preview: RestorePreview, path: str) -> None:
        keeper = await self._keeper()
        text = await asyncio.to_thread(keeper.difference, preview, path)
        state = self.store.value
        if state.preview is preview and state.shown == path:
            self._update(difference=await asyncio.to_thread(self.tools.secrets, text))

    async def _restore(self, preview: RestorePreview, chosen: frozenset[str]) -> None:
        keeper = await self._keeper()
        try:
            async with self._locked(preview.folder):
                restored = await self._in_thread(lambda progress, stop: keeper.restore(preview, chosen, progress, stop))
            self._update(restored=restored, preview=None, shown="", difference="")
        except (HarmonyError, StoppedError):
            # What was shown is no longer what there is.
            self._update(preview=None, shown="", difference="")
            raise
        finally:
            await self._look()
            await self.reload()

    async def _undo(self) -> None:
        keeper, folder = await self._keeper(), await self._folder()
        restored = self.store.value.restored
        place = restored.folder if restored is not None else folder
        self._update(restored=None, preview=None, undone=None)
        try:
            async with self._locked(place):
                undone = await self._in_thread(lambda _progress, _stop: keeper.undo(place))
            self._update(undone=undone)
        finally:
            await self._look()
            await self.reload()

    def _locked(self, folder: Path) -> AbstractAsyncContextManager[bool]:
        return at_work(
            self.tools.locks,
            folder,
            "restore",
            clock=self.tools.clock,
            note=lambda words: self._update(note=words),
            warn=lambda words: self._update(note=words),
        )

    # One at a time

    async def _keeper(self) -> BackupKeeper:
        if self._made is None:
            if self.tools.backups is None:
                raise HarmonyError(
                    say("These files are left as they are"),
                    cause=say("The panel was opened on compose files of your own (-f)."),
                    advice=say("Open it without -f."),
                )
            self._made = await asyncio.to_thread(self.tools.backups)
        return self._made

    async def _folder(self) -> Path:
        return Path(await asyncio.to_thread(self.folder))

    def _begin(self, phase: BackupPhase, work: Callable[[], Awaitable[None]]) -> None:
        if not self.store.value.resting:
            return
        self._stop = Stop()
        self._update(phase=phase, step=Step.LOOKING, done=0, total=0, cancelling=False, note="", fault=None)
        self.spawn(self._run(work), f"backup: {phase.value}")

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._telling(work)
        finally:
            self._stop = None
            self._update(phase=BackupPhase.RESTING, cancelling=False, note="")

    async def _in_thread(self, work: Callable[[Progress, Stop], T]) -> T:
        """Do something in a thread that can be stopped; its end is awaited in any case."""
        loop, told = asyncio.get_running_loop(), 0.0
        stop = self._stop or Stop()

        def progress(step: Step, done: int, total: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _PERIOD:
                told = now
                loop.call_soon_threadsafe(partial(self._update, step=step, done=done, total=total))

        doing = asyncio.ensure_future(asyncio.to_thread(work, progress, stop))
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([doing])
            if not doing.cancelled():
                doing.exception()
            raise
        return doing.result()

    async def _telling(self, work: Callable[[], Awaitable[None]]) -> None:
        """Show a fault of the environment; what was cancelled is no fault."""
        try:
            await work()
        except StoppedError:
            pass  # nothing is left of it, or it shows as an interrupted restore
        except HarmonyError as error:
            title, cause, advice = (self._masked(text) for text in (error.title, error.cause, error.advice))
            self._update(fault=Problem(title, cause, advice))
        except Exception as error:  # noqa: BLE001 - the last resort: the panel stays alive and says so
            _log.exception("a fault of the panel itself")
            self._update(
                fault=Problem(say("Something went wrong in the panel itself"), repr(error), say("Please report it."))
            )

    def _masked(self, text: str) -> str:
        """Return a text without secrets; one that has none stays what it was made of."""
        masked = self.tools.secrets(text)
        return text if masked == text else masked

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of BackupState
        self.store.set(replace(self.store.value, **changes))


def folder_for(location: Callable[[], str], tools: Tools) -> Callable[[], str]:
    """Return what tells the stack folder, or the one that is proposed before there is one; it reads a file."""

    def folder() -> str:
        return location() or (tools.wizard().default_folder() if tools.wizard is not None else "")

    return folder
