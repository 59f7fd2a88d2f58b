"""The one composition root: builds the parts and puts them together. Only this module knows all rooms.

Everything is imported where it is used: a call of the command line pays for nothing that it does not need.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from harmony_desktop.cli.environment import EngineOptions, ProjectOptions
from harmony_desktop.stack.errors import HarmonyError

if TYPE_CHECKING:
    import asyncio

    from harmony_desktop.control.adjustments import Adjuster
    from harmony_desktop.control.app_news import AppTools
    from harmony_desktop.control.autostart import Autostart
    from harmony_desktop.control.backups import BackupKeeper
    from harmony_desktop.control.config_files import ConfigKeeper
    from harmony_desktop.control.controller import Controller
    from harmony_desktop.control.crashes import CrashBook
    from harmony_desktop.control.disk_space import SpaceLookup
    from harmony_desktop.control.gaming import GamingMemory
    from harmony_desktop.control.known_secrets import LateMasker
    from harmony_desktop.control.late_core import LateCore
    from harmony_desktop.control.lives import LifeMemory
    from harmony_desktop.control.locking import StackLocks
    from harmony_desktop.control.machine import MachineScout
    from harmony_desktop.control.memory_choice import ChoiceReader
    from harmony_desktop.control.meters import Meters
    from harmony_desktop.control.models import ModelTools
    from harmony_desktop.control.port_records import MachinePorts
    from harmony_desktop.control.ports import Clock, Connector, ContextBook, Folder
    from harmony_desktop.control.releases import ReleaseMemory
    from harmony_desktop.control.report import ReportMaker
    from harmony_desktop.control.stack_env import StackEnv
    from harmony_desktop.control.tools import Tools
    from harmony_desktop.control.upgrades import UpgradeKeeper
    from harmony_desktop.crash_watch import CrashWatch
    from harmony_desktop.preflight.doctor import StackDoctor
    from harmony_desktop.setup.folder import StackFolder
    from harmony_desktop.setup.wizard_tools import LocalWizard
    from harmony_desktop.stack.project import Project
    from harmony_desktop.ui.app import DesktopUi


def main(argv: list[str]) -> int:
    """Open the window, or run the subcommand; return the exit status."""
    from harmony_desktop.cli.interrupts import take_interrupts
    from harmony_desktop.cli.parser import parser_for
    from harmony_desktop.cli.streams import make_ready

    make_ready()
    arguments = parser_for(argv).parse_args(argv)
    environment = AppEnvironment(sys.stdout, sys.stderr)
    environment.watch_over(verbose=arguments.verbose, window=arguments.command is None)
    if arguments.command is None:
        take_interrupts()
        return run_gui(arguments, environment)
    from harmony_desktop.cli.main import run

    return run(arguments, environment)


class AppEnvironment:
    """The real parts.

    Args:
        out: Results.
        err: Progress, warnings and errors.
    """

    def __init__(self, out: TextIO, err: TextIO) -> None:
        from harmony_desktop.cli.masked_stream import MaskedStream
        from harmony_desktop.cli.streams import ResultStream

        # Not TextIO by their types, but all that is written to.
        self.out = cast("TextIO", ResultStream(out))
        self.err = cast("TextIO", MaskedStream(err, self.mask))
        self.book: CrashBook | None = None
        #: Ends the window in good order, once there is one.
        self.quit: Callable[[], object] | None = None
        self._watched = (False, False)

    def mask(self, text: str) -> str:
        """Return a text of ours without secrets."""
        return self.secrets(text)

    def watch_over(self, *, verbose: bool, window: bool) -> None:
        """Keep the panel's own log, and let every unexpected error be told."""
        from harmony_desktop.control.late_hooks import install

        self._watched = (verbose, window)
        install(lambda: self.crashes.hooks)
        if not window:
            _ = self.crashes  # a window has it after its first paint, or with its first error

    def qt_gives_up(self, reason: str) -> None:
        """Tell why Qt is about to end the process."""
        self.crashes.qt_gives_up(reason)

    @cached_property
    def crashes(self) -> CrashWatch:
        """What takes unexpected errors, and keeps the panel's own log."""
        from harmony_desktop.crash_watch import CrashWatch

        verbose, window = self._watched
        made = CrashWatch(self.mask, self.err, verbose=verbose, window=window)
        made.hooks.interrupted = self.quit
        made.begin()
        self.book = made.book
        return made

    @cached_property
    def secrets(self) -> LateMasker:
        """What masks the panel's own words."""
        from harmony_desktop.control.known_secrets import LateMasker

        masker = LateMasker()
        masker.add("environment", lambda known: known.learn_environment(os.environ))
        return masker

    @cached_property
    def clock(self) -> Clock:
        """Time."""
        from harmony_desktop.control.clock import SystemClock

        return SystemClock()

    def tools(self, program: str = "harmony-desktop {what}", *, writable: bool = True) -> Tools:
        """Return the machine's side of operations.

        Args:
            program: How this program is called while it is at work, with ``{what}`` for what it does.
            writable: Whether the stack's files may be written when somebody asks for it.
        """
        from harmony_desktop.control.late import late
        from harmony_desktop.control.tools import Tools

        def locks() -> StackLocks:
            from harmony_desktop.host.stack_lock import FileLocks
            from harmony_desktop.setup.places import lock_folders

            return FileLocks(lock_folders, program)

        def releases() -> ReleaseMemory:
            from harmony_desktop.setup.releases import ReleaseFile

            return ReleaseFile()

        def ports() -> MachinePorts:
            from harmony_desktop.host.ports import LocalPorts

            return LocalPorts()

        def stack_env() -> StackEnv:
            from harmony_desktop.setup.env_writer import EnvWriter

            return EnvWriter(os.environ, writable)

        def adjuster() -> Adjuster:
            from harmony_desktop.setup.adjusting import LocalAdjuster

            return LocalAdjuster(os.environ, writable)

        def lives() -> LifeMemory:
            from harmony_desktop.setup.lives import LifeFile

            return LifeFile()

        def space() -> SpaceLookup:
            from harmony_desktop.host.space import disk_space

            return disk_space

        def configs() -> ConfigKeeper:
            from harmony_desktop.assets import compose_dir
            from harmony_desktop.setup.configuring import LocalConfig

            return LocalConfig(os.environ, compose_dir(), ports(), writable)

        def gaming() -> GamingMemory:
            from harmony_desktop.setup.gaming_file import GamingFile

            return GamingFile()

        def meters() -> Meters:
            from harmony_desktop.host.meters import LocalMeters

            return LocalMeters()

        def upgrades() -> UpgradeKeeper:
            from harmony_desktop.assets import compose_dir
            from harmony_desktop.setup.upgrade_files import LocalUpgrades

            return LocalUpgrades(os.environ, compose_dir(), ports(), writable)

        # Each is made by whoever first asks something of it: most calls need two or three of them.
        return Tools(
            clock=self.clock,
            locks=late(locks),
            releases=late(releases),
            ports=late(ports),
            stack_env=late(stack_env),
            adjuster=late(adjuster),
            lives=late(lives),
            space=late(space),
            secrets=self.secrets,
            wizard=self._set_up_files if writable else None,
            set_up_begun=_set_up_begun,
            configs=late(configs),
            upgrades=late(upgrades),
            models=self.models,
            crashes=self.book,
            app_releases=self._app_releases,
            backups=self._backups if writable else None,
            gaming=late(gaming),
            autostart=self._autostart,
            meters=meters,
            choices=late(self._choices),
        )

    def _choices(self) -> ChoiceReader:
        from harmony_desktop.setup.memory_choice import FileChoices

        return FileChoices()

    def _autostart(self) -> Autostart:
        from harmony_desktop.host.autostart import local_autostart

        return local_autostart(os.environ)

    def _backups(self) -> BackupKeeper:
        from harmony_desktop.assets import compose_dir
        from harmony_desktop.setup.backup import LocalBackups

        return LocalBackups(os.environ, compose_dir(), self._stack_folder.take)

    def _app_releases(self) -> AppTools:
        from harmony_desktop.assets import project_address
        from harmony_desktop.control.app_news import AppTools
        from harmony_desktop.setup.app_feed import HttpReleases
        from harmony_desktop.setup.app_memory import ReleaseNotesFile
        from harmony_desktop.setup.installed_as import installed_as

        address = os.environ.get("HARMONY_RELEASES") or project_address("releases")
        return AppTools(HttpReleases(address), ReleaseNotesFile(), lambda: installed_as(os.environ))

    def models(self) -> ModelTools:
        """Return those who handle language models."""
        from harmony_desktop.control.models import ModelTools
        from harmony_desktop.setup.hub import HttpHub
        from harmony_desktop.setup.hub_token import TokenFile
        from harmony_desktop.setup.models import LocalLibrary
        from harmony_desktop.setup.suggestions import suggestions

        def learn(token: str) -> None:
            self.secrets.add("model hub", lambda known: known.learn(token))

        tokens = TokenFile(os.environ, learn=learn)
        return ModelTools(LocalLibrary(), HttpHub(os.environ, tokens), suggestions)

    def _set_up_files(self) -> LocalWizard:
        from harmony_desktop.setup.wizard_tools import LocalWizard

        def toolkit(rootless: bool) -> str:
            import shutil

            from harmony_desktop.engine.installed import look
            from harmony_desktop.engine.place import LINUX, Place
            from harmony_desktop.preflight.toolkit_help import toolkit_advice

            place = Place.here(os.environ)
            if place.system != LINUX:
                return ""  # Docker Desktop brings it
            return toolkit_advice(
                look(place).system, installed=shutil.which("nvidia-ctk") is not None, rootless=rootless
            )

        return LocalWizard(self._stack_folder, os.environ, toolkit_help=toolkit)

    def load_project(self, options: ProjectOptions) -> Project:
        """Return the project that is meant: the files given, those of this directory, or the stack folder."""
        from harmony_desktop.control.known_secrets import learn_folder, learn_project

        try:
            project = self._load_project(options)
        except HarmonyError as error:
            from harmony_desktop.setup.lacking import advise_set_up

            named = [Path(file) for file in (*options.files, *options.env_files)]
            folder = Path(options.project_directory or self.folder().location() or Path.cwd())
            advise_set_up(error, folder)
            self.secrets.add("folder", lambda known: learn_folder(known, folder, named))
            self.secrets.add("working directory", lambda known: learn_folder(known, Path.cwd()))
            raise
        self.secrets.add("project", lambda known: learn_project(known, project))
        if not self._watched[1]:  # a window says more than what steps were done
            self.secrets.vouch(lambda: _words_of_steps(project))
        return project

    def _load_project(self, options: ProjectOptions) -> Project:
        from harmony_desktop.stack.load import NoComposeFileError, load_project

        def load(files: tuple[str, ...], directory: Path | None) -> Project:
            project = load_project(
                files=files,
                project_directory=directory,
                project_name=options.project_name or None,
                env_files=[Path(file) for file in options.env_files],
                profiles=options.profiles,
                environ=os.environ,
                cwd=Path.cwd(),
                scale=options.scale,
            )
            return self._known(project)

        directory = Path(options.project_directory) if options.project_directory else None
        if options.hardware in {"cpu", "nvidia"} and not options.files:
            return load(self._files_of(options.hardware, directory), directory)
        try:
            return load(options.files, directory)
        except NoComposeFileError as error:
            location = self.folder().location()
            if options.files or directory:
                raise
            if not location:
                advice = "Prepare the stack with “harmony-desktop setup”, or name compose files of your own with -f."
                raise NoComposeFileError(error.title, cause=error.cause, advice=advice) from error
            return load((), self._stack_folder.here())

    def _known(self, project: Project) -> Project:
        """Return a project of the stack folder with what is known of its services; others are as they say."""
        from harmony_desktop.stack.presentation import is_said

        if all(
            is_said(service.spec) or "harmonyai/" not in str(service.image) for service in project.services.values()
        ):
            return project
        from harmony_desktop.setup.folder import known

        location = self.folder().location()
        return known(project) if location and Path(location).resolve() == project.working_dir.resolve() else project

    def _files_of(self, hardware: str, directory: Path | None) -> tuple[str, ...]:
        """Return the files of a stack folder that mean a profile, for ``--hardware``."""
        return self._stack_folder.files_for(hardware, directory or self._near_folder())

    def _near_folder(self) -> Path | None:
        """Return the working directory if it is a stack folder."""
        from harmony_desktop.setup.manifest import Manifest

        here = Path.cwd()
        return here if Manifest.stands_in(here) else None

    def connector(self, options: EngineOptions) -> Connector:
        """Return what finds the engine."""
        from harmony_desktop.engine.connector import DockerConnector

        return DockerConnector(host=options.host, context=options.context, chosen=_chosen_context, environ=os.environ)

    def contexts(self, options: EngineOptions) -> ContextBook:
        """Return the Docker contexts to choose from."""
        from dataclasses import replace

        from harmony_desktop.engine.context_book import DockerContexts
        from harmony_desktop.engine.place import Place
        from harmony_desktop.setup.settings import SettingsFile

        def remember(name: str) -> None:
            SettingsFile().update(lambda settings: replace(settings, context=name))

        return DockerContexts(
            Place.here(os.environ),
            chosen=_chosen_context,
            remember=remember,
            host=options.host,
            context=options.context,
        )

    @cached_property
    def _stack_folder(self) -> StackFolder:
        from harmony_desktop.setup.folder import StackFolder

        return StackFolder(os.environ)

    def folder(self) -> Folder:
        """Return the stack folder."""
        return self._stack_folder

    def scout(self) -> MachineScout:
        """Return what looks at the machine."""
        from harmony_desktop.control.machine import MachineScout
        from harmony_desktop.host.local import LocalHost
        from harmony_desktop.host.memory import ProofMemory
        from harmony_desktop.host.profile import choose_profile

        return MachineScout(LocalHost(), choose_profile, ProofMemory())

    def default_folder(self) -> Path:
        """Return where a stack folder is made unless the user says otherwise."""
        from harmony_desktop.setup.folder import default_folder

        return default_folder()

    def doctor(
        self, project: ProjectOptions, engine: EngineOptions, program: str = "harmony-desktop {what}"
    ) -> StackDoctor:
        """Return what runs the checks and makes repairs; compose files that were named for this call stay as they are.

        Args:
            project: Which project is meant.
            engine: Which engine.
            program: How this program is called while it repairs.
        """
        from harmony_desktop.engine import config_file
        from harmony_desktop.engine.place import Place
        from harmony_desktop.host.ports import LocalPorts
        from harmony_desktop.host.space import disk_space
        from harmony_desktop.host.stack_lock import FileLocks
        from harmony_desktop.host.toolkit import nvidia_toolkit
        from harmony_desktop.preflight.doctor import StackDoctor
        from harmony_desktop.preflight.mending import Surgery
        from harmony_desktop.setup.checks import place_warnings
        from harmony_desktop.setup.lacking import lacking
        from harmony_desktop.setup.linter import lint
        from harmony_desktop.setup.mending import LocalMender
        from harmony_desktop.setup.places import lock_folders

        def container_proxies() -> tuple[str, ...]:
            found = config_file.load(Place.here(os.environ).config_folder).proxies("")
            return tuple(address for name, address in found.items() if name != "noProxy")

        connector = self.connector(engine)
        locks = FileLocks(lock_folders, program)
        return StackDoctor(
            load=lambda: self.load_project(project),
            connector=connector,
            surgery=Surgery(LocalMender(writable=not project.files), locks, self.clock, connector.connect),
            environ=os.environ,
            lint=lint,
            choices=self._choices(),
            lacking=lacking,
            place=place_warnings,
            toolkit=nvidia_toolkit,
            proxies=container_proxies,
            folder=self.folder(),
            default_folder=self.default_folder(),
            scout=self.scout(),
            ports=LocalPorts(),
            space=disk_space,
            wanted=project.hardware,
        )

    def report(self, project: ProjectOptions, engine: EngineOptions, folder: Folder | None = None) -> ReportMaker:
        """Return what makes a report for whoever helps.

        Args:
            project: Which project is meant.
            engine: Which engine.
            folder: The window's folder, whose project is the one that is meant.
        """
        from dataclasses import replace

        from harmony_desktop.engine import config_file, contexts
        from harmony_desktop.engine.place import Place
        from harmony_desktop.preflight.bundle import StackReport, Surroundings
        from harmony_desktop.setup.own_log import log_files
        from harmony_desktop.setup.settings import default_file

        place = Place.here(os.environ)
        around = Surroundings(
            environ=os.environ,
            home=Path.home(),
            user=place.user,
            settings=default_file(),
            own_logs=log_files(),
            contexts=lambda: contexts.listed(place.config_folder),
            docker_config=lambda: config_file.load(place.config_folder).data,
            named=[Path(file).absolute() for file in (*project.files, *project.env_files)],
        )
        doctor = self.doctor(project, engine)
        if folder is not None:
            doctor = replace(doctor, load=folder.load, folder=folder)
        return StackReport(
            load=doctor.load,
            connector=doctor.connector,
            folder=doctor.folder,
            default_folder=self.default_folder(),
            scout=self.scout(),
            examine=doctor.examine,
            around=around,
            wanted=project.hardware,
        )


