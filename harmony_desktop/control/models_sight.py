"""Puts the models' desk together with the panel around it; made when somebody wants to see models."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from harmony_desktop.control.engine_address import LOCAL_ADDRESS, engine_host
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.model_memory import MemoryThere
from harmony_desktop.control.models import ModelsPlace
from harmony_desktop.control.models_desk import ModelsDesk, Surroundings
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.control.state import HardwareState, StackState
from harmony_desktop.control.tools import Tools
from harmony_desktop.stack.project import Project

_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound to


def memory_there(hardware: HardwareState, info: EngineInfo | None, limit: int) -> MemoryThere:
    """Return what there is to compute in.

    Args:
        hardware: The machine; its cards count where the profile uses them.
        info: What the engine says of itself, None while there is none.
        limit: What the service may use at most, in bytes; 0 is no limit.
    """
    whole = info.memory if info is not None and info.memory else hardware.memory
    cards = sum(gpu.memory for gpu in hardware.gpus) if hardware.profile == "nvidia" else 0
    return MemoryThere(cards, min(whole, limit) if limit and whole else whole or limit)


def reached(state: StackState, info: EngineInfo | None, service: str, port: int) -> tuple[str, int] | None:
    """Return host and port at which a container's port is reached, or None while nobody can."""
    found = state.service(service)
    for container in found.containers if found is not None else ():
        for published in container.ports if container.state == "running" else ():
            if published.target == port and published.protocol == "tcp":
                address = engine_host(info.address) if info is not None else LOCAL_ADDRESS
                return (address if published.host_ip in _EVERYWHERE else published.host_ip), published.host_port
    return None


def make_models_desk(
    tools: Tools,
    load: Callable[[], Project],
    state: Callable[[], StackState],
    info: Callable[[], EngineInfo | None],
    logs: LogBook,
    spawn: Callable[[Coroutine[Any, Any, None], str], None],
    changed: Callable[[], None],
) -> ModelsDesk:
    """Return the desk.

    Args:
        tools: The machine's side.
        load: Reads the stack's files; runs in a thread.
        state: Returns what the panel knows.
        info: Returns what the engine says of itself.
        logs: The log lines of all services.
        spawn: Runs something beside everything else.
        changed: Is called after a model was loaded or unloaded.
    """

    def memory(place: ModelsPlace) -> MemoryThere:
        return memory_there(state().hardware, info(), place.memory_limit)

    around = Surroundings(
        load=load,
        memory=memory,
        where=lambda service, port: reached(state(), info(), service, port),
        lines=logs.tail,
        mask=tools.secrets,
        changed=changed,
    )
    return ModelsDesk(tools.models, around, tools.clock, spawn)
