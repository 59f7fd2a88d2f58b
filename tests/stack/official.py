"""The official Docker Compose as an oracle: what it makes of a folder of compose files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BINARY = Path(sys.executable).with_name("docker-compose")


@dataclass(frozen=True)
class Call:
    """How a project is asked for: the global options, as both programs have them.

    Attributes:
        files: ``-f``.
        profiles: ``--profile``.
        env_files: ``--env-file``.
        project_name: ``-p``.
        project_directory: ``--project-directory``.
        environ: The process's environment, beside PATH and HOME.
        cwd: Working directory, below the case's folder.
    """

    files: Sequence[str] = ()
    profiles: Sequence[str] = ()
    env_files: Sequence[str] = ()
    project_name: str = ""
    project_directory: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""

    def environment(self, folder: Path) -> dict[str, str]:
        """The whole environment of the process."""
        home = {"HOME": str(folder / "home"), "PATH": os.environ["PATH"], "PWD": str(folder / self.cwd)}
        return home | dict(self.environ)

    def options(self) -> list[str]:
        """The global options on the official command line."""
        options = [part for file in self.files for part in ("-f", file)]
        options += [part for profile in self.profiles for part in ("--profile", profile)]
        options += [part for file in self.env_files for part in ("--env-file", file)]
        if self.project_name:
            options += ["-p", self.project_name]
        if self.project_directory:
            options += ["--project-directory", self.project_directory]
        return options


@dataclass(frozen=True)
class Answer:
    """What the official Compose printed; ``output`` is None when it failed, with ``errors`` telling why."""

    output: str | None
    errors: str


def ask(folder: Path, call: Call, *arguments: str) -> Answer:
    """Run the official ``config`` with these arguments."""
    done = subprocess.run(
        [str(BINARY), *call.options(), "config", *arguments],
        cwd=folder / call.cwd,
        env=call.environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Answer(done.stdout if done.returncode == 0 else None, done.stderr)


def hashes(folder: Path, call: Call) -> dict[str, str]:
    """The official config hashes, by service."""
    answer = ask(folder, call, "--hash", "*")
    return dict(line.split() for line in (answer.output or "").splitlines())
