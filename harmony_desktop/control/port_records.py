"""What there is to know about ports of a machine: where a service wants to listen, and who listens there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from harmony_desktop.plan.observed import PublishedPort
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, never bound


@dataclass(frozen=True, slots=True)
class Binding:
    """A place on the host where a container's port is published; no address means all of them."""

    port: int
    address: str = ""
    protocol: str = "tcp"

    def meets(self, port: int, address: str, protocol: str) -> bool:
        """Whether something that listens there keeps this binding from being made."""
        if (port, protocol) != (self.port, self.protocol):
            return False
        return address == self.address or not _EVERYWHERE.isdisjoint({address, self.address})


@dataclass(frozen=True, slots=True)
class PortHolder:
    """Who holds a port.

    Attributes:
        process: The name of the process, or "" where it cannot be told (another user's, or none).
        pid: Its process id, or None.
        reserved: Nobody listens, yet the system keeps the port for itself (ranges of Hyper-V on Windows).
        advice: What can be done about this very holder, or "".
    """

    process: str = ""
    pid: int | None = None
    reserved: bool = False
    advice: str = ""

    def __str__(self) -> str:
        if self.reserved:
            return say("reserved by the system")
        name = self.process or say("a program that this user may not see")
        if self.pid:
            return say("held by {name} (process {pid})", name=name, pid=self.pid)
        return say("held by {name}", name=name)


@dataclass(frozen=True, slots=True)
class Publisher:
    """A running container of the engine, of whatever project, with the ports that it has on the host."""

    id: str
    name: str
    project: str = ""
    service: str = ""
    ports: tuple[PublishedPort, ...] = ()

    def __str__(self) -> str:
        if self.project:
            return say("held by the container {name} of the project {project}", name=self.name, project=self.project)
        return say("held by the container {name}", name=self.name)


class MachinePorts(Protocol):
    """The ports of this machine. The calls run in a thread; they raise nothing."""

    def held(self, bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
        """Return those that could not be made now, with their holders."""
        ...

    def avoided(self) -> tuple[range, ...]:
        """Return ports that are free perhaps, but not to be given away: the system hands them out by itself."""
        ...

    def privileged(self) -> range:
        """Return the ports that an engine without root's rights cannot publish."""
        ...
