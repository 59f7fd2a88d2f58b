"""Warns beside a start where the models will not fit into the memory; what reckons that is loaded meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony_desktop.cli.environment import Environment
    from harmony_desktop.control.ports import Engine
    from harmony_desktop.stack.project import Project

#: Seconds that a start may take longer for it: a driver that answers at all has done so long before.
_PATIENCE = 3.0


@contextlib.asynccontextmanager
async def memory_watch(
    environment: Environment, project: Project, engine: Engine, warn: Callable[[str], None]
) -> AsyncIterator[Callable[[], None]]:
    """Warn, beside a start that is done within, where the models will not fit; never in its way, never long after it.

    Yields:
        What is called when the first download or start of a container begins: before gigabytes are fetched, but not
        while the start needs this program's time to get that far; a call that has nothing to do reckons nothing.
    """
    at_work = asyncio.Event()

    async def look() -> None:
        await at_work.wait()
        await warn_of_memory(environment, project, engine, warn)

    looking = asyncio.create_task(look(), name="plan memory")
    try:
        yield at_work.set
        if at_work.is_set():
            await asyncio.wait([looking], timeout=_PATIENCE)
    finally:
        looking.cancel()
        await asyncio.wait([looking])


async def warn_of_memory(
    environment: Environment, project: Project, engine: Engine, warn: Callable[[str], None]
) -> None:
    """Warn where the models will not fit."""
    await asyncio.to_thread(import_module, "harmony_desktop.cli.memory")
    from harmony_desktop.cli.memory import memory_warning  # noqa: PLC0415 - loaded in a thread just now

    text = await memory_warning(environment, project, engine)
    if text:
        warn(text)
