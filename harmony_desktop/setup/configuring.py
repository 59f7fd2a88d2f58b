"""Configuration files behind the protocol of the core; what reads and writes them is imported when it is wanted."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from harmony_desktop.control.config_files import Affected, Drafts, FieldRef, Form, Look, OpenFile
from harmony_desktop.control.findings import Finding
from harmony_desktop.control.port_records import MachinePorts

if TYPE_CHECKING:
    from harmony_desktop.setup.config_edit import ConfigEdit


class LocalConfig:
    """Implements ``control.config_files.ConfigKeeper``; the arguments are those of ``ConfigEdit``."""

    def __init__(self, environ: Mapping[str, str], source: Path, ports: MachinePorts, writable: bool = True) -> None:
        self._arguments = (environ, source, ports, writable)

    def look(self, folder: Path, drafts: Drafts) -> Look:
        """Return the files of a stack, and the form."""
        return self._work.look(folder, drafts)

    def open(self, folder: Path, path: Path) -> OpenFile:
        """Return a file to be edited. Raises HarmonyError."""
        return self._work.open(folder, path)

    def check(self, folder: Path, path: Path, drafts: Drafts) -> tuple[Finding, ...]:
        """Return what is wrong with a file, as it is in the drafts."""
        return self._work.check(folder, path, drafts)

    def form(self, folder: Path, drafts: Drafts) -> Form:
        """Return the form, as the drafts have it."""
        return self._work.form(folder, drafts)

    def edit(self, ref: FieldRef, value: str, text: str) -> str:
        """Return the text of a file with one value changed, and nothing else. Raises HarmonyError."""
        return self._work.edit(ref, value, text)

    def save(self, folder: Path, opened: OpenFile, text: str, *, force: bool) -> tuple[OpenFile, Affected]:
        """Write a file; return it, and whom it is about. Raises HarmonyError, ConflictError among them."""
        return self._work.save(folder, opened, text, force=force)

    @cached_property
    def _work(self) -> ConfigEdit:
        from harmony_desktop.setup.config_edit import ConfigEdit

        return ConfigEdit(*self._arguments)
