"""Keeps how far somebody has come with the set-up, beside the app's settings."""

from __future__ import annotations

import json
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.wizard import Progress, from_json, to_json
from harmony_desktop.setup.formats import own_file
from harmony_desktop.setup.settings import SET_UP, default_file
from harmony_desktop.stack.errors import HarmonyError

_FORMAT = 1


class WizardFile:
    """Reads and writes it; a damaged file counts as none.

    Args:
        file: The file; None for this user's.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or default_file().with_name(SET_UP)

    def load(self) -> Progress | None:
        """Return what is kept, or None."""
        try:
            return from_json(json.loads(own_file(self._file, _FORMAT).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def save(self, progress: Progress) -> None:
        """Keep it. Raises HarmonyError."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(own_file(self._file, _FORMAT), json.dumps(to_json(progress), indent=2).encode() + b"\n")
        except OSError as error:
            raise HarmonyError(
                "The set-up cannot be remembered",
                cause=f"{error.filename or self._file}: {error.strerror or error}",
                advice="You can go on; only, it begins anew when Harmony is closed before its end.",
            ) from error
