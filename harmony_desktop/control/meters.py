"""Cards, processor, memory and disk of this machine over time, sampled only while somebody looks."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from typing import Protocol

from harmony_desktop.control.engine_address import LOCAL_ADDRESS, engine_host
from harmony_desktop.control.ports import Clock, Engine, EngineError, EngineInfo
from harmony_desktop.control.store import Store
from harmony_desktop.plan.observed import ContainerState, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: Seconds between two samples.
PERIOD = 2.0
#: Seconds that the driver may take for a sample; a wedged one never answers.
TIME_LIMIT = 10.0
#: Samples after which the containers' processes are asked for again.
_PROCESSES_EVERY = 3


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One card at one moment. None: the card or its driver does not tell.

    Attributes:
        uuid: The card's UUID.
        name: Its name.
        busy: Per cent of the time in which it computed.
        memory: Bytes that it has; 0 while unknown.
        memory_used: Bytes in use.
        temperature: Degrees Celsius.
        power: Watts drawn.
        power_limit: Watts allowed.
        processes: Process id -> bytes (None where only the process is told); None where no process is told of.
        index: Its number, as the driver counts.
    """

    uuid: str
    name: str
    busy: int | None = None
    memory: int = 0
    memory_used: int | None = None
    temperature: int | None = None
    power: float | None = None
    power_limit: float | None = None
    processes: Mapping[int, int | None] | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class MachineSample:
    """The machine at one moment.

    Attributes:
        cpu: Per cent of all its processors together.
        memory: Bytes of memory.
        memory_used: Bytes that nobody else can have.
        disk: Bytes of the disk with the stack folder; 0 while unknown.
        disk_free: Bytes that are free on it.
        gpus: The cards.
        gpu_by_service: Service -> bytes of card memory; None where that cannot be told (``gpu_untold`` says why).
        gpu_untold: Why it cannot be told.
        booted: When the machine was started, in seconds since the epoch; 0 while unknown.
    """

    cpu: float = 0.0
    memory: int = 0
    memory_used: int = 0
    disk: int = 0
    disk_free: int = 0
    gpus: tuple[GpuSample, ...] = ()
    gpu_by_service: Mapping[str, int] | None = None
    gpu_untold: str = ""
    booted: float = 0.0


class Meters(Protocol):
    """The machine's meters. Both calls run in one and the same thread."""

    def sample(self, folder: str) -> MachineSample:
        """Read all meters; never raises. ``folder`` says which disk is of interest."""
        ...

    def close(self) -> None:
        """Let the driver go; the next sample opens it again."""
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """What the sampler needs of the stack.

    Attributes:
        folder: The folder whose disk is of interest.
        engine: The engine, or None.
        observed: What it has, or None.
        same_kernel: Whether containers are processes of this machine (rather than of a virtual one, or of another).
    """

    folder: str
    engine: Engine | None = None
    observed: Observed | None = None
    same_kernel: bool = False


def sight_of(folder: str, engine: Engine | None, info: EngineInfo | None, observed: Observed | None) -> Sight:
    """Return what there is of a stack.

    Args:
        folder: The folder whose disk is of interest.
        engine: The engine, or None.
        info: What it says of itself, or None.
        observed: What it has, or None.
    """
    local = info is not None and engine_host(info.address) == LOCAL_ADDRESS
    # A virtual machine on this computer has a kernel of its own, and with it processes of its own.
    kernel = os.uname().release if sys.platform != "win32" else ""  # as platform.release(), which takes 3 ms to load
    same = local and info is not None and bool(kernel) and info.kernel == kernel
    return Sight(folder, engine, observed, same)


@dataclass(slots=True)
class MachineSampler:
    """Samples while it is watched.

    Args:
        meters: The machine's meters.
        clock: Time.
        sight: Returns what there is of the stack.
    """

    meters: Meters
    clock: Clock
    sight: Callable[[], Sight]
    store: Store[MachineSample | None] = field(default_factory=lambda: Store[MachineSample | None](None))
    _task: asyncio.Task[None] | None = None

    def watch(self, *, watched: bool) -> None:
        """Begin or end the sampling."""
        if watched and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._sample_for_ever(self._task), name="machine meters")
        elif not watched and self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """End the sampling and its thread."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _sample_for_ever(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        # A thread of its own: a wedged driver would keep one of the shared ones for ever.
        pool = ThreadPoolExecutor(1, thread_name_prefix="machine-meters")
        loop = asyncio.get_running_loop()
        services: Mapping[int, str] = {}
        rounds = 0
        try:
            while True:
                sight = self.sight()
                async with asyncio.timeout(TIME_LIMIT):
                    sample = await loop.run_in_executor(pool, self.meters.sample, sight.folder)
                if any(gpu.processes for gpu in sample.gpus) and rounds % _PROCESSES_EVERY == 0:
                    services = await processes(sight)
                rounds += 1
                self.store.set(told_by_service(sample, services, same_kernel=sight.same_kernel))
                await self.clock.sleep(PERIOD)
        except TimeoutError:
            self.store.set(None)
        finally:
            pool.submit(self.meters.close)
            pool.shutdown(wait=False)


async def processes(sight: Sight) -> Mapping[int, str]:
    """Return the service of each process id in the project's containers; empty where they are not of this machine."""
    if sight.engine is None or sight.observed is None or not sight.same_kernel:
        return {}
    running = [c for c in sight.observed.containers if c.state is ContainerState.RUNNING]
    found = await asyncio.gather(*(_processes_of(sight.engine, c.id) for c in running))
    return {pid: c.service for c, pids in zip(running, found, strict=True) for pid in pids}


async def _processes_of(engine: Engine, container_id: str) -> Collection[int]:
    try:
        return await engine.processes(container_id)
    except EngineError:
        # It ended meanwhile, or the engine did: the watcher tells.
        return ()


def told_by_service(sample: MachineSample, services: Mapping[int, str], *, same_kernel: bool) -> MachineSample:
    """Return the sample with the services' shares of the cards' memory, or the reason why there are none."""
    if not sample.gpus:
        return sample
    untold = ""
    if not same_kernel:
        untold = say(
            "Docker runs in a virtual machine or on another computer: the driver cannot tell the services apart."
        )
    elif all(gpu.processes is None for gpu in sample.gpus):
        untold = say("The driver does not tell which process uses how much.")
    if untold:
        return replace(sample, gpu_untold=untold)
    shares: dict[str, int] = {}
    for gpu in sample.gpus:
        for pid, used in (gpu.processes or {}).items():
            service = services.get(pid)
            if service is None:
                continue
            if used is None:
                return replace(sample, gpu_untold="The driver tells which processes use the card, but not how much.")
            shares[service] = shares.get(service, 0) + used
    return replace(sample, gpu_by_service=shares)
