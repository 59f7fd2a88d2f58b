"""Gathers what the checks need, and runs them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harmony_desktop.control.disk_space import Room, SpaceLookup, look_for_room
from harmony_desktop.control.doctor import Finding
from harmony_desktop.control.machine import MachineLook, MachineScout
from harmony_desktop.control.port_records import MachinePorts, Publisher
from harmony_desktop.control.ports import Connector, Engine, EngineError, EngineInfo, Folder
from harmony_desktop.plan.observed import Observed
from harmony_desktop.preflight.check import Check
from harmony_desktop.preflight.disk_space import DiskSpace
from harmony_desktop.preflight.engine_api import EngineApi
from harmony_desktop.preflight.engine_disk import EngineDisk
from harmony_desktop.preflight.engine_reachable import EngineReachable
from harmony_desktop.preflight.file_mounts import FileMounts
from harmony_desktop.preflight.free_ports import FreePorts
from harmony_desktop.preflight.gpu_profile import GpuProfile
from harmony_desktop.preflight.runner import run_checks
from harmony_desktop.preflight.stack_files import StackFiles
from harmony_desktop.preflight.world import World
from harmony_desktop.preflight.writable_folders import WritableFolders
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

#: All checks, in the order in which they are told.
CHECKS: tuple[Check, ...] = (
    EngineReachable(),
    EngineApi(),
    StackFiles(),
    FileMounts(),
    WritableFolders(),
    FreePorts(),
    DiskSpace(),
    EngineDisk(),
    GpuProfile(),
)

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
        wanted: "auto", "cpu" or "nvidia" for this call, or "" for what the user has chosen.
    """

    load: Callable[[], Project]
    connector: Connector
    folder: Folder
    default_folder: Path
    scout: MachineScout
    ports: MachinePorts
    space: SpaceLookup
    wanted: str = ""

    async def examine(self) -> tuple[Finding, ...]:
        """Run all checks; one finding each, in a stable order. Changes nothing of the stack."""
        return await run_checks(CHECKS, await self.survey())

    async def survey(self) -> World:
        """Look at files, engine and machine once."""
        async with contextlib.AsyncExitStack() as stack:
            world, (engine, info, fault) = await asyncio.gather(
                asyncio.to_thread(self._files), self._reach_engine(stack)
            )
            (observed, publishers), look = await asyncio.gather(
                _observe(engine, world.project), self._look(str(world.folder), engine, info)
            )
            room = await self._room(engine, world.project, observed)
        return replace(
            world, info=info, engine_error=fault, observed=observed, publishers=publishers, look=look, room=room
        )

    def _files(self) -> World:
        """Return the world as far as files go."""
        location = self.folder.location()
        try:
            project = self.load()
        except HarmonyError as error:
            folder = Path(location) if location else self.default_folder
            return World(folder, self.ports, project_error=error)
        ours = bool(location) and Path(location).resolve() == project.working_dir.resolve()
        profile = self.folder.profile() if ours else ""
        return World(project.working_dir, self.ports, project=project, profile=profile)

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
            return await self.scout.look(folder, wanted, engine, info)
        except Exception as error:  # noqa: BLE001 - a machine that cannot be looked at is a finding like any other
            _log.error("looking at the machine failed", exc_info=error)
            return None


async def _observe(engine: Engine | None, project: Project | None) -> tuple[Observed | None, tuple[Publisher, ...]]:
    """Return the engine's side of the project with its images (None where it cannot be told), and who has ports."""
    if engine is None or project is None:
        return None, ()
    references = {service.image for service in project.services.values() if service.image}
    try:
        observed, images, publishers = await asyncio.gather(
            engine.observe(project.name), engine.images(references), engine.publishers()
        )
    except EngineError as error:
        _log.warning("the engine could not tell what it has: %s", error)
        return None, ()
    return replace(observed, images=images), publishers
