"""The app's own settings: a small JSON file in the platform's configuration folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

import platformdirs

from harmony_desktop.control.files import replace, write_atomic
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

_HARDWARE = ("auto", "cpu", "nvidia")
#: What each value has to be.
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "stack_folder": lambda value: isinstance(value, str),
    "hardware": lambda value: value in _HARDWARE,
    "context": lambda value: isinstance(value, str),
    "told": lambda value: isinstance(value, list),
    "ui": lambda value: isinstance(value, dict),
}
#: The file beside the settings that keeps how far somebody has come with the set-up.
SET_UP = "setup.json"
#: Several parts of the panel change settings, each in a thread of its own.
_UPDATING = threading.Lock()


def set_up_begun() -> bool:
    """Return whether there is a file of somebody's way through the set-up; what it says is read elsewhere."""
    return default_file().with_name(SET_UP).exists()


def default_file() -> Path:
    """Return where the settings are kept."""
    return Path(platformdirs.user_config_dir("harmony-desktop", appauthor=False, roaming=True)) / "settings.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the app remembers.

    Attributes:
        stack_folder: The stack folder, or "" before there is one.
        hardware: What the user wants: "auto", "cpu" or "nvidia".
        context: The Docker context that the user has chosen; "" for the one that the docker command uses.
        told: Things that are said once ("closing-keeps-running") and were.
        ui: The window's own: geometry and the like, by name.
        unknown: Keys of another release, and values that this one does not understand; they are kept.
    """

    stack_folder: str = ""
    hardware: str = "auto"
    context: str = ""
    told: frozenset[str] = frozenset()
    ui: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)


class SettingsFile:
    """Reads and writes the settings. A damaged file is set aside, and the app goes on with defaults.

    Attributes:
        notice: What the user should know about the last reading, or "".
    """

    def __init__(self, file: Path | None = None) -> None:
        # A link is followed, so that settings may live among somebody's dotfiles.
        self._file = (file or default_file()).resolve()
        self.notice = ""

    def load(self) -> Settings:
        """Return the settings; never raises."""
        self.notice = ""
        try:
            content = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            self.notice = say(
                "The settings could not be read, and defaults are used ({file}: {strerror}).",
                file=self._file,
                strerror=error.strerror,
            )
            return Settings()
        except ValueError:
            return self._set_aside()
        return self._parse(content) if isinstance(content, dict) else self._set_aside()

    def save(self, settings: Settings) -> None:
        """Write the settings.

        Raises:
            HarmonyError: They could not be written.
        """
        content: dict[str, Any] = {
            "stack_folder": settings.stack_folder,
            "hardware": settings.hardware,
            "context": settings.context,
            "told": sorted(settings.told),
            "ui": dict(settings.ui),
        }
        # What is not understood stays until something else than the usual is chosen in its place.
        usual = {"stack_folder": "", "hardware": "auto", "context": "", "told": [], "ui": {}}
        chosen = {
            name: value for name, value in content.items() if value != usual[name] or name not in settings.unknown
        }
        content = {**settings.unknown, **chosen}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content, indent=2, ensure_ascii=False)
            write_atomic(self._file, text.encode("utf-8", "surrogatepass") + b"\n")
        except OSError as error:
            raise HarmonyError(
                "The settings could not be saved",
                cause=f"{error.filename or self._file}: {error.strerror or error}",
                advice="Make room or ask for access to this file.",
            ) from error

    def update(self, change: Callable[[Settings], Settings]) -> Settings:
        """Change the settings as they stand in the file now, and return them. Raises HarmonyError."""
        with _UPDATING:
            before = self.load()
            after = change(before)
            if after != before:
                self.save(after)
            return after

    def _parse(self, content: dict[str, Any]) -> Settings:
        """Return what is usable; a value of the wrong kind counts as not there."""
        known = dict(content)
        usable: dict[str, Any] = {}
        for name, fits in _KINDS.items():
            if name in known and fits(known[name]):
                usable[name] = known.pop(name)
        if "told" in usable:
            usable["told"] = frozenset(item for item in usable["told"] if isinstance(item, str))
        return Settings(**usable, unknown=known)

    def _set_aside(self) -> Settings:
        """Keep a damaged file for whoever wants to look at it, under a name that nothing has yet."""
        for number in range(1, 100):
            aside = self._file.with_name(f"{self._file.name}.broken-{number}")
            if not aside.exists():
                break
        else:
            aside = self._file.with_name(f"{self._file.name}.broken-1")
        try:
            replace(self._file, aside)
        except OSError as error:
            self.notice = say(
                "The settings are damaged, and defaults are used ({file}: {strerror}).",
                file=self._file,
                strerror=error.strerror,
            )
        else:
            self.notice = say(
                "The settings were damaged. Defaults are used; the old file was kept as {aside}.", aside=aside
            )
        return Settings()
