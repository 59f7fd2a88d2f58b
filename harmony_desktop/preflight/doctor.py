"""Gathers what the checks need, and runs them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from harmony_desktop.control.disk_space import Room, SpaceLookup, look_for_room
from harmony_desktop.control.doctor import Finding, Progress
from harmony_desktop.control.findings import Finding as Lint
from harmony_desktop.control.machine import MachineLook, MachineScout
from harmony_desktop.control.memory_choice import ChoiceReader, Chosen
from harmony_desktop.control.port_records import MachinePorts, Publisher
from harmony_desktop.control.ports import Connector, Engine, EngineError, EngineInfo, Folder
from harmony_desktop.control.repairs import Repair, RepairPlan, Undone
from harmony_desktop.plan.observed import Observed
from harmony_desktop.preflight.checks import CHECKS
from harmony_desktop.preflight.mending import Surgery
from harmony_desktop.preflight.runner import run_checks
from harmony_desktop.preflight.texts import collect
from harmony_desktop.preflight.world import Named, World
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

#: Seconds that the look at cards, memory and disks may take; the driver has a limit of its own within it.
_LOOK_LIMIT = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StackDoctor:
    """The doctor of one stack on one engine (the protocol Doctor of control/doctor.py).

    Args:
        load: Loads the project. Raises HarmonyError.
        connector: Finds the engine.
        folder: The stack folder.
        default_folder: Where a stack folder is made unless the user says otherwise.
        scout: Looks at the machine.
        ports: The ports of this machine.
        space: Looks at the disks of this machine.
        surgery: Makes repairs true.
        environ: The environment of this program.
        choices: Reads what the stack would load into memory; None where nobody does.
        lint: Returns what configuration files and compose files say of one another that does not agree.
        lacking: Returns the names of shipped compose files that a stack folder lacks.
        place: Returns what speaks against keeping a stack folder where it is.
        toolkit: Returns the programs of the NVIDIA Container Toolkit that are here, and the distribution.
        proxies: Returns the proxies that containers get from Docker's configuration of this user.
        wanted: "auto", "cpu" or "nvidia" for this call, or "" for what the user has chosen.
    """

    load: Callable[[], Project]
    connector: Connector
    folder: Folder
    default_folder: Path
    scout: MachineScout
    ports: MachinePorts
    space: SpaceLookup
    surgery: Surgery
    environ: Mapping[str, str] = field(default_factory=dict)
    choices: ChoiceReader | None = None
    lint: Callable[[Project], tuple[Lint, ...]] = lambda _project: ()
    lacking: Callable[[Path], tuple[str, ...]] = lambda _folder: ()
    place: Callable[[Path], tuple[str, ...]] = lambda _folder: ()
    toolkit: Callable[[], tuple[tuple[str, ...], tuple[str, ...]]] = lambda: ((), ())
    proxies: Callable[[], tuple[str, ...]] = lambda: ()
    wanted: str = ""

    async def examine(self, *, quick: bool = False, progress: Progress | None = None) -> tuple[Finding, ...]:
        """Run all checks, or those that cost little; one finding each, in a stable order. Changes nothing."""
        checks = [check for check in CHECKS if check.quick or not quick]
        if progress is not None:
            progress(0, len(checks))
        return await run_checks(checks, await self.survey(quick=quick), progress=progress)

    async def plan(self, repairs: Sequence[Repair]) -> RepairPlan:
        """Return what repairs would do. Raises HarmonyError where one cannot be done."""
        root = await asyncio.to_thread(self._root)
        return await asyncio.to_thread(self.surgery.mender.plan, root, repairs)

    async def mend(self, plan: RepairPlan, note: Callable[[str], None]) -> tuple[Path, ...]:
        """Do it, while holding the stack's lock; return the backups. Raises HarmonyError."""
        return await self.surgery.mend(plan, note)

    async def can_undo(self) -> bool:
        """Return whether there is a repair to take back."""
        return await asyncio.to_thread(lambda: self.surgery.mender.can_undo(self._root()))

    async def undo(self, note: Callable[[str], None]) -> Undone:
        """Take back the last repair. Raises HarmonyError."""
        return await self.surgery.undo(await asyncio.to_thread(self._root), note)

    def _root(self) -> Path:
        """Return the folder of the stack's files, as the checks judge it."""
        return self._files().folder

    async def survey(self, *, quick: bool = False) -> World:
        """Look at files, engine and machine once; ``quick``: without cards, memory and disks."""
        async with contextlib.AsyncExitStack() as stack:
            world, (engine, info, fault) = await asyncio.gather(
                asyncio.to_thread(self._files), self._reach_engine(stack)
            )
            asked_at = time.time()
            observing = _observe(engine, world.project)
            looking = self._look(str(world.folder), engine, info) if not quick else _nothing()
            (observed, publishers, named), look = await asyncio.gather(observing, looking)
            room = await self._room(engine, world.project, observed) if not quick else None
            chosen = await asyncio.to_thread(self._chosen, world.project) if not quick else None
        return replace(
            world,
            info=info,
            asked_at=asked_at,
            engine_error=fault,
            observed=observed,
            publishers=publishers,
            named=named,
            look=look,
            room=room,
            chosen=chosen,
        )

    def _chosen(self, project: Project | None) -> Chosen | None:
        """Return what a project would load into memory, or None where nobody can tell."""
        return self.choices.chosen(project) if self.choices is not None and project is not None else None

    def _files(self) -> World:
        """Return the world as far as files go."""
        location = self.folder.location()
        error: HarmonyError | None = None
        project: Project | None = None
        try:
            project = self.load()
        except HarmonyError as raised:
            error = raised
        root = project.working_dir if project else Path(location) if location else self.default_folder
        ours = bool(location) and project is not None and Path(location).resolve() == root.resolve()
        programs, system = self.toolkit()
        return World(
            root,
            self.ports,
            project=project,
            project_error=error,
            profile=self.folder.profile() if ours else "",
            texts=collect(project, root),
            environ=self.environ,
            linted=self.lint(project) if project is not None else (),
            lacking=self.lacking(root),
            place=self.place(root.absolute()),
            toolkit=programs,
            system=system,
            client_proxies=self.proxies(),
            stock=lambda path: self.surgery.mender.stock(root, path),
        )

    async def _reach_engine(
        self, stack: contextlib.AsyncExitStack
    ) -> tuple[Engine | None, EngineInfo | None, EngineError | None]:
        try:
            engine = await self.connector.connect()
            stack.push_async_callback(engine.close)
            return engine, await engine.info(), None
        except EngineError as error:
            return None, None, error

    async def _room(self, engine: Engine | None, project: Project | None, observed: Observed | None) -> Room | None:
        if engine is None or project is None:
            return None
        images = observed.images if observed else {}
        missing = {reference for reference, image in images.items() if image is None}
        with contextlib.suppress(EngineError):
            return await look_for_room(engine, project, missing, self.space)
        return None

    async def _look(self, folder: str, engine: Engine | None, info: EngineInfo | None) -> MachineLook | None:
        try:
            wanted = self.wanted or await asyncio.to_thread(self.folder.wanted)
            async with asyncio.timeout(_LOOK_LIMIT):
                return await self.scout.look(folder, wanted, engine, info)
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001 - a machine that cannot be looked at is a finding like any other
            _log.error("looking at the machine failed", exc_info=error)
            return None


async def _nothing() -> None:
    """Return at once."""


async def _observe(
    engine: Engine | None, project: Project | None
) -> tuple[Observed | None, tuple[Publisher, ...], tuple[Named, ...] | None]:
    """Return the engine's side of the project with its images, who has ports, and all containers' names.

    None stands for what cannot be told.
    """
    if engine is None or project is None:
        return None, (), None
    references = {service.image for service in project.services.values() if service.image}
    try:
        observed, images, publishers, listed = await asyncio.gather(
            engine.observe(project.name),
            engine.images(references),
            engine.publishers(),
            engine.told("/containers/json", all="true"),
        )
    except EngineError as error:
        _log.warning("the engine could not tell what it has: %s", error)
        return None, (), None
    return replace(observed, images=images), publishers, _named(listed)


def _named(listed: Any) -> tuple[Named, ...]:  # noqa: ANN401 - the engine's JSON
    found = []
    for item in listed or ():
        labels = item.get("Labels") or {}
        project = labels.get("com.docker.compose.project", "")
        folder = labels.get("com.docker.compose.project.working_dir", "")
        found += [Named(name.removeprefix("/"), project, folder) for name in item.get("Names") or ()]
    return tuple(found)
