"""Starting the engine itself: from the press of the button until it answers, or its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field, replace

from harmony_desktop.control.ports import Clock, EngineHelp, EngineStart, EngineStatus
from harmony_desktop.control.state import EngineState
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: What the search for the engine comes to while it is being started.
_ON_ITS_WAY = frozenset(
    {
        EngineStatus.SEARCHING,
        EngineStatus.ABSENT,
        EngineStatus.STOPPED,
        EngineStatus.STARTING,
        EngineStatus.UNREACHABLE,
    }
)
#: Seconds between two looks for an engine that is on its way.
_LOOKS = 1.0


@dataclass(slots=True)
class Awakening:
    """At most one start of the engine at a time.

    Args:
        clock: Time.
        show: Shows a state of the engine.
        look: Looks for the engine now.
        tell: Tells why it could not be started.
    """

    clock: Clock
    show: Callable[[EngineState], None]
    look: Callable[[], None]
    tell: Callable[[HarmonyError], None]
    _seen: EngineState = field(default_factory=EngineState)
    _start: EngineStart | None = None
    _task: asyncio.Task[None] | None = None
    _decided: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Start the engine as the help of its last state offers; a second press changes nothing."""
        start = self._seen.help.start
        if start is None or start.act is None or self._task is not None:
            return
        self._start = start
        self._decided.clear()
        self._task = asyncio.create_task(self._wake(start, start.act), name="start of the engine")
        self._task.add_done_callback(self._over)
        self.show(self.shown(self._seen))

    def cancel(self) -> None:
        """End it; what the engine does by now goes on."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """End it, and wait for its end."""
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def shown(self, state: EngineState) -> EngineState:
        """Return what to show for what was seen: an engine that is being started is starting, not stopped."""
        self._seen = state
        if self._start is None:
            return state
        if state.status not in _ON_ITS_WAY:
            self._decided.set()
            return state
        reason = state.reason if state.status is EngineStatus.STARTING else self._start.explanation
        return replace(
            state, status=EngineStatus.STARTING, reason=reason, advice="", help=EngineHelp(), being_started=True
        )

    async def _wake(self, start: EngineStart, act: Callable[[], Awaitable[None]]) -> None:
        await act()
        if not await self._answers_within(start.patience):
            raise HarmonyError(
                "Docker was started, but does not answer yet",
                cause=say(
                    "{explanation} That went well, but no engine has answered since.", explanation=start.explanation
                ),
                advice="Give it a little more time: it is found as soon as it answers. If it stays like this, "
                "look at what Docker itself says.",
            )

    def _over(self, task: asyncio.Task[None]) -> None:
        """Show again what is, then what went wrong; a task that is cancelled before it has begun comes here too."""
        self._start = self._task = None
        self.show(self._seen)
        self.look()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, HarmonyError):
            self.tell(error)
        elif error is not None:
            raise error  # a fault of our own: the loop tells it

    async def _answers_within(self, seconds: float) -> bool:
        """Look for it again and again. Returns whether it came to a state in which starting it has no more sense."""
        end = self.clock.now() + seconds
        while not self._decided.is_set():
            if self.clock.now() >= end:
                return False
            self.look()
            decided = asyncio.create_task(self._decided.wait())
            pause = asyncio.create_task(self.clock.sleep(_LOOKS))
            try:
                await asyncio.wait([decided, pause], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (decided, pause):
                    task.cancel()
                await asyncio.wait([decided, pause])
        return True
