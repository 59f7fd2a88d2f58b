"""What the window remembers, kept in the app's settings file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harmony_desktop.control.later import SaveLater
from harmony_desktop.setup.settings import SettingsFile


class RememberedSettings:
    """A flat store of JSON values, written soon and in a thread.

    Args:
        file: The app's settings file; other settings in it stay as they are.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file
        self._values: dict[str, Any] = dict(file.load().ui)
        self._later = SaveLater(self._save)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return what is remembered under a key."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Remember a value."""
        if key not in self._values or self._values[key] != value:
            self._values[key] = value
            self._later.changed()

    async def close(self) -> None:
        """Write what is not written yet."""
        await self._later.close()

    def _save(self) -> None:
        values = dict(self._values)
        self._file.update(lambda settings: replace(settings, ui={**settings.ui, **values}))
