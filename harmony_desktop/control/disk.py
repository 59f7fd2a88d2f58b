"""What the stack takes of the disks, asked for by somebody who looks; and the clean-up that they choose."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection
from dataclasses import field, replace
from pathlib import Path

from harmony_desktop.control.ports import Engine, EngineError, NotFoundError
from harmony_desktop.control.storage import DiskShare, Leftover, share
from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class DiskLook:
    """What is known of the disks.

    Attributes:
        looking: Somebody has asked, and the answer is on its way.
        engine: What the stack takes on the engine's disk, or None while that is not known (``fault`` says why).
        fault: Why it is not known.
        folder: Bytes in the stack folder, by the names in it, the largest first; empty while not known.
        freed: Bytes that the last clean-up freed, None before one.
    """

    looking: bool = False
    engine: DiskShare | None = None
    fault: str = ""
    folder: tuple[tuple[str, int], ...] = ()
    freed: int | None = None


@dataclass(slots=True)
class DiskScout:
    """Measures when asked to.

    Args:
        sight: Returns engine and project, or None for what is not there.
        kept: Returns the IDs of images that are kept for a return to an earlier version; may block.
    """

    sight: Callable[[], tuple[Engine | None, Project | None]]
    kept: Callable[[], Collection[str]] = frozenset
    store: Store[DiskLook] = field(default_factory=lambda: Store(DiskLook()))
    _task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Measure, unless that is being done."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="disk")

    async def close(self) -> None:
        """End the measuring."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _look(self) -> None:
        self.store.set(replace(self.store.value, looking=True))
        try:
            await self.measure()
        finally:
            self.store.set(replace(self.store.value, looking=False))

    async def measure(self) -> None:
        """Measure the engine's disk and the stack folder, at the same time."""
        engine, project = self.sight()
        if project is None:
            self.store.set(replace(self.store.value, engine=None, fault="", folder=()))
            return
        folder = asyncio.create_task(asyncio.to_thread(folder_sizes, project.working_dir), name="folder sizes")
        try:
            if engine is None:
                self.store.set(replace(self.store.value, engine=None, fault="Docker does not answer."))
            else:
                await self._measure_engine(engine, project)
            self.store.set(replace(self.store.value, folder=await folder))
        finally:
            folder.cancel()

    async def _measure_engine(self, engine: Engine, project: Project) -> None:
        try:
            stored, kept = await asyncio.gather(engine.storage(), asyncio.to_thread(self.kept))
        except EngineError as error:
            self.store.set(replace(self.store.value, engine=None, fault=error.cause or error.title))
            return
        self.store.set(replace(self.store.value, engine=share(project, stored, kept), fault=""))

    async def clean_up(self, ids: Collection[str]) -> None:
        """Remove leftovers; those that somebody has begun to use meanwhile stay.

        Args:
            ids: Of the leftovers to remove.

        Raises:
            HarmonyError: some could not be removed; the others are gone.
        """
        engine, _ = self.sight()
        known = self.store.value.engine
        if engine is None or known is None:
            return
        failures: list[tuple[Leftover, EngineError]] = []
        freed = 0
        for leftover in known.leftovers:
            if leftover.id not in ids:
                continue
            try:
                await self._remove(engine, leftover)
                freed += leftover.size
            except EngineError as error:
                failures.append((leftover, error))
        await self.measure()
        self.store.set(replace(self.store.value, freed=freed))
        if failures:
            lines = "\n".join(f"{leftover.name}: {error.cause or error.title}" for leftover, error in failures)
            raise HarmonyError("Not everything could be removed", cause=lines, advice="What is in use stays.")

    @staticmethod
    async def _remove(engine: Engine, leftover: Leftover) -> None:
        try:
            if leftover.kind == "image":
                await engine.remove_image(leftover.id)
            else:
                await engine.remove(leftover.id)
        except NotFoundError:
            pass  # somebody else was quicker


def folder_sizes(folder: Path | str) -> tuple[tuple[str, int], ...]:
    """Return the bytes in a folder by the names that stand in it, the largest first; what cannot be read counts 0.

    Links are not followed: what they lead to lies elsewhere.
    """
    sizes: dict[str, int] = {}
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return ()
    for entry in entries:
        sizes[entry.name] = _tree_size(entry) if entry.is_dir(follow_symlinks=False) else _size(entry)
    return tuple(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))


def _tree_size(top: os.DirEntry[str]) -> int:
    total = 0
    waiting = [top.path]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += _size(entry)
        except OSError:
            continue
    return total


def _size(entry: os.DirEntry[str]) -> int:
    """Return the bytes that a file takes; a sparse one takes less than its length."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    blocks: int | None = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else min(status.st_size, blocks * 512) if status.st_size else 0
