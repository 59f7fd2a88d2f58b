"""What the checks look at: gathered once, so that all of them judge the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harmony_desktop.control.disk_space import Room
from harmony_desktop.control.machine import MachineLook
from harmony_desktop.control.port_records import MachinePorts, Publisher
from harmony_desktop.control.ports import EngineError, EngineInfo
from harmony_desktop.control.readiness import engine_host
from harmony_desktop.plan.observed import Observed
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class CannotTellError(Exception):
    """Something that a check needs is missing; the text says what, and becomes the cause of its finding."""


@dataclass(frozen=True, slots=True)
class World:
    """Files, engine and machine.

    Attributes:
        folder: The project's folder, or where the stack folder is (or would be) when no project could be loaded.
        ports: The ports of this machine.
        project: The project, or None (then ``project_error`` says why).
        project_error: Why there is no project.
        profile: The profile that the stack folder's files mean, or "" when the project is not that of the stack folder.
        info: What the engine says of itself, or None (then ``engine_error`` says why).
        engine_error: Why there is no engine.
        observed: The engine's side of the project with its images, or None when it could not be asked.
        publishers: The engine's running containers with ports, of all projects.
        look: Cards, the engine's proof, and the machine; None when looking failed.
        room: The room on the engine's own disk, or None when the engine could not be asked.
    """

    folder: Path
    ports: MachinePorts
    project: Project | None = None
    project_error: HarmonyError | None = None
    profile: str = ""
    info: EngineInfo | None = None
    engine_error: EngineError | None = None
    observed: Observed | None = None
    publishers: tuple[Publisher, ...] = ()
    look: MachineLook | None = None
    room: Room | None = None

    def local_project(self) -> Project:
        """Return the project, for checks that look at this machine on behalf of the engine.

        Raises:
            CannotTellError: There is no project, or the engine is on another machine.
        """
        if self.project is None:
            raise CannotTellError("The stack's files could not be loaded: see stack.files.")
        host = engine_host(self.info.address) if self.info else ""
        if host and host not in _LOOPBACK:
            raise CannotTellError(f"The engine runs on another machine ({host}), which cannot be looked at from here.")
        return self.project

    def looked(self) -> MachineLook:
        """Return the look at the machine. Raises CannotTellError when there is none."""
        if self.look is None:
            raise CannotTellError("Looking at this computer failed.")
        return self.look
