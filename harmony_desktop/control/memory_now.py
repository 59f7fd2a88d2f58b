"""What there is to compute in at this moment, from what engine, driver and computer say. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harmony_desktop.control.engine_address import LOCAL_ADDRESS, engine_host
from harmony_desktop.control.memory_choice import CardNow, MemoryNow
from harmony_desktop.control.meters import GpuSample, MachineSample
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.stack.words import say

#: An engine that reports less than this share of the computer's memory has a memory of its own.
_SHARE = 0.97


def memory_now(
    sample: MachineSample,
    info: EngineInfo | None,
    *,
    same_kernel: bool,
    own: int = 0,
    processes: Mapping[int, str] | None = None,
    runs: bool = False,
) -> MemoryNow:
    """Return what there is.

    Args:
        sample: The computer's memory, and its cards.
        info: What the engine says of itself; None while there is none.
        same_kernel: Whether containers are processes of this computer.
        own: Bytes that the stack's containers use now.
        processes: The service of each process of the stack.
        runs: Whether containers of the stack run.
    """
    local = info is None or engine_host(info.address) == LOCAL_ADDRESS
    engine = info.memory if info is not None else 0
    bounded = bool(engine) and (not local or engine < sample.memory * _SHARE)
    memory = engine if bounded or not sample.memory else sample.memory
    others: int | None = None
    if not bounded and (info is None or same_kernel) and sample.memory:
        others = max(0, sample.memory_used - own)
    cards = tuple(_card(gpu, processes or {}, runs=runs, told=same_kernel) for gpu in sample.gpus) if local else ()
    fault = "" if local else say("Docker runs on another computer, whose graphics cards cannot be seen from here.")
    return MemoryNow(
        known=True,
        memory=memory,
        machine=sample.memory,
        others=others,
        bounded=bounded,
        cards=cards,
        cards_fault=fault,
    )


def _card(gpu: GpuSample, processes: Mapping[int, str], *, runs: bool, told: bool) -> CardNow:
    """Return a card; while services run that the driver cannot tell apart, nobody knows what the others use."""
    others = gpu.memory_used
    if runs and others is not None:
        shares = [used for pid, used in (gpu.processes or {}).items() if pid in processes]
        if not told or gpu.processes is None or None in shares:
            others = None
        else:
            others = max(0, others - sum(used or 0 for used in shares))
    return CardNow(gpu.index, gpu.name, gpu.uuid, gpu.memory, others if gpu.memory else None)
