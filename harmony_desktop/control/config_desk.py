"""Configuration on the window's behalf: files that are open, what is wrong with them, forms over the same texts.

What is being edited is here, not in an editor: the editor writes its text, the form changes single values of it, and
both show what came of it. Nothing is on the disk before somebody saves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Protocol

from harmony_desktop.control.config_files import (
    Affected,
    ConfigFile,
    ConfigKeeper,
    ConflictError,
    Drafts,
    FieldRef,
    Form,
    OpenFile,
)
from harmony_desktop.control.findings import Finding
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is open.

    Attributes:
        opened: What the disk had.
        text: What it shall hold.
        turn: Grows each time the text was changed by somebody else than the editor.
        findings: What is wrong with ``checked``.
        checked: The text that was checked last; None before the first time.
        conflict: What the disk has, when it is something else than was opened; it may be gone.
        has_conflict: Whether saving has found that.
    """

    opened: OpenFile
    text: str
    turn: int = 0
    findings: tuple[Finding, ...] = ()
    checked: str | None = None
    conflict: OpenFile | None = None
    has_conflict: bool = False

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self.text != self.opened.text


@dataclass(frozen=True, slots=True)
class ConfigState:
    """What there is to show.

    Attributes:
        loaded: Whether the files have been looked at.
        files: The files.
        drafts: Those that are open, by path.
        form: The values that most people change.
        affected: Whom what was saved is about, since somebody has taken note of it.
        fault: What could not be done, or None.
    """

    loaded: bool = False
    files: tuple[ConfigFile, ...] = ()
    drafts: Mapping[Path, Draft] = field(default_factory=dict)
    form: Form = field(default_factory=Form)
    affected: Affected = field(default_factory=Affected)
    fault: Problem | None = None

    @property
    def dirty(self) -> tuple[Path, ...]:
        """The files with something to save."""
        return tuple(path for path, draft in self.drafts.items() if draft.dirty)


