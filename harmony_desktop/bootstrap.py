"""The one composition root: builds the parts and puts them together. Only this module knows all rooms.

Everything is imported where it is used: a call of the command line pays for nothing that it does not need.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from harmony_desktop.cli.environment import EngineOptions, ProjectOptions

if TYPE_CHECKING:
    from harmony_desktop.control.machine import MachineScout
    from harmony_desktop.control.ports import Clock, Connector, Folder
    from harmony_desktop.setup.folder import StackFolder
    from harmony_desktop.stack.project import Project


def main(argv: list[str]) -> int:
    """Open the window, or run the subcommand; return the exit status."""
    from harmony_desktop.cli.parser import build_parser, find_command

    arguments = build_parser(find_command(argv)).parse_args(argv)
    if arguments.command is None:
        return run_gui(arguments)
    from harmony_desktop.cli.main import run

    return run(arguments, AppEnvironment(sys.stdout, sys.stderr))


class AppEnvironment:
    """The real parts.

    Args:
        out: Results.
        err: Progress, warnings and errors.
    """

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self.out = out
        self.err = err

    @cached_property
    def clock(self) -> Clock:
        """Time."""
        from harmony_desktop.control.clock import SystemClock

        return SystemClock()

    def load_project(self, options: ProjectOptions) -> Project:
        """Return the project that is meant: the files given, those of this directory, or the stack folder."""
        from harmony_desktop.stack.load import NoComposeFileError, load_project

        def load(files: tuple[str, ...], directory: Path | None) -> Project:
            return load_project(
                files=files,
                project_directory=directory,
                project_name=options.project_name or None,
                env_files=[Path(file) for file in options.env_files],
                profiles=options.profiles,
                environ=os.environ,
                cwd=Path.cwd(),
                scale=options.scale,
            )

        directory = Path(options.project_directory) if options.project_directory else None
        if options.hardware in {"cpu", "nvidia"} and not options.files:
            return load(self._files_of(options.hardware, directory), directory)
        try:
            return load(options.files, directory)
        except NoComposeFileError:
            location = self.folder().location()
            if not location or options.files or directory:
                raise
            return load((), Path(location))

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

        return DockerConnector(host=options.host, context=options.context, environ=os.environ)

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
