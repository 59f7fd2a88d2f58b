"""Stacks of 4, 16 and 64 services: how up, ps and down grow with their number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.growth import Growth
from benchmarks.places import Place

SIZES = (4, 16, 64)
IMAGE = "harmonyai/harmony-link:latest"
_CALLS = {"up": ("up",), "ps": ("ps", "--format", "json"), "down": ("down",)}


class Crowd:
    """Brings stacks of several sizes up, lists them, and takes them down.

    Args:
        place: Where.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[tuple[str, int], list[float]] = {}

    def seconds(self, call: str, size: int) -> float:
        """Return how long a call took with so many services; one round gives a time of each call."""
        waiting = self._known.setdefault((call, size), [])
        if not waiting:
            self._round(size)
        return waiting.pop()

    def _round(self, size: int) -> None:
        folder = self._place.home / f"crowd-{size}"
        _write(folder, size)
        for call, words in _CALLS.items():
            self._known.setdefault((call, size), []).append(self._place.ours(*words, cwd=folder))


def growths(crowd: Crowd, version: str) -> Iterator[Growth]:
    """Yield what grows with the number of services."""
    for call in _CALLS:

        def ours(size: int, call: str = call) -> float:
            return crowd.seconds(call, size)

        yield Growth(f"growth-{call}", f"`{call}`, growth with the number of services, engine {version}", SIZES, ours)


def _write(folder: Path, size: int) -> None:
    folder.mkdir(exist_ok=True)
    services = "".join(
        f"  s{number:02d}: {{image: {IMAGE}, environment: {{STANDIN: 'chatter=0'}}}}\n" for number in range(size)
    )
    (folder / "docker-compose.yml").write_text(f"name: crowd{size}\nservices:\n{services}", "utf-8")
