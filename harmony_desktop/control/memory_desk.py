"""The memory planner on the window's behalf: reads what is chosen and what there is, and does what helps."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Protocol

from harmony_desktop.control.memory_choice import ChoiceReader, Chosen, MemoryNow
from harmony_desktop.control.memory_now import memory_now
from harmony_desktop.control.memory_plan import MemoryPlan, plan
from harmony_desktop.control.memory_relief import Relief, reliefs
from harmony_desktop.control.meters import TIME_LIMIT, MachineSample, Meters, Sight, processes
from harmony_desktop.control.ports import EngineError, EngineInfo
from harmony_desktop.control.store import Store
from harmony_desktop.control.usage import sample as usage_of
from harmony_desktop.plan.observed import ContainerState
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project

if TYPE_CHECKING:
    from harmony_desktop.control.config_desk import Configuring


@dataclass(frozen=True, slots=True)
class MemoryState:
    """What there is to show.

    Attributes:
        chosen: What the stack would load.
        now: What there is.
        plan: The one against the other.
        reliefs: What to take away, where it does not fit.
    """

    chosen: Chosen = field(default_factory=Chosen)
    now: MemoryNow = field(default_factory=MemoryNow)
    plan: MemoryPlan = field(default_factory=MemoryPlan)
    reliefs: tuple[Relief, ...] = ()

    @property
    def looked(self) -> bool:
        """Whether there is anything to show yet."""
        return self.now.known


def judged(chosen: Chosen, now: MemoryNow) -> MemoryState:
    """Return the state that follows from what is chosen and what there is."""
    return MemoryState(chosen, now, plan(chosen, now), reliefs(chosen, now))


async def measure(
    make: Callable[[], Meters] | None, sight: Sight, info: EngineInfo | None, *, time_limit: float = TIME_LIMIT
) -> MemoryNow:
    """Return what there is to compute in now; what cannot be asked is not known. Never raises.

    Args:
        make: Makes meters for one reading; None where there are none.
        sight: What there is of the stack.
        info: What the engine says of itself.
        time_limit: Seconds that the driver may take; a wedged one never answers.
    """
    sample = MachineSample()
    if make is not None:
        try:
            async with asyncio.timeout(time_limit):
                sample = await _in_daemon(lambda: _read(make, sight.folder))
        except TimeoutError:
            sample = MachineSample()
    observed = sight.observed
    runs = observed is not None and any(c.state is ContainerState.RUNNING for c in observed.containers)
    own, services = 0, {}
    if runs and sight.engine is not None and observed is not None:
        try:
            own = sum(usage.memory for usage in (await usage_of(sight.engine, observed)).values())
            services = dict(await processes(sight))
        except EngineError:
            own, services = 0, {}
    return memory_now(sample, info, same_kernel=sight.same_kernel, own=own, processes=services, runs=runs)


def _in_daemon(work: Callable[[], MachineSample]) -> asyncio.Future[MachineSample]:
    """Do something in a thread that nobody has to wait for: a wedged driver would keep the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[MachineSample] = loop.create_future()

    def settle(found: MachineSample) -> None:
        if not done.done():
            done.set_result(found)

    def run() -> None:
        found = work()
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, found)

    threading.Thread(target=run, name="memory gauge", daemon=True).start()
    return done


def _read(make: Callable[[], Meters], folder: str) -> MachineSample:
    meters = make()
    try:
        return meters.sample(folder)
    finally:
        meters.close()


class MemoryPlanning(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[MemoryState]:
        """What there is to show."""
        ...

    def look(self) -> None:
        """Read again what is chosen and what there is."""
        ...

    def relieve(self, relief: Relief) -> None:
        """Change the configuration as a suggestion says: not saved yet, to be looked at in its form."""
        ...


class MemoryDesk:
    """Implements ``MemoryPlanning``.

    Args:
        reader: Reads what a stack would load; None where nobody does.
        meters: Makes meters for one reading.
        project: Returns the project, or None while there is none.
        sight: Returns what there is of the stack, and what the engine says of itself.
        configuring: Returns the desk of the configuration files.
        spawn: Runs something beside everything else.
    """

    def __init__(
        self,
        reader: ChoiceReader | None,
        meters: Callable[[], Meters] | None,
        project: Callable[[], Project | None],
        sight: Callable[[], tuple[Sight, EngineInfo | None]],
        configuring: Callable[[], Configuring],
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
    ) -> None:
        self._reader = reader
        self._meters = meters
        self._project = project
        self._sight = sight
        self._configuring = configuring
        self._spawn = spawn
        self._store = Store(MemoryState())
        self._looking = False
        self._again = False

    @property
    def store(self) -> Store[MemoryState]:
        """What there is to show."""
        return self._store

    def look(self) -> None:
        """Read again what is chosen and what there is: one at a time, and the last one always."""
        if self._reader is None:
            return
        self._again = True
        if not self._looking:
            self._looking = True
            self._spawn(self._look(self._reader), "plan memory")

    def relieve(self, relief: Relief) -> None:
        """Change the configuration as a suggestion says: not saved yet."""
        for edit in relief.edits:
            self._configuring().set_field(edit.ref, edit.value)

    async def measure(self) -> MemoryNow:
        """Return what there is now."""
        return await measure(self._meters, *self._sight())

    async def _look(self, reader: ChoiceReader) -> None:
        try:
            while self._again:
                self._again = False
                project = self._project()
                if project is None:
                    self._store.set(MemoryState())
                    continue
                reading: Awaitable[Chosen] = asyncio.to_thread(reader.chosen, project)
                chosen, now = await asyncio.gather(reading, self.measure())
                self._store.set(await asyncio.to_thread(judged, chosen, now))
        finally:
            self._looking = False


def with_cards(now: MemoryNow, fault: str) -> MemoryNow:
    """Return the same with the reason why there are no cards, where it is known."""
    return now if now.cards or now.cards_fault else replace(now, cards_fault=fault)
