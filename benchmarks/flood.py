"""Four services that have written a million lines of log between them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.places import Place, compose_program, timed
from tests.lab.waiting import wait_until

SERVICES = 4
IMAGE = "harmonyai/harmony-link:latest"
PROJECT = "flood"


@dataclass
class Flood:
    """The services, in a folder of their own on the lab's engine.

    Args:
        place: Where.
        lines: How many each service writes.
        name: The project's name.
    """

    place: Place
    lines: int
    name: str = PROJECT
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.place.home / self.name
        self.folder.mkdir()
        flood = f"flood=0;flood-lines={self.lines};flood-width=90;chatter=0"
        services = "".join(
            f"  s{number}:\n    image: {IMAGE}\n    environment: {{STANDIN: '{flood}'}}\n" for number in range(SERVICES)
        )
        (self.folder / "compose.yml").write_text(f"name: {self.name}\nservices:\n{services}", "utf-8")
        self._compose("up", "-d")
        wait_until(self._written, "the flood", seconds=300, pause=1)

    @property
    def total(self) -> int:
        """Lines of all services."""
        return SERVICES * self.lines

    def ours(self) -> float:
        """Print all of it by the panel's command line, to nowhere; return the seconds."""
        return timed([*self.place.program, "logs"], self.place.environment, self.folder, discard=True)

    def official(self) -> float:
        """Print all of it by the official Compose, to nowhere; return the seconds."""
        return timed([compose_program(), "logs", "--no-color"], self.place.environment, self.folder, discard=True)

    def close(self) -> None:
        """Take the services away."""
        self._compose("down", "-t", "0")

    def _compose(self, *words: str) -> str:
        done = subprocess.run(
            [compose_program(), *words],
            cwd=self.folder,
            env=self.place.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _written(self) -> bool:
        shown = self._compose("logs", "--no-color", "--tail", "3")
        return shown.count(f"flood {self.lines - 1:010d}") == SERVICES
