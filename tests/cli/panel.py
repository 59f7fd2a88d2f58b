"""The command line as its users run it: a process of its own, with settings of its own, on the lab's engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
