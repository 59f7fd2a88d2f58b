"""What a person can ask of a stack, from the first look to the last step. The window and the command line share it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from harmony_desktop.control.alive import while_alive
from harmony_desktop.control.conditions import ConditionWaiter
from harmony_desktop.control.executor import Executor, PlanError, Reporter
from harmony_desktop.control.locking import at_work
from harmony_desktop.control.port_fault import require_ports, told_as_held
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.replanning import replanned
from harmony_desktop.control.snapshot import look
from harmony_desktop.control.sources import require_files
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.images import plan_pull
from harmony_desktop.plan.observed import Observed
from harmony_desktop.plan.order import require_services, with_dependencies
from harmony_desktop.plan.reconcile import Recreate, UpOptions, reconcile
from harmony_desktop.plan.steps import Action, Plan
from harmony_desktop.plan.teardown import plan_down, plan_restart, plan_start, plan_stop
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, PullPolicy
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.control.gaming import BroughtBack, GamingRecord
    from harmony_desktop.control.gaming_mode import GamingMode
    from harmony_desktop.control.renewal import Outcome, Renewal
    from harmony_desktop.control.updates import UpdateOptions

T = TypeVar("T")


@dataclass(slots=True)
class Operations:
    """Acts on one project on one engine.

    Args:
        engine: The engine.
        project: The project; after another program was waited for, as it is then.
        reporter: Hears what goes on.
        tools: The machine's side.
        reload: Reads the project again; None where it cannot change.
    """

    engine: Engine
    project: Project
    reporter: Reporter
    tools: Tools
    reload: Callable[[], Awaitable[Project]] | None = None

    async def up(self, options: UpOptions, *, pull: PullPolicy | None = None) -> Plan:
        """Fetch what is missing, create, recreate, start. Returns the plan of the containers.

        Raises:
            HarmonyError: it could not be done; what has been done stays, and the next call goes on from there.
        """
        async with self._locked("up"):
            plan = await self._at_work("up", lambda: self._up(options, pull))
            if not options.services and await self._in_gaming_mode():
                await while_alive(self.engine, self.tools.clock, self.gaming.end_with_start())
            return plan

    async def plan_up(self, options: UpOptions, *, pull: PullPolicy | None = None) -> tuple[Plan, Plan]:
        """Return what ``up`` would do, images first, without doing it."""
        observed = await look(self.engine, self.project)
        fetch = await self._plan_fetch(observed, options, pull)
        return fetch, reconcile(self.project, observed, options)

    async def stop(self, services: Iterable[str] = ()) -> Plan:
        """Stop; the containers stay."""
        chosen = tuple(services)
        return await self._at_work("stop", lambda: self._stop(chosen))

    async def start(self, services: Iterable[str] = ()) -> Plan:
        """Start containers that are there."""
        chosen = tuple(services)
        async with self._locked("start"):
            plan = await self._at_work("start", lambda: self._start(chosen))
            if not chosen and await self._in_gaming_mode():
                await while_alive(self.engine, self.tools.clock, self.gaming.end_with_start())
            return plan

    async def restart(self, services: Iterable[str] = ()) -> Plan:
        """Restart containers that are there."""
        chosen = tuple(services)
        return await self._at_work("restart", lambda: self._restart(chosen))

    async def down(self, *, volumes: bool = False, remove_orphans: bool = False) -> Plan:
        """Stop and remove; volumes only when asked."""
        async with self._locked("down"):
            plan = await self._at_work("down", lambda: self._down(volumes=volumes, remove_orphans=remove_orphans))
            # Nothing is left that could be brought back.
            if await self._in_gaming_mode():
                await self.gaming.forget()
            return plan

    async def pull(self, services: Iterable[str] = ()) -> Plan:
        """Fetch the services' images, whether they are here or not."""
        chosen = tuple(services)
        return await self._at_work("pull", lambda: self._pull(chosen))

    async def update(self, options: UpdateOptions) -> Outcome:
        """Fetch the newest images and make anew what runs on older ones; see ``Updater.run``."""
        from harmony_desktop.control.updates import Updater  # noqa: PLC0415 - for few calls

        async with self._locked("update"):
            updater = Updater(self.renewal, self.roll_back)
            return await while_alive(self.engine, self.tools.clock, updater.run(options))

    async def roll_back(self, wait_limit: float | None) -> Outcome:
        """Return to the images that were ready before; see ``Rollback.run``."""
        from harmony_desktop.control.rollback import Rollback  # noqa: PLC0415 - for few calls

        async with self._locked("rollback"):
            return await while_alive(self.engine, self.tools.clock, Rollback(self.renewal).run(wait_limit))

    async def free(self) -> GamingRecord | None:
        """Hand the graphics card to a game; see ``GamingMode.free``."""
        async with self._locked("gaming on"):
            return await while_alive(self.engine, self.tools.clock, self._replanned(self.gaming.free))

    async def bring_back(self) -> BroughtBack:
        """Bring back what gaming mode has taken away; see ``GamingMode.bring_back``."""
        async with self._locked("gaming off"):
            return await while_alive(self.engine, self.tools.clock, self._replanned(self.gaming.bring_back))

    @property
    def gaming(self) -> GamingMode:
        """Gaming mode, for whoever holds the lock (or only looks)."""
        from harmony_desktop.control.gaming_mode import GamingMode  # noqa: PLC0415 - not for the first paint

        return GamingMode(self.engine, self.project, self.reporter, self.tools, self._run, self._run_starts)

    async def _in_gaming_mode(self) -> bool:
        """Whether gaming mode is on: asked before all that it takes is imported."""
        memory = self.tools.gaming
        return memory is not None and await asyncio.to_thread(memory.load, self.project) is not None

    @property
    def renewal(self) -> Renewal:
        """What updates and rollbacks work with."""
        from harmony_desktop.control.renewal import Renewal  # noqa: PLC0415 - for few calls

        return Renewal(self.engine, self.project, self.reporter, self.tools, self._run)

    async def _at_work(self, what: str, work: Callable[[], Awaitable[Plan]]) -> Plan:
        """Do something alone on this stack, as far as programs of ours go; where others interfere, look again."""
        async with self._locked(what):
            return await while_alive(self.engine, self.tools.clock, self._replanned(work))

    async def _replanned(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something, anew where others interfere."""
        note, clock = self.reporter.note, self.tools.clock
        return await replanned(work, lambda: look(self.engine, self.project, images=False), clock=clock, note=note)

    @asynccontextmanager
    async def _locked(self, what: str) -> AsyncIterator[None]:
        """Hold the stack's lock, with the project as it is by then."""
        async with at_work(
            self.tools.locks,
            self.project.working_dir,
            what,
            clock=self.tools.clock,
            note=self.reporter.note,
            warn=self.reporter.warn,
        ) as waited:
            if waited and self.reload is not None:
                self.project = await self.reload()
            yield

    async def _plan_fetch(self, observed: Observed, options: UpOptions, pull: PullPolicy | None) -> Plan:
        names = with_dependencies(self.project, require_services(self.project, options.services))
        fetch = plan_pull(self.project, names, observed.images, policy=pull)
        if not fetch or pull is not None:
            return fetch  # who asks for a download gets it, held back or not
        from harmony_desktop.control.holding import without_held  # noqa: PLC0415 - for few calls

        return await without_held(self.tools, self.project, fetch, observed.images)

    async def _fetch(self, fetch: Plan, observed: Observed, *, asked_for: bool) -> Plan:
        from harmony_desktop.control.disk_space import require_room  # noqa: PLC0415 - for few calls
        from harmony_desktop.control.holding import before_fetching, let_go  # noqa: PLC0415 - for few calls

        if fetch:
            missing = {step.target for step in fetch.steps if observed.images.get(step.target) is None}
            await require_room(self.engine, self.project, missing, self.tools.space, self.reporter.warn)
        await before_fetching(self.engine, self.tools, self.project, fetch, observed.images)
        await self._run(fetch, observed)
        if asked_for:
            await let_go(self.tools, self.project, {step.target for step in fetch.steps}, self.reporter)
        return fetch

    async def _up(self, options: UpOptions, pull: PullPolicy | None) -> Plan:
        observed = await look(self.engine, self.project)
        fetch = await self._plan_fetch(observed, options, pull)
        if fetch or fetch.warnings:
            # Told before gigabytes are fetched, rather than after.
            before = reconcile(self.project, observed, options)
            await require_ports(self.engine, self.project, observed, before, self.tools)
            await self._fetch(fetch, observed, asked_for=pull is PullPolicy.ALWAYS)
            references = list(observed.images)
            observed = replace(observed, images=dict(await self.engine.images(references)))
        plan = reconcile(self.project, observed, options)
        about_to_run = {step.service for step in plan.steps if step.action in {Action.CREATE, Action.START}}
        await require_files(self.engine, self.project, about_to_run)
        try:
            return await self._run_starts(plan, observed)
        except PlanError as error:
            from harmony_desktop.control.misfits import misfits  # noqa: PLC0415 - for few calls

            unfit = misfits(error, plan)
            if not unfit:
                raise
        self.reporter.note(say("What is mounted has changed from a folder to a file: making the container anew…"))
        observed = await look(self.engine, self.project)
        anew = reconcile(self.project, observed, UpOptions(unfit, Recreate.ALWAYS, alone=True))
        await self._run_starts(anew, observed)
        observed = await look(self.engine, self.project)
        return await self._run_starts(reconcile(self.project, observed, options), observed)

    async def _stop(self, services: tuple[str, ...]) -> Plan:
        observed = await look(self.engine, self.project, images=False)
        return await self._run(plan_stop(self.project, observed, services), observed)

    async def _start(self, services: tuple[str, ...]) -> Plan:
        observed = await look(self.engine, self.project, images=False)
        return await self._run_starts(plan_start(self.project, observed, services), observed)

    async def _restart(self, services: tuple[str, ...]) -> Plan:
        observed = await look(self.engine, self.project, images=False)
        return await self._run_starts(plan_restart(self.project, observed, services), observed)

    async def _pull(self, services: tuple[str, ...]) -> Plan:
        observed = await look(self.engine, self.project)
        names = require_services(self.project, services)
        fetch = plan_pull(self.project, names, observed.images, policy=PullPolicy.ALWAYS, strict=True)
        return await self._fetch(fetch, observed, asked_for=True)

    async def _down(self, *, volumes: bool, remove_orphans: bool) -> Plan:
        observed = await look(self.engine, self.project, images=False)
        plan = plan_down(self.project, observed, volumes=volumes, remove_orphans=remove_orphans)
        return await self._run(plan, observed)

    async def _run_starts(self, plan: Plan, observed: Observed) -> Plan:
        """Run a plan that starts containers: their ports are free, and one that is taken meanwhile is told as such."""
        await require_ports(self.engine, self.project, observed, plan, self.tools)
        try:
            return await self._run(plan, observed)
        except PlanError as error:
            told = await told_as_held(error, self.engine, self.project, observed, plan, self.tools)
            if told is error:
                raise
            raise told from error

    async def _run(self, plan: Plan, observed: Observed) -> Plan:
        for warning in plan.warnings:
            self.reporter.warn(warning)
        waiter = ConditionWaiter(self.engine, self.project, self.tools.clock)
        executor = Executor(
            self.engine, self.project, observed, self.reporter, waiter, self.tools.clock, self.tools.patience
        )
        await executor.run(plan)
        return plan
