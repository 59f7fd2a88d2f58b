"""This machine, as the core asks for it (the protocol Host of control/ports.py)."""

from __future__ import annotations

from harmony_desktop.control.ports import GpuReport, MachineReport


class LocalHost:
    """The machine that the program runs on. Both calls may take a second and belong in a thread."""

    def gpus(self) -> GpuReport:
        """Ask the driver for its cards; never raises."""
        from harmony_desktop.host.nvml import read_gpus  # noqa: PLC0415 - loads pynvml only for those who ask

        return read_gpus()

    def machine(self, folder: str) -> MachineReport:
        """Return cores, memory, and the disk that holds the folder (or its nearest existing parent)."""
        from harmony_desktop.host.system import read_machine  # noqa: PLC0415 - loads psutil only for those who ask

        return read_machine(folder)
