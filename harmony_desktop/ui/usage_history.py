"""The recent past of CPU and memory, kept only while somebody looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from harmony_desktop.control.ports import Usage
from harmony_desktop.ui.sparkline import LONG


class UsageHistory:
    """The newest samples of every running service."""

    def __init__(self) -> None:
        self.cpu: dict[str, deque[float]] = {}
        self.memory: dict[str, deque[float]] = {}

    def add(self, usage: Mapping[str, Usage]) -> None:
        """Take one sample of each service; services that no longer run are forgotten."""
        for name in [name for name in self.cpu if name not in usage]:
            del self.cpu[name], self.memory[name]
        for name, sample in usage.items():
            self.cpu.setdefault(name, deque(maxlen=LONG)).append(sample.cpu)
            self.memory.setdefault(name, deque(maxlen=LONG)).append(float(sample.memory))
