"""The core behind the window and the tray: it watches, acts on what a person asks for, and keeps the state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harmony_desktop.control.adjust_desk import AdjustDesk, Adjusting
from harmony_desktop.control.awakening import Awakening
from harmony_desktop.control.checkup_desk import CheckupDesk
from harmony_desktop.control.crashes import CrashBook
from harmony_desktop.control.disk import DiskLook, DiskScout
from harmony_desktop.control.engine_address import LOCAL_ADDRESS, engine_host
from harmony_desktop.control.executor import PlanError
from harmony_desktop.control.followers import LogFollowers
from harmony_desktop.control.gaming_sight import GamingSight
from harmony_desktop.control.health import may_be_used
from harmony_desktop.control.keeping import kept_images
from harmony_desktop.control.known_secrets import learn_folder, learn_project
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.machine import MachineScout
from harmony_desktop.control.masked_state import masked_changes
from harmony_desktop.control.meters import MachineSample, MachineSampler, Meters, Sight, sight_of
from harmony_desktop.control.news import NewsScout
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.ports import Connector, ContextBook, Engine, EngineInfo, EngineStatus, Event, Folder, Usage
from harmony_desktop.control.progress import ProgressReporter
from harmony_desktop.control.readiness import Readiness
from harmony_desktop.control.remedies import RemediableError, Remedy
from harmony_desktop.control.renewal import WAIT_LIMIT
from harmony_desktop.control.report_desk import ReportDesk
from harmony_desktop.control.service_look import ServiceLook, ServiceScout, ServiceSight
from harmony_desktop.control.state import (
    EngineState,
    Operation,
    OperationKind,
    Problem,
    ServiceState,
    StackPhase,
    StackState,
    Stage,
)
from harmony_desktop.control.store import Store
from harmony_desktop.control.tools import Tools
from harmony_desktop.control.update_news import Deed, UpdateNews
from harmony_desktop.control.updates import ROLL_BACK, UpdateOptions, told
from harmony_desktop.control.usage import UsageSampler
from harmony_desktop.control.watcher import Watcher
from harmony_desktop.control.wishes import Wish, WishQueue
from harmony_desktop.plan.observed import Observed
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.stack.errors import ComposeError, HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.control.app_desk import AppReleaseDesk
    from harmony_desktop.control.autostart import AutostartDesk
    from harmony_desktop.control.backup_desk import BackupDesk
    from harmony_desktop.control.config_desk import ConfigDesk
    from harmony_desktop.control.config_files import Affected
    from harmony_desktop.control.masking import Masker
    from harmony_desktop.control.memory_desk import MemoryDesk
    from harmony_desktop.control.models_desk import ModelsDesk
    from harmony_desktop.control.proof import Subject
    from harmony_desktop.control.upgrade_desk import UpgradeDesk
    from harmony_desktop.control.wizard import Choices
    from harmony_desktop.control.wizard_desk import WizardDesk

#: Seconds between two rounds of probes: while something changes, when all is calm (each round leaves lines in the
#: services' logs), and while nobody looks.
PROBE_PERIODS = (0.5, 15.0, 60.0)
#: Seconds between two rounds while something changes and nobody looks: the tray's picture and messages stay true.
_HIDDEN_RESTLESS = 3.0

_RESTLESS = frozenset({Stage.STARTING, Stage.RUNNING, Stage.REACHABLE, Stage.DEGRADED})

_log = logging.getLogger(__name__)


class Controller:
    """One stack, one engine, one queue of operations.

    Args:
        connector: Finds the engine.
        folder: The stack folder.
        scout: Looks at the machine.
        meters: The machine's meters.
        tools: The machine's side of operations.
        contexts: The Docker contexts to choose from; None where there is no choice.
    """

    def __init__(
        self,
        *,
        connector: Connector,
        folder: Folder,
        scout: MachineScout,
        meters: Meters,
        tools: Tools,
        contexts: ContextBook | None = None,
    ) -> None:
        self._connector = connector
        self._folder = folder
        self._scout = scout
        self._tools = tools
        self._reporting = ReportDesk(tools.reports, lambda: self._store.value, self._spawn, tools.secrets)
        self._app_releases: AppReleaseDesk | None = None
        self._crashes = tools.crashes or CrashBook(tools.secrets)
        self._checkup = CheckupDesk(tools.doctor, tools.clock, tools.secrets, self._load)
        self._contexts = contexts
        self._clock = clock = tools.clock
        self._store = Store(StackState())
        self._logs = LogBook()
        self._followers = LogFollowers(self._logs, clock)
        self._usage = UsageSampler(clock, self._running_engine)
        self._machine = MachineSampler(meters, clock, self._sight)
        self._disk = DiskScout(lambda: (self._engine, self._project), self._kept_images)
        self._details = ServiceScout(self._service_sight, tools.secrets)
        self._news = NewsScout(tools, self._whole)
        self._gaming = GamingSight(tools.gaming, lambda: self._project)
        self._wizard: WizardDesk | None = None
        self._project: Project | None = None
        self._readiness: Readiness | None = None
        self._engine: Engine | None = None
        self._info: EngineInfo | None = None
        self._observed: Observed | None = None
        self._watcher: Watcher | None = None
        self._watching: asyncio.Task[None] | None = None
        self._awakening = Awakening(clock, self._show_engine, self.retry_engine, self._show_problem)
        self._wishes = WishQueue(self._fulfil)
        self._remedies: Mapping[str, tuple[Remedy, Wish | None]] = {}
        self._reporter: ProgressReporter | None = None
        self._probe_now = asyncio.Event()
        self._visible = True
        self._usage_watched = False
        self._machine_viewers: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._configuring: ConfigDesk | None = None
        self._upgrading: UpgradeDesk | None = None
        self._modelling: ModelsDesk | None = None
        self._planning: MemoryDesk | None = None
        self._backing_up: BackupDesk | None = None
        self._autostart: AutostartDesk | None = None
        self._adjusting = AdjustDesk(folder.load, lambda: self._info, tools.adjuster, self._spawn, self._adjusted)

    # What the window reads

    @property
    def store(self) -> Store[StackState]:
        """What there is to show."""
        return self._store

    @property
    def logs(self) -> LogBook:
        """The log lines of all services."""
        return self._logs

    @property
    def usage(self) -> Store[Mapping[str, Usage]]:
        """CPU and memory by service, filled only while watched."""
        return self._usage.store

    @property
    def machine(self) -> Store[MachineSample | None]:
        """Cards, processor, memory and disk, filled only while watched."""
        return self._machine.store

    @property
    def news(self) -> Store[UpdateNews]:
        """What there is to tell of updates."""
        return self._news.store

    @property
    def adjusting(self) -> Adjusting:
        """Limits, restart policy and number of containers of one service."""
        return self._adjusting

    @property
    def disk(self) -> Store[DiskLook]:
        """What the stack takes of the disks, once somebody has asked."""
        return self._disk.store

    @property
    def details(self) -> Store[ServiceLook]:
        """What there is to know about the one service that somebody looks at."""
        return self._details.store

    @property
    def checkup(self) -> CheckupDesk:
        """Checks of files, engine and machine, and their repairs."""
        return self._checkup

    @property
    def reporting(self) -> ReportDesk:
        """Saves reports for whoever helps."""
        return self._reporting

    @property
    def app_releases(self) -> AppReleaseDesk:
        """Newer releases of the panel itself; made at its first use."""
        if self._app_releases is None:
            from harmony_desktop.control.app_desk import AppReleaseDesk  # noqa: PLC0415 - not for the first paint

            tools = self._tools
            self._app_releases = AppReleaseDesk(tools.app_releases, tools.clock, self._spawn, tools.secrets)
        return self._app_releases

    @property
    def crashes(self) -> CrashBook:
        """Unexpected errors of the panel itself, and its own log."""
        return self._crashes

    @property
    def configuring(self) -> ConfigDesk:
        """The stack's configuration files; made at its first use."""
        if self._configuring is None:
            from harmony_desktop.control.config_desk import ConfigDesk  # noqa: PLC0415 - not for the first paint

            self._configuring = ConfigDesk(self._folder.location, self._tools.configs, self._spawn, self._load)
        return self._configuring

    @property
    def upgrading(self) -> UpgradeDesk:
        """Newer shipped files; made at its first use."""
        if self._upgrading is None:
            from harmony_desktop.control.upgrade_desk import UpgradeDesk  # noqa: PLC0415 - not for the first paint

            self._upgrading = UpgradeDesk(
                self._folder.location, self._tools.upgrades, self._tools.configs, self._spawn, self._merged
            )
        return self._upgrading

    @property
    def backing_up(self) -> BackupDesk:
        """Backups of the stack folder; made at its first use."""
        if self._backing_up is None:
            from harmony_desktop.control.backup_desk import BackupDesk, folder_for  # noqa: PLC0415 - few use it

            self._backing_up = BackupDesk(
                self._tools, folder_for(self._folder.location, self._tools), self._spawn, self._load
            )
        return self._backing_up

    @property
    def modelling(self) -> ModelsDesk:
        """The language models; made at its first use."""
        if self._modelling is None:
            from harmony_desktop.control.models_sight import make_models_desk  # noqa: PLC0415 - not for the first paint

            self._modelling = make_models_desk(
                self._tools,
                self._folder.load,
                lambda: self._store.value,
                lambda: self._info,
                self._logs,
                self._spawn,
                self._probe_now.set,
            )
        return self._modelling

    @property
    def planning(self) -> MemoryDesk:
        """What is chosen against the memory there is; made at its first use."""
        if self._planning is None:
            from harmony_desktop.control.memory_desk import MemoryDesk  # noqa: PLC0415 - not for the first paint

            self._planning = MemoryDesk(
                self._tools.choices,
                self._tools.meters,
                lambda: self._project,
                lambda: (self._sight(), self._info),
                lambda: self.configuring,
                self._spawn,
            )
        return self._planning

    @property
    def wizard(self) -> WizardDesk | None:
        """The set-up, page by page."""
        if self._wizard is None and self._tools.wizard is not None:
            from harmony_desktop.control.wizard_desk import Around, WizardDesk  # noqa: PLC0415 - not at every start

            around = Around(
                seen=lambda: self._store.value,
                engine=lambda: (self._engine, self._info) if self._engine and self._info else None,
                prepare=self._set_up,
                subject=self._proof_subject,
                start=self.start,
                show=lambda shown: self._update(setting_up=shown),
                retry_engine=self.retry_engine,
                spawn=self._spawn,
                mask=self._tools.secrets,
                memory=lambda: self.planning.measure(),  # noqa: PLW0108 - made when it is first asked
            )
            self._wizard = WizardDesk(self._tools.wizard(), self._tools, around)
        return self._wizard

    @property
    def starting_up(self) -> AutostartDesk:
        """Whether the panel starts with the session; made at its first use."""
        if self._autostart is None:
            from harmony_desktop.control.autostart import AutostartDesk  # noqa: PLC0415 - not for the first paint

            self._autostart = AutostartDesk(self._tools.autostart, self._spawn)
        return self._autostart

    # Life

    async def open(self) -> None:
        """Load the stack and begin to watch. Returns soon; what comes of it shows in the store."""
        self._spawn(self._wishes.run(), "operations")
        self._spawn(self._probe_for_ever(), "probes")
        self._spawn(self._news.run(), "updates")
        self._spawn(self.app_releases.run(), "releases")
        await self._load()
        self._spawn(self._tell_faults(self._resume_set_up), "set-up")
        self._checkup.watch(self._visible and not self._closing)
        self.upgrading.begin()

    async def close(self) -> None:
        """End everything; the containers stay as they are."""
        self._closing = True
        self._usage.watch(watched=False)
        await self._machine.close()
        await self._disk.close()
        await self._details.close()
        await self._checkup.close()
        await self._awakening.close()
        await self._news.close()
        if self._modelling is not None:
            await self._modelling.close()
        tasks = [task for task in (*self._tasks, self._watching) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._followers.stop()

    # Intents

    def start_when_there(self) -> None:
        """Start the stack as soon as there is an engine, unless some of it runs or somebody does something else."""
        from harmony_desktop.control.first_start import FirstStart  # noqa: PLC0415 - for those who want it

        self._spawn(FirstStart(self._store, self._clock, self.start, self.start_engine).run(), "first start")

    def start(self, services: tuple[str, ...] = ()) -> None:
        """Bring the stack (or these services and what they depend on) up."""
        self._wish(OperationKind.UP, services)

    def stop(self, services: tuple[str, ...] = ()) -> None:
        """Stop the stack (or these services). A start that goes on is ended first."""
        going_on = self._wishes.current
        if going_on is not None and going_on.kind is not OperationKind.STOP:
            self.cancel()
        self._wish(OperationKind.STOP, services)

    def restart(self, services: tuple[str, ...] = ()) -> None:
        """Restart the stack (or these services)."""
        self._wish(OperationKind.RESTART, services)

    def update(self, services: tuple[str, ...] = ()) -> None:
        """Fetch newer images and make anew what runs on older ones."""
        self._wish(OperationKind.UPDATE, services)

    def roll_back(self) -> None:
        """Return to the images that were ready before."""
        self._wish(OperationKind.ROLL_BACK, ())

    def free_for_game(self) -> None:
        """Gaming mode on: unload and stop what holds the graphics card."""
        self._wish(OperationKind.FREE, ())

    def bring_back(self) -> None:
        """Gaming mode off: start what was stopped, load what was unloaded."""
        self._wish(OperationKind.BRING_BACK, ())

    def forget_gaming(self) -> None:
        """Gaming mode off, and everything stays as it is."""
        self._spawn(self._tell_faults(self._forget_gaming), "gaming mode")

    def dismiss_gaming(self) -> None:
        """The user has read what came of it."""
        self._update(gaming_news=None)

    def ask_for_updates(self) -> None:
        """Ask the registries now whether there is an update."""
        self._news.ask()

    def watch_updates(self, watched: bool) -> None:
        """Ask the registries once a day (or no longer)."""
        self._news.watch(wanted=watched)

    def dismiss_news(self) -> None:
        """The user has read what the last update did."""
        self._news.tell(None)

    def cancel(self) -> None:
        """End the operation that goes on, and forget those that wait."""
        if self._wishes.cancel() and self._reporter is not None:
            self._reporter.cancelling()

    def remedy(self, remedy_id: str) -> None:
        """Do what the shown problem's remedy offers; then, where it says so, try again what failed."""
        if remedy_id not in self._remedies:
            return
        remedy, failed = self._remedies[remedy_id]
        if remedy_id == ROLL_BACK:
            self.roll_back()
            return
        kind = failed.kind if failed else OperationKind.PREPARE
        self._wishes.add(Wish(kind, act=remedy.act))
        if remedy.again and failed is not None:
            anew = remedy.makes_anew and failed.kind is OperationKind.RESTART
            self._wishes.add(Wish(OperationKind.UP, failed.services) if anew else failed)

    def retry_engine(self) -> None:
        """Look for the engine now."""
        if self._watcher is not None:
            self._watcher.retry()
            self._watcher.look_again()

    def start_engine(self) -> None:
        """Start the engine, as its help offers."""
        self._update(problem=None)
        self._awakening.begin()

    def cancel_engine_start(self) -> None:
        """No longer start the engine."""
        self._awakening.cancel()

    def look_at_contexts(self) -> None:
        """Read the list of Docker contexts again."""
        self._spawn(self._tell_faults(self._look_at_contexts), "contexts")

    def choose_context(self, name: str) -> None:
        """Use the engine of another Docker context from now on."""
        self._spawn(self._tell_faults(partial(self._choose_context, name)), "context")

    def dismiss_problem(self) -> None:
        """The user has read it."""
        self._update(problem=None)

    def watch_usage(self, watched: bool) -> None:
        """Somebody looks at CPU and memory (or no longer does)."""
        self._usage_watched = watched
        self._usage.watch(watched=watched and self._visible)

    def watch_machine(self, watched: bool, viewer: str = "") -> None:
        """Somebody looks at the machine's meters (or no longer does)."""
        (self._machine_viewers.add if watched else self._machine_viewers.discard)(viewer)
        self._machine.watch(watched=bool(self._machine_viewers) and self._visible)

    def look_at_service(self, name: str) -> None:
        """Somebody looks at a service's details; "" when nobody does any longer."""
        self._details.look(name)

    def look_at_disk(self) -> None:
        """Measure what the stack takes of the disks."""
        self._disk.look()

    def clean_up(self, ids: tuple[str, ...]) -> None:
        """Remove leftovers of the stack (``DiskShare.leftovers``)."""
        self._wishes.add(Wish(OperationKind.CLEAN_UP, act=lambda: self._disk.clean_up(ids)))

    def set_visible(self, visible: bool) -> None:
        """The window is seen (or hidden)."""
        if visible == self._visible:
            return
        self._visible = visible
        self._checkup.watch(visible)
        self._usage.watch(watched=self._usage_watched and visible)
        self._machine.watch(watched=bool(self._machine_viewers) and visible)
        if self._watcher is not None:
            self._watcher.set_visible(visible)
        if visible:
            self._probe_now.set()

    def prepare_folder(self, folder: str, hardware: str) -> None:
        """Make the stack folder, then load it."""
        self._spawn(self._tell_faults(partial(self._prepare, folder, hardware)), "prepare")

    def choose_hardware(self, hardware: str) -> None:
        """Switch the profile of the stack folder; takes effect at the next start."""
        self._spawn(self._tell_faults(partial(self._choose, hardware)), "choose")

    def look_at_machine(self) -> None:
        """Ask for cards, driver and the engine's GPU ability again."""
        self._spawn(self._tell_faults(partial(self._look_at_machine, fresh=True)), "machine")

    # The watcher's audience

    def engine_changed(self, state: EngineState, engine: Engine | None, info: EngineInfo | None) -> None:
        """The engine was found or lost."""
        self._engine, self._info = engine, info
        if engine is None:
            self._observed = None
            self._spawn(self._followers.stop(), "end of logs")
        elif self._readiness is not None and info is not None:
            self._readiness.address = engine_host(info.address)
        self._show_engine(self._awakening.shown(state))
        if engine is not None:
            self._spawn(self._tell_faults(self._look_at_machine), "machine")

    def _show_engine(self, state: EngineState) -> None:
        # One change: nobody may see an engine that is gone beside lights that are green.
        self._update(engine=state, services=self._services(state))

    def observed(self, observed: Observed) -> None:
        """What the engine has, looked at just now."""
        self._observed = observed
        if self._engine is not None and self._project is not None:
            self._followers.update(self._engine, observed, self._project.services)
        self._update(services=self._services())
        self._spawn(self._look_at_gaming(), "gaming mode")
        self._probe_now.set()

    def happened(self, event: Event) -> None:
        """An event, before the look that it causes."""
        if self._readiness is not None:
            self._readiness.note(event)

    # The stack folder

    async def _merged(self, affected: Affected) -> None:
        """Files of the stack were written from elsewhere than the configuration."""
        if affected.services or self._configuring is not None:
            self.configuring.tell(affected)
        await self._load()

    async def _load(self) -> None:
        location = await asyncio.to_thread(self._folder.location)
        if not location:
            self._update(phase=StackPhase.NO_FOLDER)
            await self._watch("")
            await self._look_at_machine()
            return
        try:
            project = await asyncio.to_thread(self._folder.load)
        except HarmonyError as error:
            self._project, self._readiness = None, None
            await self._learn("folder", partial(learn_folder, folder=Path(location)))
            title = (
                error.title
                if not isinstance(error, ComposeError)
                else say("The stack's files are wrong: {error}", error=error.title)
            )
            where = f"{error.location}\n" if isinstance(error, ComposeError) and error.location else ""
            problem = Problem(title, where + error.cause, error.advice)
            self._update(phase=StackPhase.BROKEN, folder=location, problem=problem, services=())
            await self._watch("")
            return
        self._project = project
        await self._learn("project", partial(learn_project, project=project))
        self._readiness = await self._remembering(project)
        await self._gaming.look()
        self._readiness.asked_to_stop(self._gaming.stopped_containers())
        self._update(
            phase=StackPhase.LOADED,
            folder=location,
            project=project.name,
            gaming=self._gaming.record,
            warnings=tuple(str(notice) for notice in project.warnings),
            services=self._services(),
        )
        await self._watch(project.name)

    async def _remembering(self, project: Project) -> Readiness:
        """Return the memory behind the lights: that of the same stack goes on when its files are read again."""
        if self._readiness is not None and self._readiness.project.name == project.name:
            self._readiness.project = project
            return self._readiness
        address = engine_host(self._info.address if self._info else "")
        readiness = Readiness(project, self._logs, address, self._tools.lives)
        await readiness.recall()
        return readiness

    async def _learn(self, name: str, learn: Callable[[Masker], None]) -> None:
        """Learn what is secret before anything is said of it; reads files, hence in a thread."""
        self._tools.secrets.add(name, learn)
        await asyncio.to_thread(self._tools.secrets, "")

    async def _watch(self, project: str) -> None:
        """Watch this project, and no longer the one before."""
        if self._watcher is not None and self._watcher.project == project:
            self._watcher.look_again()
            return
        await self._watch_anew(project)

    async def _watch_anew(self, project: str) -> None:
        """Look for the engine from the beginning, and watch this project on it."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            # The old watcher has closed its engine; the new one finds its own.
            self.engine_changed(EngineState(), None, None)
        self._watcher = Watcher(self._connector, project, self, self._clock, visible=self._visible)
        self._watching = asyncio.create_task(self._watcher.run(), name="watcher")

    async def _look_at_contexts(self) -> None:
        if self._contexts is not None:
            self._update(contexts=await asyncio.to_thread(self._contexts.look))

    async def _choose_context(self, name: str) -> None:
        if self._contexts is None or name == self._store.value.contexts.chosen:
            return
        if self._wishes.current is not None:
            raise HarmonyError(
                "Docker is busy with the stack",
                cause="Another engine can be chosen only while nothing is being started or stopped.",
                advice="Wait until it has finished, or cancel it, then choose again.",
            )
        try:
            await asyncio.to_thread(self._contexts.choose, name)
        finally:
            await self._look_at_contexts()
        await self._watch_anew(self._watcher.project if self._watcher is not None else "")

    async def _prepare(self, folder: str, wanted: str) -> None:
        self._update(operation=Operation(OperationKind.PREPARE, say("Looking at your computer")), problem=None)
        try:
            look = await self._scout.look(folder, wanted, self._engine, self._info)
            self._update(operation=Operation(OperationKind.PREPARE, say("Preparing the folder")))
            warnings = await asyncio.to_thread(
                self._folder.prepare, folder, wanted, look.choice.profile, look.gpus.gpus
            )
            await self._load()
            self._update(warnings=(*warnings, *self._store.value.warnings))
            await self._look_at_machine()
        finally:
            self._update(operation=None)

    async def _resume_set_up(self) -> None:
        """Go on with a set-up that was not left."""
        make = self._tools.wizard
        if make is None:
            return
        begun = self._tools.set_up_begun
        unfinished = await asyncio.to_thread(lambda: begun() and make().unfinished())
        if (unfinished or self._store.value.phase is StackPhase.NO_FOLDER) and self.wizard is not None:
            self.wizard.open()

    async def _set_up(self, choices: Choices) -> None:
        """Make the folder as somebody chose in the set-up, and load it. Raises HarmonyError."""
        if self._tools.wizard is None:
            return
        files = self._tools.wizard()
        self._update(operation=Operation(OperationKind.PREPARE, say("Preparing the folder")), problem=None)
        try:
            look = await self._scout.look(choices.folder, choices.hardware, self._engine, self._info)
            warnings = await asyncio.to_thread(files.prepare, choices, look.choice.profile, look.gpus.gpus)
            await self._load()
            self._update(warnings=(*warnings, *self._store.value.warnings))
            await self._look_at_machine()
        finally:
            self._update(operation=None)
        problem = self._store.value.problem
        if self._project is None and problem is not None:
            raise HarmonyError(problem.title, cause=problem.cause, advice=problem.advice)

    async def _proof_subject(self) -> Subject:
        """Return what the proof is about. Raises HarmonyError."""
        from harmony_desktop.control.proof import Subject, find_services, parts_of  # noqa: PLC0415 - not at every start

        engine, project = self._require_engine(), self._project
        if project is None or self._tools.wizard is None:
            raise HarmonyError("There is no stack yet", advice="Prepare the stack folder first.")
        files, folder = self._tools.wizard(), self._store.value.folder
        observed = await engine.observe(project.name)
        reached = find_services(project, observed, engine_host(self._info.address if self._info else ""))
        voices = await asyncio.to_thread(files.voices, folder)
        return Subject(reached, parts_of(project), files.sound_file(folder), voices)

    async def _adjusted(self, service: str, start: bool) -> None:
        await self._load()
        if start:
            self.start((service,))

    async def _choose(self, wanted: str) -> None:
        look = await self._scout.look(self._store.value.folder, wanted, self._engine, self._info)
        await asyncio.to_thread(self._folder.choose, wanted, look.choice.profile)
        await self._load()
        await self._look_at_machine()

    async def _look_at_machine(self, *, fresh: bool = False) -> None:
        wanted = await asyncio.to_thread(self._folder.wanted)
        look = await self._scout.look(self._store.value.folder, wanted, self._engine, self._info, fresh=fresh)
        active = await asyncio.to_thread(self._folder.profile)
        if active and look.choice.profile != active and self._may_switch(active, look.choice.profile):
            await asyncio.to_thread(self._folder.choose, wanted, look.choice.profile)
            active = look.choice.profile
            await self._load()
        hardware = look.choice
        if active and active != hardware.profile:
            reasons = (
                say("The stack is set up for {profile_names}.", profile_names=_PROFILE_NAMES[active]),
                *hardware.reasons,
            )
            hardware = replace(hardware, profile=active, reasons=reasons)
        self._update(hardware=hardware)

    def _may_switch(self, active: str, better: str) -> bool:
        """Whether the profile may follow the machine: only upwards, and only while nothing runs.

        A card that has vanished is told, and never silently answered by the slow profile.
        """
        calm = not any(service.runs for service in self._store.value.services)
        known = self._observed is not None
        return active == "cpu" and better == "nvidia" and calm and known

    # Operations

    def _wish(self, kind: OperationKind, services: tuple[str, ...]) -> None:
        self._wishes.add(Wish(kind, services))

    async def _fulfil(self, wish: Wish) -> None:
        """Carry out a wish; a fault becomes the problem that is shown."""
        try:
            await self._tell_faults(partial(self._carry_out, wish), wish)
        finally:
            if self._reporter is not None:
                self._reporter.finish()
                self._reporter = None
            try:
                await self._look_at_gaming()
            finally:
                self._update(operation=None)
            self._spawn(self._news.compare(), "compare images")
            if self._watcher is not None:
                self._watcher.look_again()

    async def _carry_out(self, wish: Wish) -> None:
        if wish.act is not None:
            self._update(problem=None, operation=Operation(wish.kind))
            await wish.act()
            return
        engine = self._require_engine()
        if wish.kind in {OperationKind.UP, OperationKind.UPDATE, OperationKind.ROLL_BACK}:
            # The files may have been edited since the panel read them.
            await self._load()
        project = self._require_project()
        self._update(problem=None)
        self._news.tell(None)
        reporter = ProgressReporter(
            project, wish.kind, wish.services, lambda operation: self._update(operation=operation)
        )
        self._reporter = reporter
        operations = Operations(engine, project, reporter, self._tools, self._reload)
        self._forgive(wish)
        match wish.kind:
            case OperationKind.UP:
                await operations.up(UpOptions(wish.services))
            case OperationKind.STOP:
                await operations.stop(wish.services)
            case OperationKind.RESTART:
                await operations.restart(wish.services)
            case OperationKind.DOWN:
                await operations.down()
            case OperationKind.PULL:
                await operations.pull(wish.services)
            case OperationKind.UPDATE:
                outcome = await operations.update(UpdateOptions(wish.services))
                deed = Deed.UPDATED if outcome.changes else Deed.UP_TO_DATE
                self._news.tell(deed, told(operations.project, outcome))
            case OperationKind.ROLL_BACK:
                outcome = await operations.roll_back(WAIT_LIMIT)
                self._news.tell(Deed.RETURNED, told(operations.project, outcome))
            case OperationKind.FREE | OperationKind.BRING_BACK:
                await self._play(operations, wish.kind)
            case OperationKind.PREPARE:
                raise AssertionError(wish)
        self._update(warnings=tuple(reporter.warnings))

    async def _play(self, operations: Operations, kind: OperationKind) -> None:
        """Turn gaming mode on or off, and keep what came of it for whoever looks."""
        from harmony_desktop.control.gaming_words import news_of_bringing_back, news_of_freeing  # noqa: PLC0415 - rare

        self._update(gaming_news=None)
        titles = {service.name: service.title for service in operations.project.services.values()}
        try:
            if kind is OperationKind.FREE:
                news = news_of_freeing(await operations.free())
            else:
                news = news_of_bringing_back(await operations.bring_back(), titles)
        finally:
            self._probe_now.set()
            if self._modelling is not None:
                self._modelling.look()
        self._update(gaming_news=news)

    async def _forget_gaming(self) -> None:
        if self._tools.gaming is not None and self._project is not None:
            try:
                await asyncio.to_thread(self._tools.gaming.forget, self._project)
            except OSError as error:
                raise HarmonyError(say("Gaming mode cannot be left"), cause=str(error)) from error
        await self._look_at_gaming()

    async def _look_at_gaming(self) -> None:
        """Show whether gaming mode is on, as it stands by now; somebody may have brought back everything by hand."""
        await self._gaming.look()
        if self._readiness is not None:
            self._readiness.asked_to_stop(self._gaming.stopped_containers())
        if self._wishes.current is None:
            await self._gaming.end_if_back(self._store.value.services)
        if self._gaming.record != self._store.value.gaming:
            self._update(gaming=self._gaming.record, services=self._services())

    def _forgive(self, wish: Wish) -> None:
        """What is started on purpose has perhaps been mended: earlier crashes do not count."""
        if self._readiness is not None and wish.kind in {OperationKind.UP, OperationKind.RESTART}:
            self._readiness.forgive(wish.services, self._observed)

    async def _reload(self) -> Project:
        """Read the stack's files again, which another program may have written. Raises HarmonyError."""
        await self._load()
        return self._require_project()

    def _require_project(self) -> Project:
        if self._project is not None:
            return self._project
        problem = self._store.value.problem
        raise HarmonyError(
            problem.title if problem else "There is no stack yet",
            cause=problem.cause if problem else "",
            advice=problem.advice if problem else "Prepare the stack folder first.",
        )

    def _require_engine(self) -> Engine:
        if self._engine is not None:
            return self._engine
        state = self._store.value.engine
        searching = state.status is EngineStatus.SEARCHING
        raise HarmonyError(
            "Docker is not ready yet" if searching else "Docker does not answer",
            cause=state.reason,
            advice=state.advice or "Try again in a moment.",
        )

    async def _tell_faults(self, work: Callable[[], Awaitable[None]], wish: Wish | None = None) -> None:
        """Show a fault of the environment as the problem; faults of our own code go to the log as well."""
        try:
            await work()
        except HarmonyError as error:
            self._show_problem(error, wish)
        except Exception as error:  # noqa: BLE001 - the last resort: the panel stays alive and says so
            _log.exception("a fault of the panel itself")
            self._update(
                problem=Problem(say("Something went wrong in the panel itself"), repr(error), say("Please report it."))
            )

    def _show_problem(self, error: HarmonyError, wish: Wish | None = None) -> None:
        """Show an error, with what the panel can do about it; a remedy may then try the wish again."""
        service = error.service if isinstance(error, PlanError | RemediableError) else ""
        remedies = error.remedies if isinstance(error, RemediableError) else ()
        # A remedy that failed leads back to what it was for.
        self._remedies = {remedy.id: (remedy, wish) for remedy in remedies}
        self._update(problem=Problem(error.title, error.cause, error.advice, service, remedies))

    # Probes and state

    async def _probe_for_ever(self) -> None:
        while True:
            await self._rest(self._probe_period())
            self._probe_now.clear()
            observed, readiness = self._observed, self._readiness
            if observed is None or readiness is None:
                continue
            await readiness.probe(observed)
            self._update(services=self._services())
            await self._look_at_gaming()
            await readiness.keep()
            self._news.seen(self._store.value.services, busy=self._wishes.current is not None)

    def _probe_period(self) -> float:
        restless, calm, hidden = PROBE_PERIODS
        services = self._store.value.services
        moving = any(s.stage in _RESTLESS and not may_be_used(s.stage, probed=s.probed) for s in services)
        if self._visible:
            return restless if moving else calm
        return _HIDDEN_RESTLESS if moving else hidden

    async def _rest(self, seconds: float) -> None:
        waiting = asyncio.create_task(self._probe_now.wait())
        sleeping = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait([waiting, sleeping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (waiting, sleeping):
                task.cancel()
            await asyncio.wait([waiting, sleeping])

    def _services(self, engine: EngineState | None = None) -> tuple[ServiceState, ...]:
        if self._readiness is None:
            return ()
        engine = engine or self._store.value.engine
        unknown = "" if engine.status is EngineStatus.SEARCHING else say("Docker does not answer")
        return self._gaming.explained(self._readiness.states(self._observed, unknown))

    def _kept_images(self) -> frozenset[str]:
        project = self._project
        return kept_images(self._tools.releases.load(project)) if project is not None else frozenset()

    def _whole(self) -> tuple[Engine, Project, Observed] | None:
        if self._engine is None or self._project is None or self._observed is None:
            return None
        return self._engine, self._project, self._observed

    def _sight(self) -> Sight:
        return sight_of(self._store.value.folder, self._engine, self._info, self._observed)

    def _service_sight(self) -> ServiceSight:
        local = self._info is None or engine_host(self._info.address) == LOCAL_ADDRESS
        return ServiceSight(self._project, self._engine, self._observed, local)

    def _running_engine(self) -> tuple[Engine, Observed] | None:
        return (self._engine, self._observed) if self._engine is not None and self._observed is not None else None

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of StackState
        if not self._closing:
            self._store.set(replace(self._store.value, **masked_changes(changes, self._tools.secrets)))

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_PROFILE_NAMES = {"cpu": say("the processor"), "nvidia": say("an NVIDIA graphics card")}
