"""Ports of a machine that is not there, and variables that are written nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harmony_desktop.control.port_records import Binding, PortHolder


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
