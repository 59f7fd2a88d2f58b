"""Where things are measured: a lab, a seeded stack folder, the programs as users start them."""

from __future__ import annotations

import contextlib
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

    def run(self, argv: list[str]) -> float:
        """Run another program at home; return its seconds."""
        return timed(argv, self.environment, self.home)

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


def timed(argv: list[str], environment: Mapping[str, str], cwd: Path, *, discard: bool = False) -> float:
    """Run a program to its end and return its seconds. Raises RuntimeError with what it said when it fails.

    Args:
        argv: The program.
        environment: Its environment.
        cwd: Its folder.
        discard: Send its results to the null device rather than through a pipe.
    """
    out = subprocess.DEVNULL if discard else subprocess.PIPE
    begin = time.perf_counter()
    done = subprocess.run(argv, env=dict(environment), cwd=cwd, stdout=out, stderr=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        said = ((done.stdout or b"") + done.stderr).decode("utf-8", "replace")
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{said}")
    return seconds


def drop_caches() -> None:
    """Let the system forget what it has read of files, so that the next start reads them from the disk.

    Where the kernel does not let us, the files of Python, of its packages and of the panel are dropped one by one.
    """
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n", "utf-8")
    except OSError:
        for folder in {Path(sys.base_prefix) / "lib", Path(sys.prefix) / "lib", Path(__file__).parents[1]}:
            _drop(folder)


def _drop(folder: Path) -> None:
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if file.is_file():
                number = os.open(file, os.O_RDONLY)
                try:
                    os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
                finally:
                    os.close(number)