def _words_of_steps(project: Project) -> frozenset[str]:
    """Return what lines about steps are made of; each call of the command line writes a few."""
    from harmony_desktop.cli.console import STEP_WORDS
    from harmony_desktop.control.known_secrets import plain_words

    return STEP_WORDS | plain_words(project)


def _set_up_begun() -> bool:
    """Return whether somebody has begun the set-up."""
    from harmony_desktop.setup.settings import set_up_begun

    return set_up_begun()


def _chosen_context() -> str:
    """Return the Docker context that the user has chosen in the window, or ""."""
    from harmony_desktop.setup.settings import SettingsFile

    return SettingsFile().load().context


def run_gui(arguments: argparse.Namespace, environment: AppEnvironment) -> int:
    """Open the window, or raise the one that runs; return the exit status."""
    from harmony_desktop.cli.parser import GALLERY_LIST

    if arguments.quit:
        return _quit_other(arguments, environment)
    if arguments.gallery == GALLERY_LIST:
        return _list_gallery(environment)
    fault = display_fault(sys.platform, os.environ)
    if fault:
        environment.err.write(f"{fault}\n")
        return 1
    # PySide6 before qasync: it takes the Qt binding that is there already.
    import PySide6.QtCore  # noqa: F401 - before what follows

    from harmony_desktop.ui.quick_imports import spare_sources

    spare_sources()
    from harmony_desktop.ui.application import make_application
    from harmony_desktop.ui.doorstep import door_name, may_answer
    from harmony_desktop.ui.qt_messages import log_qt_messages

    log_qt_messages(environment.qt_gives_up)
    app = make_application(sys.argv[:1])
    app.setApplicationName("harmony-desktop")
    if arguments.gallery:
        return _run_on_qt(_show_gallery(arguments.gallery, environment))
    if may_answer(door_name(_scope(arguments))):
        from harmony_desktop.ui.single_instance import SingleInstance

        if SingleInstance(_scope(arguments)).raise_other():
            return 0
    ending = _Ending()
    environment.quit = ending.call
    try:
        return _show_window(arguments, environment, ending)
    finally:  # what comes now ends the program
        environment.quit = environment.crashes.hooks.interrupted = None


