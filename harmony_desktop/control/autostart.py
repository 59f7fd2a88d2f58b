"""Starting with the session: what stands in the system, and the window's switch for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import field, replace
from functools import partial
from typing import Any, Protocol

from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is in the system.

    Attributes:
        on: Whether the panel starts with the session.
        possible: Whether the switch can be used here.
        note: What deserves a word: why it cannot be used, or that another copy is started; else "".
    """

    on: bool = False
    possible: bool = True
    note: str = ""


class Autostart(Protocol):
    """The system's own way of starting programs at login. Its calls read and write; run them in a thread."""

    def look(self) -> Entry:
        """Return what stands in the system now; never raises."""
        ...

    def switch(self, on: bool) -> None:
        """Write it, or take it away. Raises OSError and HarmonyError."""
        ...


@dataclass(frozen=True, slots=True)
class AutostartState:
    """What the window shows.

    Attributes:
        looked: Whether somebody has looked already.
        entry: What stands in the system.
        busy: Whether it is being written.
        fault: Why it could not be written: title and cause, or None.
    """

    looked: bool = False
    entry: Entry = field(default_factory=Entry)
    busy: bool = False
    fault: HarmonyError | None = None


class StartingUp(Protocol):
    """What the window asks for."""

    @property
    def store(self) -> Store[AutostartState]:
        """What there is to show."""
        ...

    def look(self) -> None:
        """Read again what stands in the system: the user may have changed it there."""
        ...

    def switch(self, on: bool) -> None:
        """Let the panel start with the session, or no longer."""
        ...


class AutostartDesk:
    """Implements ``StartingUp``.

    Args:
        make: Makes what reads and writes; None where nothing does.
        spawn: Runs something beside everything else.
    """

    def __init__(
        self, make: Callable[[], Autostart] | None, spawn: Callable[[Coroutine[Any, Any, None], str], None]
    ) -> None:
        self._make = make
        self._spawn = spawn
        self._turn = asyncio.Lock()
        nowhere = Entry(possible=False, note=say("This system starts no programs of ours."))
        self._store = Store(AutostartState(looked=make is None, entry=nowhere if make is None else Entry()))

    @property
    def store(self) -> Store[AutostartState]:
        """What there is to show."""
        return self._store

    def look(self) -> None:
        """Read again what stands in the system."""
        if self._make is not None:
            self._spawn(self._alone(self._look), "autostart")

    def switch(self, on: bool) -> None:
        """Let the panel start with the session, or no longer."""
        if self._make is not None:
            self._update(busy=True, fault=None)
            self._spawn(self._alone(partial(self._switch, on)), "autostart")

    async def _alone(self, work: Callable[[], Awaitable[None]]) -> None:
        async with self._turn:
            await work()

    async def _look(self) -> None:
        entry = await asyncio.to_thread(lambda: self._system().look())
        self._update(looked=True, entry=entry)

    async def _switch(self, on: bool) -> None:
        try:
            await asyncio.to_thread(lambda: self._system().switch(on))
        except HarmonyError as error:
            self._update(fault=error)
        except OSError as error:
            cause = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
            title = say("It could not be switched on") if on else say("It could not be switched off")
            self._update(fault=HarmonyError(title, cause=cause))
        finally:
            # What is shown is what is there, whatever became of it.
            await self._look()
            self._update(busy=False)

    def _system(self) -> Autostart:
        if self._make is None:
            raise HarmonyError(say("This system starts no programs of ours."))
        return self._make()

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of AutostartState
        self._store.set(replace(self._store.value, **changes))
