"""Adjusting one service step by step: look at what is, preview what would be written, apply it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import field, replace
from typing import Any, Protocol

from harmony_desktop.control.adjustments import Adjuster, Adjustment, EngineSize, Preview, check, single_reason
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class AdjustState:
    """What there is to show of it.

    Attributes:
        service: The service; "" while nothing is adjusted.
        title: Its name for people; "" until it has been looked at.
        current: What is adjusted now.
        base: What the compose files say without it.
        size: What the engine has to give.
        single: Why it can run once only, or "".
        preview: What was previewed last; None before, and when it cannot be done.
        warnings: What speaks against it.
        fault: Why it cannot be done, or None.
        busy: Whether files are being looked at or written.
        done: Whether it was applied.
    """

    service: str = ""
    title: str = ""
    current: Adjustment = field(default_factory=Adjustment)
    base: Adjustment = field(default_factory=Adjustment)
    size: EngineSize = field(default_factory=EngineSize)
    single: str = ""
    preview: Preview | None = None
    warnings: tuple[str, ...] = ()
    fault: Problem | None = None
    busy: bool = False
    done: bool = False


class Adjusting(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[AdjustState]:
        """What there is to show."""
        ...

    def open(self, service: str) -> None:
        """Look at what is adjusted of a service."""
        ...

    def preview(self, wanted: Adjustment) -> None:
        """Find out what adjusting it would do."""
        ...

    def look_again(self) -> None:
        """Put the preview away: something else may be wanted."""
        ...

    def apply(self, *, start: bool) -> None:
        """Do what was previewed; ``start``: and start the service with it."""
        ...

    def close(self) -> None:
        """Forget it."""
        ...


class AdjustDesk:
    """Implements ``Adjusting``.

    Args:
        load: Reads the stack's files; runs in a thread. Raises HarmonyError.
        info: Returns what the engine says of itself, None while there is none.
        adjuster: Reads and writes adjustments.
        spawn: Runs something beside everything else.
        applied: Is awaited after files were written, with the service and whether it shall start.
    """

    def __init__(
        self,
        load: Callable[[], Project],
        info: Callable[[], EngineInfo | None],
        adjuster: Adjuster,
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        applied: Callable[[str, bool], Awaitable[None]],
    ) -> None:
        self._load = load
        self._info = info
        self._adjuster = adjuster
        self._spawn = spawn
        self._applied = applied
        self._store = Store(AdjustState())

    @property
    def store(self) -> Store[AdjustState]:
        """What there is to show."""
        return self._store

    def open(self, service: str) -> None:
        """Look at what is adjusted of a service."""
        self._store.set(AdjustState(service, busy=True))
        self._spawn(self._telling(service, self._look), "look at adjustments")

    def preview(self, wanted: Adjustment) -> None:
        """Find out what adjusting it would do."""
        state = self._store.value
        if not state.service or state.busy:
            return
        self._update(busy=True, fault=None, preview=None, warnings=())
        self._spawn(self._telling(state.service, lambda service: self._preview(service, wanted)), "preview")

    def look_again(self) -> None:
        """Put the preview away: something else may be wanted."""
        if not self._store.value.busy:
            self._update(preview=None, warnings=(), fault=None)

    def apply(self, *, start: bool) -> None:
        """Do what was previewed; ``start``: and start the service with it."""
        state = self._store.value
        preview = state.preview
        if preview is None or state.busy or state.done:
            return
        self._update(busy=True, fault=None)
        self._spawn(self._telling(state.service, lambda _: self._apply(preview, start)), "apply adjustments")

    def close(self) -> None:
        """Forget it."""
        self._store.set(AdjustState())

    async def _look(self, service: str) -> None:
        def look() -> tuple[Project, Adjustment, Adjustment]:
            project = self._load()
            check(project, service, Adjustment(), EngineSize())
            return project, self._adjuster.current(project, service), self._adjuster.base(project, service)

        project, current, base = await asyncio.to_thread(look)
        found = project.services[service]
        if self._is_about(service):
            self._update(title=found.title, current=current, base=base, size=self._size(), single=single_reason(found))

    async def _preview(self, service: str, wanted: Adjustment) -> None:
        def look() -> tuple[Preview, tuple[str, ...]]:
            project = self._load()
            warnings = check(project, service, wanted, self._size())
            return self._adjuster.preview(project, service, wanted), warnings

        preview, warnings = await asyncio.to_thread(look)
        if self._is_about(service):
            self._update(preview=preview, warnings=(*warnings, *preview.warnings))

    async def _apply(self, preview: Preview, start: bool) -> None:
        await asyncio.to_thread(self._adjuster.apply, preview)
        if self._is_about(preview.service):
            self._update(done=True)
        await self._applied(preview.service, start)

    async def _telling(self, service: str, work: Callable[[str], Awaitable[None]]) -> None:
        """Show a fault of the environment where the service is adjusted."""
        fault = None
        try:
            await work(service)
        except HarmonyError as error:
            fault = Problem(error.title, error.cause, error.advice, service)
        finally:
            if self._is_about(service):
                self._update(busy=False, fault=fault)

    def _is_about(self, service: str) -> bool:
        """Whether it is still this service that is adjusted: the dialog may have been closed meanwhile."""
        return self._store.value.service == service

    def _size(self) -> EngineSize:
        info = self._info()
        return EngineSize(info.cpus, info.memory) if info is not None else EngineSize()

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of AdjustState
        self._store.set(replace(self._store.value, **changes))
