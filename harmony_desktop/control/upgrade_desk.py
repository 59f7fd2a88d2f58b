"""Newer shipped files on the window's behalf: what there is, a merge hunk by hunk, and the way back.

The choices make the text, until somebody writes in it: then the text is what counts, and choosing begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Protocol

from harmony_desktop.control.config_files import Affected, ConfigKeeper
from harmony_desktop.control.findings import Finding
from harmony_desktop.control.merging import Choice, Merge, is_marked, merge
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.control.upgrades import Refreshed, UpgradeKeeper, UpgradeLook, Versions
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say


@dataclass(frozen=True, slots=True)
class Merging:
    """A file that is being merged.

    Attributes:
        versions: Its versions.
        merge: What differs.
        labels: What to call the user's lines and the new ones between marks.
        choices: What was chosen, by the number of the hunk.
        written: The text as somebody has written it; None while the choices make it.
        turn: Grows each time the text was changed by somebody else than the editor.
        findings: What is wrong with ``checked``.
        checked: The text that was checked last; None before the first time.
    """

    versions: Versions
    merge: Merge
    labels: tuple[str, str]
    choices: Mapping[int, Choice] = field(default_factory=dict)
    written: str | None = None
    turn: int = 0
    findings: tuple[Finding, ...] = ()
    checked: str | None = None

    @property
    def text(self) -> str:
        """What the file shall hold."""
        return self.merge.text(self.choices, labels=self.labels) if self.written is None else self.written

    @property
    def undecided(self) -> int:
        """How many changes have to be chosen yet."""
        if self.written is not None:
            return int(is_marked(self.written))
        return len(self.merge.undecided(self.choices))


@dataclass(frozen=True, slots=True)
class UpgradeState:
    """What there is to show.

    Attributes:
        look: How the files are.
        refreshed: What the last update of this program brought, since somebody has taken note of it.
        merging: The file that is being merged, or None.
        done: The file that was dealt with last, by name; "" since somebody has taken note of it.
        busy: Whether something is being written.
        fault: What could not be done, or None.
    """

    look: UpgradeLook = field(default_factory=UpgradeLook)
    refreshed: Refreshed = field(default_factory=Refreshed)
    merging: Merging | None = None
    done: str = ""
    busy: bool = False
    fault: Problem | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The files with newer versions."""
        return tuple(file.name for file in self.look.files)


