"""Newer shipped files behind the protocol of the core; what reads and writes them is imported when it is wanted."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from harmony_desktop.control.port_records import MachinePorts
from harmony_desktop.control.upgrades import Refreshed, UpgradeLook, Versions

if TYPE_CHECKING:
    from harmony_desktop.control.config_files import Affected
    from harmony_desktop.setup.upgrading import Upgrades


class LocalUpgrades:
    """Implements ``control.upgrades.UpgradeKeeper``; the arguments are those of ``setup.config_edit.ConfigEdit``."""

    def __init__(self, environ: Mapping[str, str], source: Path, ports: MachinePorts, writable: bool = True) -> None:
        self._arguments = (environ, source, ports, writable)

    def refresh(self, folder: Path) -> Refreshed:
        """Bring what nobody edited up to date after an update of this program. Raises HarmonyError."""
        return self._work.refresh(folder)

    def look(self, folder: Path) -> UpgradeLook:
        """Return which files have newer versions. Raises HarmonyError."""
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
        from harmony_desktop.setup.config_edit import ConfigEdit
        from harmony_desktop.setup.upgrading import Upgrades

        return Upgrades(ConfigEdit(*self._arguments))
