"""Starts the stack when the panel has been opened, once there is an engine: for those who want it with the session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harmony_desktop.control.ports import Clock, EngineStatus
from harmony_desktop.control.state import StackPhase, StackState, Stage
from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass

#: Seconds in which an engine has to come: one that somebody starts in the afternoon does not mean the stack.
PATIENCE = 600.0
_NO_STACK = frozenset({StackPhase.NO_FOLDER, StackPhase.BROKEN})


@dataclass(frozen=True, slots=True)
class FirstStart:
    """Waits, and presses the buttons that a person would press. It ends as soon as a person does something.

    Args:
        store: What the panel knows.
        clock: Time.
        start: Starts the stack.
        start_engine: Starts the engine, as its help offers.
    """

    store: Store[StackState]
    clock: Clock
    start: Callable[[], None]
    start_engine: Callable[[], None]

    async def run(self) -> None:
        """Wait until it is clear what to do, and do it, once."""
        changed = asyncio.Event()
        unsubscribe = self.store.subscribe(lambda _state: changed.set())
        limit = asyncio.create_task(self.clock.sleep(PATIENCE), name="patience")
        asked = False
        try:
            while not limit.done():
                changed.clear()
                state = self.store.value
                if self._is_over(state):
                    return
                if self._is_known(state):
                    if not any(service.runs for service in state.services):
                        self.start()
                    return
                if not asked and self._may_start_engine(state):
                    asked = True
                    self.start_engine()
                waiting = asyncio.create_task(changed.wait(), name="change")
                try:
                    await asyncio.wait([waiting, limit], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
        finally:
            unsubscribe()
            limit.cancel()

    def _is_over(self, state: StackState) -> bool:
        """Whether there is nothing to start, or somebody is at work already; a game keeps the card."""
        return (
            state.phase in _NO_STACK
            or state.setting_up
            or state.gaming is not None
            or state.operation is not None
            or (state.phase is StackPhase.LOADED and not state.services)
        )

    def _is_known(self, state: StackState) -> bool:
        ready = state.phase is StackPhase.LOADED and state.engine.status is EngineStatus.READY
        return ready and all(service.stage is not Stage.UNKNOWN for service in state.services)

    def _may_start_engine(self, state: StackState) -> bool:
        """Whether the engine can be started without a question: nobody sits there who would answer for a password."""
        start = state.engine.help.start
        loaded = state.phase is StackPhase.LOADED
        return loaded and state.engine.status is EngineStatus.STOPPED and start is not None and not start.asks
