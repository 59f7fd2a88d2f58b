"""Work that ends when the engine no longer gives signs of life, however patient its single calls are.

A download may be silent for minutes, a container may take its whole grace period, a health check an hour. A frozen
engine looks just the same, for it closes no connection: the only way to tell is to ask it something else meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from harmony_desktop.control.ports import Clock, Engine, EngineUnavailableError
from harmony_desktop.stack.words import say

T = TypeVar("T")

#: Seconds between two questions. What the engine may take to answer (10 seconds) comes on top.
PULSE = 5.0


async def while_alive(engine: Engine, clock: Clock, work: Coroutine[Any, Any, T]) -> T:
    """Do something as long as the engine gives signs of life.

    Raises:
        EngineUnavailableError: it gave none; the work was ended.
    """
    doing = asyncio.create_task(work, name="work")
    pulse = asyncio.create_task(_pulse(engine, clock), name="signs of life")
    try:
        await asyncio.wait([doing, pulse], return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            pulse.result()
        return doing.result()
    finally:
        for task in (doing, pulse):
            task.cancel()
        await asyncio.wait([doing, pulse])


async def _pulse(engine: Engine, clock: Clock) -> None:
    while True:
        await clock.sleep(PULSE)
        try:
            await engine.ping()
        except EngineUnavailableError as error:
            raise EngineUnavailableError(
                "The Docker engine stopped answering",
                cause=say("It gave no sign of life while this was under way.\n{cause}", cause=error.cause).rstrip(),
                advice=error.advice or "Restart the engine, then try again: it goes on from here.",
                state=error.state,
            ) from error
