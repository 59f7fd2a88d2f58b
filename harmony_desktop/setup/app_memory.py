"""Keeps what is known of the panel's releases between two starts: a small file in the user's folder for such things."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

from harmony_desktop.control.app_news import Remembered
from harmony_desktop.control.files import write_atomic

_LONGEST = 4 * 1024 * 1024

_log = logging.getLogger(__name__)


class ReleaseNotesFile:
    """Implements ``ReleaseMemory``; a damaged file counts as none.

    Args:
        file: The file; None for the usual one.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or _usual()

    def load(self) -> Remembered:
        """Return what is kept."""
        try:
            with self._file.open("rb") as stream:
                content = json.loads(stream.read(_LONGEST))
        except (OSError, ValueError, RecursionError):
            return Remembered()
        if not isinstance(content, dict):
            return Remembered()
        kinds = {field.name: type(field.default) for field in dataclasses.fields(Remembered)}
        return Remembered(**{name: content[name] for name, kind in kinds.items() if type(content.get(name)) is kind})

    def save(self, remembered: Remembered) -> None:
        """Keep it; where it cannot be kept, somebody is asked again after the next start."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._file, json.dumps(dataclasses.asdict(remembered), indent=1).encode() + b"\n")
        except OSError as error:
            _log.info("what is known of releases is not remembered: %s", error)


def _usual() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - not for the first paint

    return user_cache_path("harmony-desktop", appauthor=False) / "app-releases.json"
