"""Where things are measured: a lab, a seeded stack folder, the programs as users start them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.lab import Lab

PROJECT = "harmony"


@dataclass
class Place:
    """A stack folder on a lab's engine, with a home of its own.

    Args:
        lab: The engine.
        home: A folder for settings, caches and the stack.
        program: The words that start the panel's command line; by default this checkout's module.
    """

    lab: Lab
    home: Path
    program: tuple[str, ...] = (sys.executable, "-m", "harmony_desktop")
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
        self.environment = {
            **keep,
            **self.lab.environment,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
        }
        self.ours("setup", "--yes", "--folder", str(self.folder))
        # "always" would measure the registry.
        for file in self.folder.rglob("*.yml"):
            text = file.read_text("utf-8")
            file.write_text(text.replace("pull_policy: always", "pull_policy: missing"), "utf-8")

    @property
    def folder(self) -> Path:
        """The stack folder."""
        return self.home / "Harmony"

    def ours(self, *words: str, cwd: Path | None = None) -> float:
        """Run the panel's command line; return its seconds."""
        return timed([*self.program, *words], self.environment, cwd or self.home)

    def official(self, *words: str, cwd: Path | None = None) -> float:
        """Run the official Compose in the stack folder; return its seconds."""
        return timed([compose_program(), *words], self.environment, cwd or self.folder)

    def down(self) -> None:
        """Take the stack away, unmeasured."""
        self.official("down", "--remove-orphans")

    def up(self) -> None:
        """Bring the stack up, unmeasured."""
        self.official("up", "-d", "--pull", "missing")


def compose_program() -> str:
    """Return the official Compose of the test dependencies."""
    return shutil.which("docker-compose", path=str(Path(sys.executable).parent)) or "docker-compose"


def timed(argv: list[str], environment: Mapping[str, str], cwd: Path) -> float:
    """Run a program to its end and return its seconds. Raises RuntimeError with what it said when it fails."""
    begin = time.perf_counter()
    done = subprocess.run(argv, env=dict(environment), cwd=cwd, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds
