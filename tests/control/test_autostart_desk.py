"""The switch of the start with the session: what is shown is what is there, whatever became of the writing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from harmony_desktop.control.autostart import AutostartDesk, Entry
from harmony_desktop.stack.errors import HarmonyError


@dataclass
class System:
    """Keeps the entry in memory, or refuses to."""

    entry: Entry = field(default_factory=Entry)
    fault: Exception | None = None

    def look(self) -> Entry:
        return self.entry

    def switch(self, on: bool) -> None:
        if self.fault is not None:
            raise self.fault
        self.entry = Entry(on)


def desk_of(system: System | None) -> tuple[AutostartDesk, list[asyncio.Task[None]]]:
    tasks: list[asyncio.Task[None]] = []

    def spawn(work: Coroutine[Any, Any, None], name: str) -> None:
        tasks.append(asyncio.create_task(work, name=name))

    return AutostartDesk((lambda: system) if system is not None else None, spawn), tasks


async def test_it_is_looked_up_switched_and_looked_up_again() -> None:
    system = System(Entry(True, note="another copy"))
    desk, tasks = desk_of(system)
    assert not desk.store.value.looked
    desk.look()
    await asyncio.gather(*tasks)
    assert desk.store.value.entry == system.entry
    desk.switch(False)
    assert desk.store.value.busy
    await asyncio.gather(*tasks)
    assert (desk.store.value.entry, desk.store.value.busy) == (Entry(), False)


async def test_a_fault_is_told_and_the_switch_stays_as_it_is() -> None:
    system = System(fault=OSError(30, "Read-only file system", "/home/x/.config"))
    desk, tasks = desk_of(system)
    desk.switch(True)
    await asyncio.gather(*tasks)
    told = desk.store.value
    assert (told.entry.on, told.busy) == (False, False)
    assert told.fault is not None
    assert (told.fault.title, told.fault.cause) == (
        "It could not be switched on",
        "/home/x/.config: Read-only file system",
    )
    system.fault = HarmonyError("Harmony is not installed yet")
    desk.switch(True)
    await asyncio.gather(*tasks)
    told = desk.store.value
    assert told.fault is system.fault
    system.fault = None
    desk.switch(True)
    await asyncio.gather(*tasks)
    assert desk.store.value.fault is None
    assert desk.store.value.entry.on


async def test_where_nothing_starts_programs_the_switch_cannot_be_used() -> None:
    desk, tasks = desk_of(None)
    desk.look()
    desk.switch(True)
    assert not tasks
    assert not desk.store.value.entry.possible
