"""Newer shipped files behind the protocol of the core; what reads and writes them is imported when it is wanted."""

# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from harmony_desktop.control.port_records import MachinePorts
from harmony_desktop.control.upgrades import Refreshed, UpgradeLook, Versions
from harmony_desktop.setup.bases import is_due
from harmony_desktop.setup.manifest import Manifest

if TYPE_CHECKING:
    from harmony_desktop.control.config_files import Affected
    from harmony_desktop.setup.config_edit import ConfigEdit
    from harmony_desktop.setup.upgrading import Upgrades


def _has_nothing(root: Path) -> bool:
    """Return whether a folder's manifest tells of nothing to look at, as it mostly does. Raises OSError."""
    if not Manifest.stands_in(root):
        return True
    manifest = Manifest(root)
    return not manifest.newer and not any(entry.beside or entry.undo for entry in manifest.entries.values())


class LocalUpgrades:
    """Implements ``control.upgrades.UpgradeKeeper``; the arguments are those of ``setup.config_edit.ConfigEdit``."""

    def __init__(self, environ: Mapping[str, str], source: Path, ports: MachinePorts, writable: bool = True) -> None:
        self._arguments = (environ, source, ports, writable)

    def refresh(self, folder: Path) -> Refreshed:
        """Bring what nobody edited up to date after an update of this program. Raises HarmonyError."""
        with contextlib.suppress(OSError):  # told by who tries it
            if not is_due(folder.resolve(), self._arguments[1]):
                return Refreshed()
        return self._work.refresh(folder)

    def look(self, folder: Path) -> UpgradeLook:
        """Return which files have newer versions. Raises HarmonyError."""
        with contextlib.suppress(OSError):  # told by who tries it
            if _has_nothing(folder.resolve()):
                return UpgradeLook()
        return self._work.look(folder)

    def open(self, folder: Path, name: str) -> Versions:
        """Return the versions of a file. Raises HarmonyError."""
        return self._work.open(folder, name)

    def finish(self, folder: Path, versions: Versions, text: str) -> Affected:
        """Write what came of a merge, with a backup beside. Raises HarmonyError."""
        return self._work.finish(folder, versions, text)

    def take_new(self, folder: Path, name: str) -> Affected:
        """Let the newer version take the place of the user's file. Raises HarmonyError."""
        return self._work.take_new(folder, name)

    def keep_mine(self, folder: Path, name: str) -> None:
        """Let the user's file be. Raises HarmonyError."""
        self._work.keep_mine(folder, name)

    def undo(self, folder: Path, name: str) -> Affected:
        """Take back the last merge of a file. Raises HarmonyError."""
        return self._work.undo(folder, name)

    @cached_property
    def _work(self) -> Upgrades:
        from harmony_desktop.setup.upgrading import Upgrades

        return Upgrades(cast("ConfigEdit", _LateEdit(*self._arguments)))


class _LateEdit:
    """A ``ConfigEdit`` that is made when a file is opened or written: each start of the panel looks without one."""

    def __init__(self, environ: Mapping[str, str], source: Path, ports: MachinePorts, writable: bool) -> None:
        self.source = source
        self.writable = writable
        self._others = environ, ports

    @cached_property
    def _made(self) -> ConfigEdit:
        from harmony_desktop.setup.config_edit import ConfigEdit

        environ, ports = self._others
        return ConfigEdit(environ, self.source, ports, self.writable)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._made, name)
