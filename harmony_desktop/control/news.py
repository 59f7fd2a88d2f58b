"""What there is to tell of updates: newer images at the registry, the way back, and what the last update did.

The registries are asked at most once a day for a stack, and only while somebody wants to know; nothing waits for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harmony_desktop.control.locking import Holder, LockUnusableError
from harmony_desktop.control.ports import Engine, EngineError
from harmony_desktop.control.state import ServiceState
from harmony_desktop.control.store import Store
from harmony_desktop.control.tools import Tools
from harmony_desktop.control.update_news import Deed, Standing, UpdateNews
from harmony_desktop.plan.observed import Observed
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

#: Seconds between two questions to the registries: a day, give or take so that not all panels ask at once.
_DAY = 24 * 3600.0
_JITTER = 0.1
#: Seconds until the next attempt when no registry answered.
_AGAIN = 3600.0
#: Seconds after the window has opened before the first question: the start has other things to do.
_SETTLE = 20.0
#: Seconds that services have to stay ready on the same images before these are remembered.
_CALM = 5.0

_log = logging.getLogger(__name__)

#: The engine, the project and what was observed last; None while one of them is missing.
Sight = Callable[[], "tuple[Engine, Project, Observed] | None"]


class NewsScout:
    """Asks, compares, and remembers.

    Args:
        tools: The machine's side.
        sight: What there is now.
        spread: A number from 0 to 1 that spreads the questions of many panels; by chance by default.
    """

    def __init__(self, tools: Tools, sight: Sight, spread: Callable[[], float] = random.random) -> None:
        self._tools = tools
        self._sight = sight
        self._factor = 1 - _JITTER + 2 * _JITTER * spread()
        self._wanted = asyncio.Event()
        self._failed_at = 0.0
        self._opened_at = tools.clock.now()
        self._shown: object = None
        self._recorded: object = None
        self._candidate: tuple[object, float] = (None, 0.0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._comparing = False
        self.store = Store(UpdateNews())

    # What the window asks for

    def watch(self, *, wanted: bool) -> None:
        """Ask once a day from now on (or no longer)."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    def ask(self) -> None:
        """Ask now."""
        if not self.store.value.asking:
            self._spawn(self._ask(asked_for=True), "ask for updates")

    def tell(self, deed: Deed | None, lines: tuple[str, ...] = ()) -> None:
        """Show what an update or a rollback has done; None puts it away."""
        self._set(deed=deed, done=lines)

    # What the core tells

    async def run(self) -> None:
        """Ask when it is time; until cancelled."""
        while True:
            await self._wanted.wait()
            await self._tools.clock.sleep(await self._rest())
            if self._wanted.is_set() and await self._rest() <= 0:
                await self._ask(asked_for=False)

    def seen(self, services: tuple[ServiceState, ...], *, busy: bool) -> None:
        """Take a look that was just made: ready images are remembered, and news compared when images changed."""
        sight = self._sight()
        if sight is None:
            return
        engine, project, observed = sight
        images = frozenset((c.service, c.image_id, c.state) for c in observed.containers if not c.oneoff)
        if busy:
            self._candidate = (None, 0.0)
            return
        shown = (project, images)
        if shown != self._shown and not self._comparing:
            self._shown = shown
            self._spawn(self.compare(), "compare images")
        self._remember(engine, project, observed, services)

    async def compare(self) -> None:
        """Compare what is here with what the registries had when they were asked last."""
        from harmony_desktop.control.availability import compare  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.control.releases import (  # noqa: PLC0415
            changes,
            container_images,
            local_releases,
            running_releases,
        )
        from harmony_desktop.control.snapshot import look  # noqa: PLC0415

        sight = self._sight()
        if sight is None:
            return
        engine, project, _ = sight
        self._comparing = True
        try:
            observed = await look(engine, project)
            images = await engine.images(container_images(observed))
            releases = await asyncio.to_thread(self._tools.releases.load, project)
        except EngineError as error:
            _log.info("%s: %s", error.title, error.cause)
            return
        finally:
            self._comparing = False
        local, running = local_releases(project, observed), running_releases(project, observed, images)
        found = compare(project, local=local, running=running, releases=releases, digests=releases.inquiry.digests)
        target = releases.earlier(running, local) or {}
        back = {change.service for view in (running, local) for change in changes(view, target)}
        asked = releases.inquiry.asked_at
        self._set(
            items=tuple(i for i in found if i.standing in {Standing.NEWER, Standing.FETCHED, Standing.HELD}),
            asked_at=datetime.fromtimestamp(asked, UTC) if asked else None,
            earlier=tuple(service.title for service in project.services.values() if service.name in back),
        )

    async def close(self) -> None:
        """End what goes on."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # Asking

    async def _rest(self) -> float:
        """Return the seconds until the registries may be asked."""
        sight = self._sight()
        now = self._tools.clock.now()
        settle = self._opened_at + _SETTLE - now
        if sight is None:
            return max(settle, _SETTLE)
        releases = await asyncio.to_thread(self._tools.releases.load, sight[1])
        asked = min(releases.inquiry.asked_at, now)  # a clock that was set back
        due = asked + _DAY * self._factor if asked else 0.0
        if self._failed_at:
            due = max(due, self._failed_at + _AGAIN)
        return max(settle, due - now)

    async def _ask(self, *, asked_for: bool) -> None:
        from harmony_desktop.control.availability import ask, askable  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.control.releases import Inquiry  # noqa: PLC0415

        sight = self._sight()
        if sight is None:
            return
        engine, project, _ = sight
        self._set(asking=True, fault="")
        try:
            references = askable(project, project.services)
            answers = await ask(engine, references)
            if references and not answers.digests:
                raise next(iter(answers.faults.values()))
            releases = await asyncio.to_thread(self._tools.releases.load, project)
            digests = {
                name: releases.inquiry.digests[name] for name in answers.faults if name in releases.inquiry.digests
            }
            inquiry = Inquiry(self._tools.clock.now(), {**digests, **answers.digests})
            await asyncio.to_thread(self._tools.releases.save, project, replace(releases, inquiry=inquiry))
            self._failed_at = 0.0
            await self.compare()
        except HarmonyError as error:
            self._failed_at = self._tools.clock.now()
            _log.info("%s: %s", error.title, error.cause)
            if asked_for:
                self._set(fault=f"{error.title}. {error.advice}".strip())
        finally:
            self._set(asking=False)

    # Remembering

    def _remember(
        self, engine: Engine, project: Project, observed: Observed, services: tuple[ServiceState, ...]
    ) -> None:
        from harmony_desktop.control.recording import all_ready  # noqa: PLC0415 - not for the first paint

        names = all_ready(services)
        images = frozenset((c.service, c.image_id) for c in observed.containers if c.service in names)
        key = (project.name, images)
        if not images or key == self._recorded:
            return
        now = self._tools.clock.now()
        if self._candidate[0] != key:
            self._candidate = (key, now)
        elif now - self._candidate[1] >= _CALM:
            self._recorded = key
            self._spawn(self._record(engine, project, observed, names), "remember images")

    async def _record(self, engine: Engine, project: Project, observed: Observed, names: frozenset[str]) -> None:
        """Remember, unless somebody is at work: what is ready in the middle of an update is not what was ready."""
        from harmony_desktop.control.recording import record_ready  # noqa: PLC0415 - not for the first paint

        lock = self._tools.locks.lock(project.working_dir)
        holder = Holder(self._tools.locks.program("look"), os.getpid(), self._tools.clock.now())
        free = True
        with contextlib.suppress(LockUnusableError):
            free = await asyncio.to_thread(lock.acquire, holder)
        try:
            done = free and await record_ready(engine, project, self._tools, observed, names)
        finally:
            if free:
                lock.release()
        if done:
            await self.compare()
        else:
            self._recorded = None

    def _set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of UpdateNews
        self.store.set(replace(self.store.value, **changes))

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
