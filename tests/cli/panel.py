"""The command line as its users run it: a process of its own, with settings of its own, on the lab's engine."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.main import run
from harmony_desktop.cli.parser import build_parser, find_command
from tests.lab.lab import Lab


@dataclass
class Panel:
    """Calls of the command line.

    Args:
        lab: The engine.
        home: A home folder for settings and caches; nothing else of the test's user is touched.
        env: More variables.
    """

    lab: Lab
    home: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What keeps the panel away from the user's own settings."""
        return {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            **self.env,
        }

    def __call__(
        self, *args: str, cwd: Path | None = None, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one call; ``check`` makes a failure an AssertionError with all that was said."""
        return self.lab.run(
            [sys.executable, "-m", "harmony_desktop", *args],
            cwd=cwd or self.home,
            env={**self.environment, **(env or {})},
            check=check,
        )

    def json(self, *args: str, **options: Any) -> Any:
        """Run one call with ``--format json`` and return what it printed."""
        return json.loads(self(*args, "--format", "json", **options).stdout)

    def stages(self) -> dict[str, str]:
        """The stage of each service that has a container."""
        return {row["service"]: row["stage"] for row in self.json("ps")}


@dataclass
class PanelHere(Panel):
    """The same calls about one stack, made in this process: several times as quick as processes of their own.

    Args:
        folder: The stack's folder.
    """

    folder: Path = field(kw_only=True)

    def __call__(
        self, *args: str, cwd: Path | None = None, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Make one call; no folder to start from and no variables of its own."""
        assert cwd is None
        assert not env
        line = ["--project-directory", str(self.folder), "-H", self.lab.engine.host, *args]
        out, err = io.StringIO(), io.StringIO()
        status = run(build_parser(find_command(line)).parse_args(line), AppEnvironment(out, err))
        assert status == 0 or not check, f"{' '.join(args)} ended with {status}:\n{out.getvalue()}{err.getvalue()}"
        return subprocess.CompletedProcess(line, status, out.getvalue(), err.getvalue())
