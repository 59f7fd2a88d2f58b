"""Adjustments behind the protocol of the core; what reads and writes YAML is imported when one is made."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harmony_desktop.control.adjustments import Adjustment, Preview
from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.setup.override import OverrideFile
    from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class LocalAdjuster:
    """Implements ``control.adjustments.Adjuster``; the arguments are those of ``OverrideFile``."""

    environ: Mapping[str, str]
    writable: bool = True

    def current(self, project: Project, service: str) -> Adjustment:
        """Return what is adjusted of a service now. Raises HarmonyError."""
        return self._file().current(project, service)

    def base(self, project: Project, service: str) -> Adjustment:
        """Return what the compose files say of a service without adjustments. Raises HarmonyError."""
        return self._file().base(project, service)

    def preview(self, project: Project, service: str, wanted: Adjustment) -> Preview:
        """Return what adjusting a service would do. Raises HarmonyError where it cannot be done."""
        return self._file().preview(project, service, wanted)

    def apply(self, preview: Preview) -> None:
        """Do it. Raises HarmonyError, also when the files have changed since the preview."""
        self._file().apply(preview)

    def _file(self) -> OverrideFile:
        from harmony_desktop.setup.override import OverrideFile

        return OverrideFile(self.environ, writable=self.writable)
