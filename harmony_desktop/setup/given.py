"""A stack that the caller names by its compose files (``-f``), in the place of the stack folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harmony_desktop.control.ports import Gpu
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project


class GivenFiles:
    """Implements ``control.ports.Folder`` for files that are not ours: they are read, never written.

    Args:
        directory: What to show as its place.
        load: Returns the project.
    """

    def __init__(self, directory: Path, load: Callable[[], Project]) -> None:
        self._directory = directory
        self._load = load

    def location(self) -> str:
        """Return the directory of the files."""
        return str(self._directory)

    def load(self) -> Project:
        """Return the project. Raises ComposeError."""
        return self._load()

    def profile(self) -> str:
        """Files that are not ours have no profile of ours."""
        return ""

    def wanted(self) -> str:
        """Nobody chose anything."""
        return "auto"

    def prepare(self, folder: str, wanted: str, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        """Raises HarmonyError: these files are not ours to write."""
        raise _not_ours()

    def choose(self, wanted: str, profile: str) -> None:
        """Raises HarmonyError: these files are not ours to write."""
        raise _not_ours()


def _not_ours() -> HarmonyError:
    return HarmonyError(
        "These files are left as they are",
        cause="The panel was opened on compose files of your own.",
        advice="Edit them yourself, or open the panel without --file.",
    )