class Upgrading(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[UpgradeState]:
        """What there is to show."""
        ...

    def look(self) -> None:
        """Look for newer versions again."""
        ...

    def open(self, name: str) -> None:
        """Begin to merge a file; what was chosen of another one is forgotten."""
        ...

    def choose(self, number: int, choice: Choice) -> None:
        """Choose what becomes of a hunk."""
        ...

    def write(self, text: str) -> None:
        """The editor has another text."""
        ...

    def begin_again(self) -> None:
        """Forget what was written: the choices make the text again."""
        ...

    def leave(self) -> None:
        """Put the merge away, for later."""
        ...

    def save(self) -> None:
        """Write what came of the merge."""
        ...

    def take_new(self, name: str) -> None:
        """Take the newer version as a whole."""
        ...

    def keep_mine(self, name: str) -> None:
        """Keep the user's file until what ships changes again."""
        ...

    def undo(self, name: str) -> None:
        """Take back the last merge of a file."""
        ...

    def settle(self) -> None:
        """The user has taken note of what was brought, of what was done, or of the fault."""
        ...


class UpgradeDesk:
    """Implements ``Upgrading``.

    Args:
        folder: Returns the stack's folder, "" where there is none.
        keeper: Finds and writes; None where there is nothing to do it with.
        checker: Checks what the file shall hold; None where nothing does.
        spawn: Runs something beside everything else.
        changed: Is awaited after files were written, with whom it is about.
    """

    def __init__(
        self,
        folder: Callable[[], str],
        keeper: UpgradeKeeper | None,
        checker: ConfigKeeper | None,
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        changed: Callable[[Affected], Awaitable[None]],
    ) -> None:
        self._folder = folder
        self._keeper = keeper
        self._checker = checker
        self._spawn = spawn
        self._changed = changed
        self._store = Store(UpgradeState())
        self._line = asyncio.Lock()
        self._checking = False

    @property
    def store(self) -> Store[UpgradeState]:
        """What there is to show."""
        return self._store

    @property
    def state(self) -> UpgradeState:
        """What there is to show now."""
        return self._store.value

    def begin(self) -> None:
        """After the start of this program: bring up to date what nobody edited, then look."""
        self._do(self._begin, "bring the files up to date")

    def look(self) -> None:
        """Look for newer versions again."""
        self._do(self._look, "look for newer files")

    def open(self, name: str) -> None:
        """Begin to merge a file; what was chosen of another one is forgotten."""

        async def begin(keeper: UpgradeKeeper, root: Path) -> None:
            versions = await asyncio.to_thread(keeper.open, root, name)
            found = await asyncio.to_thread(merge, versions.base, versions.opened.text, versions.new)
            turn = self.state.merging.turn + 1 if self.state.merging else 0
            labels = (say("yours"), say("new"))
            self._update(merging=Merging(versions, found, labels, turn=turn), fault=None, done="")
            self._follow()

        self._do(begin, "open a newer file")

    def choose(self, number: int, choice: Choice) -> None:
        """Choose what becomes of a hunk."""
        now = self.state.merging
        if now is not None and now.written is None:
            self._put(replace(now, choices={**now.choices, number: choice}, turn=now.turn + 1))

    def write(self, text: str) -> None:
        """The editor has another text."""
        now = self.state.merging
        if now is not None and text != now.text:
            self._put(replace(now, written=text))

    def begin_again(self) -> None:
        """Forget what was written: the choices make the text again."""
        now = self.state.merging
        if now is not None and now.written is not None:
            self._put(replace(now, written=None, turn=now.turn + 1))

    def leave(self) -> None:
        """Put the merge away, for later."""
        self._update(merging=None)

    def save(self) -> None:
        """Write what came of the merge."""
        now = self.state.merging
        if now is None or now.undecided:
            return

        async def finish(keeper: UpgradeKeeper, root: Path) -> None:
            affected = await asyncio.to_thread(keeper.finish, root, now.versions, now.text)
            await self._finished(keeper, root, now.versions.opened.name, affected)

        self._do(finish, "save a merged file", writes=True)

    def take_new(self, name: str) -> None:
        """Take the newer version as a whole."""

        async def take(keeper: UpgradeKeeper, root: Path) -> None:
            affected = await asyncio.to_thread(keeper.take_new, root, name)
            await self._finished(keeper, root, name, affected)

        self._do(take, "take a newer file", writes=True)

    def keep_mine(self, name: str) -> None:
        """Keep the user's file until what ships changes again."""

        async def keep(keeper: UpgradeKeeper, root: Path) -> None:
            await asyncio.to_thread(keeper.keep_mine, root, name)
            await self._finished(keeper, root, name, None)

        self._do(keep, "keep a file", writes=True)

    def undo(self, name: str) -> None:
        """Take back the last merge of a file."""

        async def take_back(keeper: UpgradeKeeper, root: Path) -> None:
            affected = await asyncio.to_thread(keeper.undo, root, name)
            await self._finished(keeper, root, "", affected)

        self._do(take_back, "take back a merge", writes=True)

    def settle(self) -> None:
        """The user has taken note of what was brought, of what was done, or of the fault."""
        self._update(refreshed=Refreshed(), done="", fault=None)

    async def _begin(self, keeper: UpgradeKeeper, root: Path) -> None:
        try:
            refreshed = await asyncio.to_thread(keeper.refresh, root)
            if refreshed:
                self._update(refreshed=refreshed)
                await self._changed(Affected())
        finally:
            await self._look(keeper, root)

    async def _look(self, keeper: UpgradeKeeper, root: Path) -> None:
        self._update(look=await asyncio.to_thread(keeper.look, root))

    async def _finished(self, keeper: UpgradeKeeper, root: Path, name: str, affected: Affected | None) -> None:
        self._update(merging=None, done=name, fault=None)
        await self._look(keeper, root)
        if affected is not None:
            await self._changed(affected)

    def _put(self, merging: Merging) -> None:
        self._update(merging=merging)
        self._follow()

    def _follow(self) -> None:
        """Check the text: one check at a time, and the last text always."""
        if self._checker is not None and not self._checking:
            self._checking = True
            self._do(self._check, "check a merged file", alone=False)

    async def _check(self, _keeper: UpgradeKeeper, root: Path) -> None:
        checker = self._checker
        try:
            while checker is not None and (now := self.state.merging) is not None and now.checked != now.text:
                text, path = now.text, now.versions.opened.path
                # Marks of conflicts are mistakes in every file: they are told as what they are.
                findings = () if now.undecided else await asyncio.to_thread(checker.check, root, path, {path: text})
                later = self.state.merging
                if later is not None and later.versions is now.versions:
                    self._update(merging=replace(later, findings=findings, checked=text))
        finally:
            self._checking = False

    def _do(
        self,
        work: Callable[[UpgradeKeeper, Path], Awaitable[None]],
        name: str,
        *,
        alone: bool = True,
        writes: bool = False,
    ) -> None:
        """Do something beside everything else; what reads or writes files goes one after the other."""
        keeper, folder = self._keeper, self._folder()
        if keeper is None or not folder or (writes and self.state.busy):
            return
        if writes:
            self._update(busy=True)

        async def told() -> None:
            try:
                if alone:
                    async with self._line:
                        await work(keeper, Path(folder))
                else:
                    await work(keeper, Path(folder))
            except HarmonyError as error:
                self._update(fault=Problem(error.title, error.cause, error.advice))
            finally:
                if writes:
                    self._update(busy=False)

        self._spawn(told(), name)

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of UpgradeState
        self._store.set(replace(self.state, **changes))
