"""What the panel shows of gaming mode: what is remembered is read again whenever something may have changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import enumerated, say

if TYPE_CHECKING:
    from harmony_desktop.control.gaming import GamingMemory, GamingRecord

_OFF = frozenset({Stage.STOPPED, Stage.ABSENT})


@dataclass(frozen=True, slots=True)
class GamingNews:
    """What came of the last wish, until somebody has read it.

    Attributes:
        title: What was done.
        text: The same in detail, and what was left as it is.
    """

    title: str
    text: str = ""


@dataclass(slots=True)
class GamingSight:
    """Knows whether gaming mode is on.

    Args:
        memory: Where that is remembered; None where there is no gaming mode.
        project: Returns the project, None while there is none.
    """

    memory: GamingMemory | None
    project: Callable[[], Project | None]
    record: GamingRecord | None = None
    _emptied: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> None:
        """Read again what is remembered: another program may have begun or ended gaming mode."""
        if self.memory is None:
            return
        async with self._turn:  # else an earlier reading could come in last
            project = self.project()
            self.record = await asyncio.to_thread(self.memory.load, project) if project is not None else None
        if self.record is None:
            self._emptied.clear()

    async def end_if_back(self, services: Iterable[ServiceState]) -> None:
        """Forget it once somebody has started and loaded everything by hand."""
        project, record = self.project(), self.record
        if self.memory is None or project is None or record is None or not record.whole:
            return
        if self._is_back(record, {service.name: service for service in services}):
            try:
                await asyncio.to_thread(self.memory.forget, project)
            except OSError:
                return  # it stays on, and “Bring everything back” tells why
            self.record = None
            self._emptied.clear()

    def _is_back(self, record: GamingRecord, services: Mapping[str, ServiceState]) -> bool:
        models = {each.service for each in record.unloaded}
        # A model is back when it was seen to be gone: the first look after unloading may be older than that.
        self._emptied |= {name for name in models if name in services and services[name].lacks_model}
        for name in record.services:
            state = services.get(name)
            if state is None or not state.runs:
                return False
            if name in models and (name not in self._emptied or state.lacks_model or state.stage is not Stage.READY):
                return False
        return True

    def explained(self, services: tuple[ServiceState, ...]) -> tuple[ServiceState, ...]:
        """Return states in which what gaming mode has done is told as its doing."""
        record = self.record
        if record is None:
            return services
        resting = {s.name: s.title for s in services if s.name in record.stopped_services and s.stage in _OFF}
        return tuple(_explained(service, record, resting) for service in services)

    def stopped_containers(self) -> tuple[str, ...]:
        """Return the containers whose end gaming mode has asked for."""
        return tuple(each.container for each in self.record.stopped) if self.record is not None else ()


def _explained(service: ServiceState, record: GamingRecord, resting: Mapping[str, str]) -> ServiceState:
    if service.name in resting:
        return replace(service, reason=say("for gaming mode"), advice="")
    if service.lacks_model and any(each.service == service.name for each in record.unloaded):
        return replace(service, reason=say("model is unloaded"))
    if service.stage is Stage.LIMITED and service.roots and all(root in resting for root in service.roots):
        names = enumerated([resting[root] for root in service.roots])
        return replace(service, reason=say("{services} rests for gaming mode", services=names))
    return service