def _scope(arguments: argparse.Namespace) -> str:
    """Return what may be open only once."""
    from harmony_desktop.setup.settings import default_file

    return "\0".join([str(default_file()), *map(os.path.abspath, arguments.file or ())])


def _quit_other(arguments: argparse.Namespace, environment: AppEnvironment) -> int:
    """End the panel that runs; return 1 if it stays."""
    from PySide6.QtCore import QCoreApplication

    from harmony_desktop.ui.single_instance import Farewell, SingleInstance

    _app = QCoreApplication(sys.argv[:1])
    if SingleInstance(_scope(arguments)).end_other() is not Farewell.STAYS:
        return 0
    environment.err.write("The panel is still open: perhaps it waits for an answer.\n")
    return 1


def display_fault(platform: str, environ: Mapping[str, str]) -> str:
    """Return what to say when there is no screen to open a window on, or ""."""
    if platform in {"win32", "darwin"}:
        return ""
    if any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return ""
    return (
        "Error: There is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).\n"
        "The same can be done without one: see “harmony-desktop --help”."
    )


def _run_on_qt(life: Coroutine[Any, Any, int]) -> int:
    import gc

    import qasync

    gc.enable()  # see __main__: this is no short call, and the first paint is over
    status: int = qasync.run(life)
    return status


