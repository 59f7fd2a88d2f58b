"""Worlds for the checks, made of compose text and a few facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from harmony_desktop.control.machine import MachineLook
from harmony_desktop.control.port_records import Binding, PortHolder
from harmony_desktop.control.ports import EngineInfo, Gpu, GpuProof, GpuReport, MachineReport
from harmony_desktop.control.state import HardwareState
from harmony_desktop.host.profile import choose_profile
from harmony_desktop.plan.observed import Container, ContainerState, PublishedPort
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project

CARD = Gpu(0, "NVIDIA GeForce RTX 4090", "GPU-1", 24 * 2**30)
ENGINE = EngineInfo("box", "28.0.0", "1.48", "linux", "x86_64", address="unix:///var/run/docker.sock")


class Ports:
    """Ports of which a test says who holds them; notes the addresses that were asked about."""

    def __init__(self, held: Mapping[int, PortHolder] | None = None) -> None:
        self.taken = held or {}
        self.addresses: set[str] = set()

    def held(self, bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
        self.addresses |= {binding.address for binding in bindings}
        return {binding: self.taken[binding.port] for binding in bindings if binding.port in self.taken}

    def avoided(self) -> tuple[range, ...]:
        return ()

    def privileged(self) -> range:
        return range(1, 1024)


def project_of(folder: Path, text: str) -> Project:
    """The project of a compose text in a folder."""
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    return load_project(project_directory=folder, environ={}, cwd=folder)


def world_of(folder: Path, text: str = "", **facts: Any) -> World:
    """A world on a local engine, with the project of a compose text."""
    project = project_of(folder, text) if text else None
    return World(folder, **{"ports": Ports(), "project": project, "info": ENGINE, **facts})


def look_of(
    gpus: GpuReport | None = None,
    proof: GpuProof | None = None,
    *,
    wanted: str = "auto",
    free: int = 10**12,
    total: int = 10**12,
) -> MachineLook:
    """A look at a machine; the choice is the real one."""
    machine = MachineReport("Linux", 8, 2**34, 2**33, free, total)
    report = gpus or GpuReport(fault="no-library", reason="No NVIDIA graphics card found")
    choice: HardwareState = choose_profile(report, proof, wanted, machine)
    return MachineLook(report, proof, machine, choice)


def container_on(port: int) -> Container:
    """A running container of the project that has a port on the host."""
    return Container(
        *("id", "p-web-1", "web", 1, ContainerState.RUNNING, "", "img", "", ""),
        created_at=dt.datetime.now(dt.UTC),
        ports=(PublishedPort(80, "127.0.0.1", port),),
    )
