"""The variables of a stack: those around this program, and the ``.env`` beside the compose files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class StackEnv(Protocol):
    """Reads and writes variables. The calls run in a thread."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of this program, which goes before any file."""
        ...

    @property
    def writable(self) -> bool:
        """Whether files may be written: not for compose files that the caller named."""
        ...

    def write(self, file: Path, values: Mapping[str, str]) -> None:
        """Set variables in an ``.env`` file, which need not exist; all else in it stays. Raises HarmonyError."""
        ...