class _Ending:
    """Somebody quits: perhaps before there is a loop that could wait for it."""

    def __init__(self) -> None:
        self._called = False
        self._event: asyncio.Event | None = None

    def call(self) -> None:
        """Quit."""
        self._called = True
        if self._event is not None:
            self._event.set()

    async def wait(self) -> None:
        """Wait until somebody quits."""
        import asyncio

        self._event = asyncio.Event()
        if self._called:
            self._event.set()
        await self._event.wait()


def _show_window(arguments: argparse.Namespace, environment: AppEnvironment, ending: _Ending) -> int:
    """Show window and tray until somebody quits; the loop, and all that lives on it, comes after the first paint."""
    from harmony_desktop.control.late_core import LateCore
    from harmony_desktop.setup.remembered import RememberedSettings
    from harmony_desktop.setup.settings import SettingsFile
    from harmony_desktop.ui.app import DesktopUi
    from harmony_desktop.ui.first_paint import wait_for_paint

    made: list[Controller] = []

    def make() -> Controller:
        made.append(_make_controller(arguments, environment))
        return made[0]

    core = LateCore(make)
    settings = RememberedSettings(SettingsFile())
    desktop = DesktopUi(
        core.intents, settings=settings, quit=ending.call, start_minimized=arguments.minimized, late=True
    )
    desktop.show()
    wait_for_paint(desktop.window)
    desktop.furnish()
    wait_for_paint(desktop.window)
    from harmony_desktop.ui.single_instance import SingleInstance

    instance = SingleInstance(_scope(arguments))
    if instance.raise_other():  # one that was started at the same moment was quicker
        ending.call()
    else:
        instance.open()
        instance.raised.connect(desktop.raise_)
        instance.end_wanted.connect(desktop.end)

    async def live() -> int:
        import asyncio
        import logging
        from concurrent.futures import ThreadPoolExecutor

        from harmony_desktop.cli.stderr_log import log_to

        # qasync's own begins with ten threads, 200 KB each, whether they are needed or not.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "panel"))
        settings.begin()
        _end_on_signals(ending.call)
        # For whoever started it in a terminal; the log is for all others.
        level = logging.DEBUG if arguments.verbose else logging.WARNING
        log_to(environment.err, level, traces=arguments.verbose)
        environment.crashes.over_loop(asyncio.get_running_loop())
        opening = asyncio.create_task(_open_behind(core, desktop, made), name="open")
        opening.add_done_callback(environment.crashes.of_task)
        try:
            await ending.wait()
        finally:
            opening.cancel()
            await asyncio.wait([opening])
            desktop.destroy()
            for controller in made:
                await controller.close()
            await settings.close()
            instance.close()
        return 0

    with environment.crashes.over_window(ending.call):
        return _run_on_qt(live())


