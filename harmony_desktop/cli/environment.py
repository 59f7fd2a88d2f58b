"""What the command line needs from outside: made by ``bootstrap``, or by a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    # "config" is as quick as it is because it loads neither these nor the event loop.
    from harmony_desktop.control.doctor import Doctor
    from harmony_desktop.control.machine import MachineScout
    from harmony_desktop.control.ports import Clock, Connector, Engine, Folder
    from harmony_desktop.control.report import ReportMaker
    from harmony_desktop.control.tools import Tools
    from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class ProjectOptions:
    """The global options that say which project is meant."""

    files: tuple[str, ...] = ()
    project_directory: str = ""
    project_name: str = ""
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    hardware: str = ""
    scale: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The global options that say which engine is meant."""

    context: str = ""
    host: str = ""


class Environment(Protocol):
    """The parts, made only when they are asked for: a call pays for what it uses."""

    @property
    def out(self) -> TextIO:
        """Results."""
        ...

    @property
    def err(self) -> TextIO:
        """Progress, warnings and errors."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    def tools(self, *, writable: bool = True) -> Tools:
        """Return the machine's side of operations; ``writable``: whether files may be written when asked to."""
        ...

    def load_project(self, options: ProjectOptions) -> Project:
        """Return the project. Raises ComposeError."""
        ...

    def connector(self, options: EngineOptions) -> Connector:
        """Return what finds the engine."""
        ...

    def folder(self) -> Folder:
        """Return the stack folder."""
        ...

    def scout(self) -> MachineScout:
        """Return what looks at the machine."""
        ...

    def default_folder(self) -> Path:
        """Return where a stack folder is made unless the user says otherwise."""
        ...

    def doctor(self, project: ProjectOptions, engine: EngineOptions) -> Doctor:
        """Return what runs the checks."""
        ...

    def report(self, project: ProjectOptions, engine: EngineOptions) -> ReportMaker:
        """Return what makes a report for whoever helps."""
        ...

    def mask(self, text: str) -> str:
        """Return a text of ours without secrets; what goes to ``err`` is masked already."""
        ...


async def connected(environment: Environment, options: EngineOptions) -> Engine:
    """Return the engine that is meant. Raises EngineUnavailableError."""
    return await environment.connector(options).connect()
