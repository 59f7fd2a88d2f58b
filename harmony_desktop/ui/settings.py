"""What the window remembers of its user's ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


class Settings(Protocol):
    """A flat store of JSON values; writing is quick and never raises."""

    def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """Return what is remembered under a key."""
        ...

    def set(self, key: str, value: JsonValue) -> None:
        """Remember a value."""
        ...


class Key:
    """The names under which the window keeps things."""

    WINDOW_SIZE = "window.size"
    WINDOW_PLACE = "window.place"
    WINDOW_MAXIMISED = "window.maximised"
    PAGE = "window.page"
    SCHEME = "appearance.scheme"
    LANGUAGE = "appearance.language"
    CLOSE = "window.close"
    UPDATES = "updates.look"
    UPDATES_TOLD = "updates.told"
    RELEASES = "releases.look"
    RELEASE_TOLD = "releases.told"
    START_STACK = "startup.stack"
    TOLD_TRAY = "told.tray"
    TOLD_QUIT = "told.quit"
    LOG_TIME = "logs.time"
    LOG_CASE = "logs.case"
    LOG_REGEX = "logs.regex"
    LOG_WORD = "logs.word"
    LOG_MATCHING = "logs.matching"
    LOG_WRAP = "logs.wrap"
    LOG_LEVEL = "logs.level"
    LOG_SERVICES = "logs.services"
    LOG_BOUND = "logs.bound"
    LOG_DETAILED = "log.detailed"
    DETAILS = "details.service"
    DETAILS_WIDTH = "details.width"
    STACKS = "stacks"


class MemorySettings:
    """Settings that last as long as the process: for the gallery and for tests."""

    def __init__(self, values: Mapping[str, JsonValue] | None = None) -> None:
        self.values: dict[str, JsonValue] = dict(values or {})

    def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """Return what was set, or the default."""
        return self.values.get(key, default)

    def set(self, key: str, value: JsonValue) -> None:
        """Keep a value."""
        self.values[key] = value


#: What is remembered of each stack by itself.
_OF_A_STACK = frozenset({Key.LOG_SERVICES, Key.LOG_LEVEL, Key.DETAILS})
_MOST_STACKS = 20


class StackSettings:
    """Settings of which some belong to the stack that is shown: services of one mean nothing to another.

    Args:
        settings: Where all are kept.
        folder: Returns the folder of the stack.
    """

    def __init__(self, settings: Settings, folder: Callable[[], str]) -> None:
        self._settings = settings
        self._folder = folder

    def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """Return what is remembered under a key, of this stack where that is how it is kept."""
        mine = self._stacks().get(self._folder()) if key in _OF_A_STACK else None
        if isinstance(mine, dict) and key in mine:
            return mine[key]
        return self._settings.get(key, default)

    def set(self, key: str, value: JsonValue) -> None:
        """Remember a value; of many stacks those that were used last."""
        if key not in _OF_A_STACK:
            self._settings.set(key, value)
            return
        stacks = self._stacks()
        mine = stacks.pop(self._folder(), None)
        stacks[self._folder()] = {**(mine if isinstance(mine, dict) else {}), key: value}
        newest = list(stacks)[-_MOST_STACKS:]
        self._settings.set(Key.STACKS, {folder: stacks[folder] for folder in newest})

    def _stacks(self) -> dict[str, JsonValue]:
        stacks = self._settings.get(Key.STACKS)
        return dict(stacks) if isinstance(stacks, dict) else {}


def flag(settings: Settings, key: str, default: bool = False) -> bool:
    """Return a setting as yes or no; anything else that was stored counts as the default."""
    value = settings.get(key, default)
    return value if isinstance(value, bool) else default