#: Threads at most for short work beside the window's loop; they are made as they are needed.
_THREADS = 10
#: What the window and its core need right behind the first paint.
_BEHIND = (
    "control.controller",
    "control.late",
    "control.masking",
    "control.upgrade_desk",
    "engine.connector",
    "engine.context_book",
    "host.local",
    "host.memory",
    "host.meters",
    "host.profile",
    "setup.folder",
    "ui.corner",
    "ui.crash_teller",
    "ui.log_bounds",
    "ui.stack_sections",
    "ui.window_keys",
)


async def _open_behind(core: LateCore, desktop: DesktopUi, made: list[Controller]) -> None:
    """Behind the painted window: make the core and the rest of the page, read the files, find the engine.

    Each in a turn of the loop of its own, and imports in a thread: none holds up the window for long.
    """
    import asyncio
    from importlib import import_module

    for name in _BEHIND:
        await asyncio.to_thread(import_module, f"harmony_desktop.{name}")
    core.core()
    await asyncio.sleep(0)
    desktop.window.prepare()
    await asyncio.sleep(0)
    desktop.prepare()
    await asyncio.sleep(0)
    for controller in made:
        await controller.open()


def _make_controller(arguments: argparse.Namespace, environment: AppEnvironment) -> Controller:
    """Return the core of the window."""
    from dataclasses import replace

    from harmony_desktop.cli.parser import project_options
    from harmony_desktop.control.controller import Controller
    from harmony_desktop.control.report import LateReport
    from harmony_desktop.host.meters import LocalMeters

    engine = EngineOptions(arguments.context or "", arguments.host or "")
    folder = _folder(arguments, environment)

    def doctor() -> StackDoctor:
        made = environment.doctor(project_options(arguments), engine, "The Harmony window")
        return replace(made, load=folder.load, folder=folder)

    reports = LateReport(lambda: environment.report(project_options(arguments), engine, folder))
    return Controller(
        connector=environment.connector(engine),
        contexts=environment.contexts(engine),
        folder=folder,
        scout=environment.scout(),
        meters=LocalMeters(),
        tools=replace(
            environment.tools("The Harmony window", writable=not arguments.file), reports=reports, doctor=doctor
        ),
    )


