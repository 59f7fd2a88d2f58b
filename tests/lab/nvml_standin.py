"""A machine with GPUs, as the real pynvml sees it in a child process: a stand-in library and its description."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.building import nvml_library


@dataclass(frozen=True)
class Card:
    """One GPU. Values of None are "not supported", as on cards that do not tell.

    Attributes:
        name: As NVML names it.
        memory: MiB, all and used.
        capability: Compute capability.
        utilisation: Per cent, cores and memory.
        temperature: Degrees Celsius.
        power: Milliwatts, drawn and limit.
        processes: Process IDs and their MiB.
        fault: The NVML error that every question about it returns; 0: none.
        id: Its UUID; made from the name when empty.
    """

    name: str = "NVIDIA GeForce RTX 4090"
    memory: tuple[int, int] | None = (24564, 1203)
    capability: str | None = "8.9"
    utilisation: tuple[int, int] | None = (12, 3)
    temperature: int | None = 41
    power: tuple[int, int] | None = (58_000, 450_000)
    processes: tuple[tuple[int, int], ...] = ()
    fault: int = 0
    id: str = ""

    def lines(self) -> list[str]:
        """The card as the stand-in library reads it."""
        settings: list[tuple[str, object]] = [
            ("card", self.name),
            ("uuid", self.id or f"GPU-{uuid.uuid5(uuid.NAMESPACE_OID, self.name)}"),
            ("memory", self.memory),
            ("capability", self.capability),
            ("utilisation", self.utilisation),
            ("temperature", self.temperature),
            ("power", self.power),
            *(("process", process) for process in self.processes),
            ("fault", self.fault),
        ]
        return [f"{key} {_words(value)}" for key, value in settings if value is not None]


@dataclass(frozen=True)
class Machine:
    """What NVML finds.

    Attributes:
        cards: The GPUs.
        driver: The driver's version.
        cuda: The CUDA version that the driver serves, major * 1000 + minor * 10.
        init: The NVML error that the initialisation returns; 0: none.
    """

    cards: tuple[Card, ...] = field(default=(Card(),))
    driver: str = "580.95.05"
    cuda: int = 13_000
    init: int = 0


DRIVER_NOT_LOADED = 9
LIBRARY_NOT_FOUND = 12
GPU_IS_LOST = 15
VERSION_MISMATCH = 18
UNKNOWN = 999


class NvmlStandIn:
    """The stand-in library, ready to be loaded by a child process.

    Args:
        folder: Where the description goes.
        machine: What it finds at first.
    """

    def __init__(self, folder: Path, machine: Machine | None = None) -> None:
        self._library = nvml_library()
        self._path = folder / "nvml.txt"
        self.describe(machine or Machine())

    def describe(self, machine: Machine) -> None:
        """Changes what it finds; a process that has it loaded sees it at its next question."""
        lines = [f"driver {machine.driver}", f"cuda {machine.cuda}", f"init {machine.init}"]
        lines += [line for card in machine.cards for line in card.lines()]
        draft = self._path.with_suffix(".new")
        draft.write_text("\n".join(lines) + "\n")
        draft.rename(self._path)

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs for the real pynvml to load it."""
        others = os.environ.get("LD_LIBRARY_PATH")
        folder = str(self._library.parent)
        return {
            "LD_LIBRARY_PATH": f"{folder}:{others}" if others else folder,
            "NVML_STANDIN": str(self._path),
        }


def _words(value: object) -> str:
    return " ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
