"""Ports of a machine that is not there, variables and adjustments that are written nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harmony_desktop.control.adjustments import Adjustment, FileChange, Preview
from harmony_desktop.control.port_records import Binding, PortHolder
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project


@dataclass
class ScriptedPorts:
    """A test says which ports are held."""

    taken: dict[int, PortHolder] = field(default_factory=dict)

    def held(self, bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
        return {binding: self.taken[binding.port] for binding in bindings if binding.port in self.taken}

    def avoided(self) -> tuple[range, ...]:
        return (range(32768, 61000),)

    def privileged(self) -> range:
        return range(1, 1024)


@dataclass
class ScriptedEnv:
    """Remembers what would have been written."""

    environ: Mapping[str, str] = field(default_factory=dict)
    writable: bool = True
    written: list[tuple[Path, dict[str, str]]] = field(default_factory=list)

    def write(self, file: Path, values: Mapping[str, str]) -> None:
        self.written.append((file, dict(values)))


@dataclass
class ScriptedAdjuster:
    """Remembers adjustments; a test sets the fault of the next call."""

    adjusted: dict[str, Adjustment] = field(default_factory=dict)
    fault: HarmonyError | None = None
    _previewed: Adjustment = field(default_factory=Adjustment)

    def current(self, project: Project, service: str) -> Adjustment:
        return self.adjusted.get(service, Adjustment())

    def base(self, project: Project, service: str) -> Adjustment:
        return Adjustment(0, 0.0, "on-failure:5", 1)

    def preview(self, project: Project, service: str, wanted: Adjustment) -> Preview:
        if self.fault is not None:
            raise self.fault
        self._previewed = wanted
        file = project.working_dir / "docker-compose.harmony.yml"
        changes = () if wanted == self.current(project, service) else (FileChange(file, None, f"{wanted}\n".encode()),)
        return Preview(project.working_dir, service, changes, (f"{service} will be made anew.",) if changes else ())

    def apply(self, preview: Preview) -> None:
        if self.fault is not None:
            raise self.fault
        self.adjusted[preview.service] = self._previewed