def _folder(arguments: argparse.Namespace, environment: AppEnvironment) -> Folder:
    """Return the stack folder, or what stands for it when the caller names files."""
    if not arguments.file:
        return environment.folder()
    from harmony_desktop.cli.parser import project_options
    from harmony_desktop.setup.given import GivenFiles

    options = project_options(arguments)
    directory = Path(options.project_directory or options.files[0])
    directory = directory if directory.is_dir() else directory.parent
    return GivenFiles(directory.absolute(), lambda: environment.load_project(options))


def _list_gallery(environment: AppEnvironment) -> int:
    """Print the names of all recorded states."""
    from harmony_desktop.ui.gallery import gallery

    environment.out.write("".join(f"{name}\n" for name in gallery()))
    return 0


#: Seconds after which a window is shown, so that dialogs find their place over it.
_SHOWN = 0.2


async def _show_gallery(name: str, environment: AppEnvironment) -> int:
    """Show one recorded state, for review: without an engine, and with gestures that only tell what they would do."""
    import asyncio

    from harmony_desktop.ui.app import DesktopUi
    from harmony_desktop.ui.gallery import RecordedIntents, gallery
    from harmony_desktop.ui.gallery_stage import arrange
    from harmony_desktop.ui.settings import Key, MemorySettings

    states = gallery()
    if name not in states:
        environment.err.write(f"Error: There is no state “{name}”. There are: {', '.join(states)}.\n")
        return 2
    ended = asyncio.Event()
    intents = RecordedIntents(states[name])
    page = states[name].page
    settings = MemorySettings({Key.PAGE: page} if page else {})
    desktop = DesktopUi(intents, settings=settings, quit=ended.set)
    _end_on_signals(ended.set)
    desktop.show()
    asyncio.get_running_loop().call_later(_SHOWN, arrange, desktop, intents, states[name])
    try:
        await ended.wait()
    finally:
        desktop.destroy()
    return 0


def _end_on_signals(end: Callable[[], None]) -> None:
    import asyncio
    import signal

    if sys.platform == "win32":
        from harmony_desktop.host.console_end import on_console_end

        on_console_end(end, asyncio.get_running_loop())
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