class Configuring(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[ConfigState]:
        """What there is to show."""
        ...

    def look(self) -> None:
        """Look at the files again."""
        ...

    def open(self, path: Path) -> None:
        """Open a file, unless it is open."""
        ...

    def write(self, path: Path, text: str) -> None:
        """The editor has another text."""
        ...

    def set_field(self, ref: FieldRef, value: str) -> None:
        """The form has another value; the file is opened where it is not."""
        ...

    def save(self, path: Path, *, force: bool = False) -> None:
        """Write a file; ``force``: also over what somebody else wrote meanwhile."""
        ...

    def save_all(self) -> None:
        """Write all files that have changed."""
        ...

    def replace_text(self, path: Path, text: str) -> None:
        """Take another text, as one step of the editor (what was saved, what ships)."""
        ...

    def reload(self, path: Path) -> None:
        """Take what the disk has, and forget the changes."""
        ...

    def discard(self) -> None:
        """Forget all changes."""
        ...

    def settle(self) -> None:
        """The user has taken note of whom it is about, or of the fault."""
        ...


class ConfigDesk:
    """Implements ``Configuring``.

    Args:
        folder: Returns the stack's folder, "" where there is none.
        keeper: Reads and writes files; None where there is nothing to do it with.
        spawn: Runs something beside everything else.
        saved: Is awaited after a file was written.
    """

    def __init__(
        self,
        folder: Callable[[], str],
        keeper: ConfigKeeper | None,
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        saved: Callable[[], Awaitable[None]],
    ) -> None:
        self._folder = folder
        self._keeper = keeper
        self._spawn = spawn
        self._saved = saved
        self._store = Store(ConfigState())
        self._line = asyncio.Lock()
        self._checking: set[Path] = set()
        self._forming = False

    @property
    def store(self) -> Store[ConfigState]:
        """What there is to show."""
        return self._store

    @property
    def state(self) -> ConfigState:
        """What there is to show now."""
        return self._store.value

    def look(self) -> None:
        """Look at the files again."""
        self._do(self._look, "look at the configuration")

    def open(self, path: Path) -> None:
        """Open a file, unless it is open and has changes."""
        draft = self.state.drafts.get(path)
        if draft is None or not draft.dirty:
            self._do(lambda keeper, root: self._open(keeper, root, path), "open a file")

    def write(self, path: Path, text: str) -> None:
        """The editor has another text."""
        draft = self.state.drafts.get(path)
        if draft is not None and draft.text != text:
            self._put(replace(draft, text=text))
            self._follow(path)

    def set_field(self, ref: FieldRef, value: str) -> None:
        """The form has another value; the file is opened where it is not."""

        async def change(keeper: ConfigKeeper, root: Path) -> None:
            draft = self.state.drafts.get(ref.file) or await self._open(keeper, root, ref.file)
            text = await asyncio.to_thread(keeper.edit, ref, value, draft.text)
            self.replace_text(ref.file, text)

        self._do(change, "change a value")

    def save(self, path: Path, *, force: bool = False) -> None:
        """Write a file; ``force``: also over what somebody else wrote meanwhile."""
        self._do(lambda keeper, root: self._save(keeper, root, path, force=force), "save a file")

    def save_all(self) -> None:
        """Write all files that have changed."""
        for path in self.state.dirty:
            self.save(path)

    def replace_text(self, path: Path, text: str) -> None:
        """Take another text, as one step of the editor (what was saved, what ships)."""
        draft = self.state.drafts.get(path)
        if draft is not None and draft.text != text:
            self._put(replace(draft, text=text, turn=draft.turn + 1))
            self._follow(path)

    def reload(self, path: Path) -> None:
        """Take what the disk has, and forget the changes."""
        self._do(lambda keeper, root: self._open(keeper, root, path), "read a file again")

    def discard(self) -> None:
        """Forget all changes."""
        for path in self.state.dirty:
            draft = self.state.drafts[path]
            self.replace_text(path, draft.opened.text)

    def tell(self, affected: Affected) -> None:
        """Somebody else has written files: look at them again, and say whom it is about."""
        self._update(affected=self.state.affected.with_more(affected))
        for path, draft in self.state.drafts.items():
            if not draft.dirty:
                self.reload(path)
        self.look()

    def settle(self) -> None:
        """The user has taken note of whom it is about, or of the fault."""
        self._update(affected=Affected(), fault=None)

    async def _look(self, keeper: ConfigKeeper, root: Path) -> None:
        look = await asyncio.to_thread(keeper.look, root, self._drafts())
        self._update(loaded=True, files=look.files, form=look.form)

    async def _open(self, keeper: ConfigKeeper, root: Path, path: Path) -> Draft:
        opened = await asyncio.to_thread(keeper.open, root, path)
        before = self.state.drafts.get(path)
        if before is not None and before.opened == opened and not before.dirty:
            return before
        draft = Draft(opened, opened.text, before.turn + 1 if before else 0)
        self._put(draft)
        self._follow(path)
        return draft

    async def _save(self, keeper: ConfigKeeper, root: Path, path: Path, *, force: bool) -> None:
        draft = self.state.drafts.get(path)
        if draft is None or not (draft.dirty or force):
            return
        text = draft.text
        try:
            opened, affected = await asyncio.to_thread(keeper.save, root, draft.opened, text, force=force)
        except ConflictError as conflict:
            self._put(replace(self.state.drafts[path], conflict=conflict.now, has_conflict=True))
            raise
        # Somebody may have typed on meanwhile: that is not saved yet.
        self._put(replace(self.state.drafts[path], opened=opened, conflict=None, has_conflict=False))
        self._update(affected=self.state.affected.with_more(affected), fault=None)
        self._follow(path)
        await self._look(keeper, root)
        await self._saved()

    def _follow(self, path: Path) -> None:
        """Check a text, and read the form from it: one at a time, and the last one always."""
        if path not in self._checking:
            self._checking.add(path)
            self._do(lambda keeper, root: self._check(keeper, root, path), "check a file", alone=False)
        if not self._forming:
            self._forming = True
            self._do(self._form, "read the form", alone=False)

    async def _check(self, keeper: ConfigKeeper, root: Path, path: Path) -> None:
        try:
            while (draft := self.state.drafts.get(path)) is not None and draft.checked != draft.text:
                drafts = self._drafts()
                findings = await asyncio.to_thread(keeper.check, root, path, drafts)
                now = self.state.drafts[path]
                self._put(replace(now, findings=findings, checked=drafts[path]))
        finally:
            self._checking.discard(path)

    async def _form(self, keeper: ConfigKeeper, root: Path) -> None:
        try:
            drafts: Drafts | None = None
            while drafts != (now := self._drafts()):
                drafts = now
                form = await asyncio.to_thread(keeper.form, root, drafts)
                self._update(form=form)
        finally:
            self._forming = False

    def _drafts(self) -> dict[Path, str]:
        return {path: draft.text for path, draft in self.state.drafts.items()}

    def _do(self, work: Callable[[ConfigKeeper, Path], Awaitable[object]], name: str, *, alone: bool = True) -> None:
        """Do something beside everything else; what opens, changes or writes files goes one after the other."""
        keeper, folder = self._keeper, self._folder()
        if keeper is None or not folder:
            return

        async def told() -> None:
            try:
                if alone:
                    async with self._line:
                        await work(keeper, Path(folder))
                else:
                    await work(keeper, Path(folder))
            except HarmonyError as error:
                self._update(fault=Problem(error.title, error.cause, error.advice))

        self._spawn(told(), name)

    def _put(self, draft: Draft) -> None:
        self._update(drafts={**self.state.drafts, draft.opened.path: draft})

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of ConfigState
        self._store.set(replace(self.state, **changes))
