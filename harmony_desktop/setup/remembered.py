"""What the window remembers, kept in the app's settings file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harmony_desktop.setup.settings import SettingsFile

if TYPE_CHECKING:  # the window is painted before there is a loop
    from harmony_desktop.control.later import SaveLater


class RememberedSettings:
    """A flat store of JSON values, written soon and in a thread, once there is a loop.

    Args:
        file: The app's settings file; other settings in it stay as they are.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file
        self._values: dict[str, Any] = dict(file.load().ui)
        self._later: SaveLater | None = None
        self._early = False

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return what is remembered under a key."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Remember a value."""
        if key in self._values and self._values[key] == value:
            return
        self._values[key] = value
        if self._later is not None:
            self._later.changed()
        else:
            self._early = True

    def begin(self) -> None:
        """Write from now on, and what was set before: the loop runs."""
        from harmony_desktop.control.later import SaveLater  # noqa: PLC0415 - not for the first paint

        if self._later is None:
            self._later = SaveLater(self._save)
            if self._early:
                self._later.changed()

    async def close(self) -> None:
        """Write what is not written yet."""
        self.begin()
        if self._later is not None:
            await self._later.close()

    def _save(self) -> None:
        values = dict(self._values)
        self._file.update(lambda settings: replace(settings, ui={**settings.ui, **values}))
