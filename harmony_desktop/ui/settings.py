"""What the window remembers of its user's ways."""

from __future__ import annotations

from collections.abc import Mapping
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
    WINDOW_MAXIMISED = "window.maximised"
    PAGE = "window.page"
    SCHEME = "appearance.scheme"
    LANGUAGE = "appearance.language"
    CLOSE = "window.close"
    UPDATES = "updates.look"
    UPDATES_TOLD = "updates.told"
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


def flag(settings: Settings, key: str, default: bool = False) -> bool:
    """Return a setting as yes or no; anything else that was stored counts as the default."""
    value = settings.get(key, default)
    return value if isinstance(value, bool) else default
