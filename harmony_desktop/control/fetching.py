"""Fetching images within patience: one after the other, and never waiting for ever on a registry that says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field
from typing import Any

from harmony_desktop.control.ports import Clock, Engine, LayerPhase, PullProgress, RegistryError
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: In these the engine works on what it has: silence says nothing about the registry.
_AT_WORK = frozenset({LayerPhase.VERIFYING, LayerPhase.EXTRACTING, LayerPhase.FETCHED})
#: Looks at what has come, within the time after which a registry is given up.
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds without a byte after which a registry is given up.

    Attributes:
        spare: For an image that is here already: a start must not wait long for a newer one.
        needed: For an image without which nothing works.
    """

    spare: float = 15.0
    needed: float = 60.0


@dataclass(slots=True)
class Fetcher:
    """Fetches the images of one plan.

    Those that are missing come one after the other, the next as soon as the last has nothing left to download: the
    engine loads three layers at a time in any case, and what is complete when somebody cancels is kept, while engines
    throw away the layers of an image that is not.

    Args:
        engine: The engine.
        clock: Time.
        progress: Is told of each step forward.
        patience: How long silence is borne.
    """

    engine: Engine
    clock: Clock
    progress: Callable[[PullProgress], None]
    patience: Patience = Patience()
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _silence: RegistryError | None = None

    async def fetch(self, image: str, *, missing: bool) -> str:
        """Fetch an image; return what deserves a word though it went well, or "".

        Args:
            image: The image's name.
            missing: Whether it is not here yet.

        Raises:
            RegistryError: it cannot be had, or nothing came for too long.
        """
        if not missing:
            return await self._attempt(image, self.patience.spare, lambda: None)
        await self._lock.acquire()
        turn = _Turn(self._lock)
        try:
            if self._silence is not None:
                # Nobody answered for the one before: it would be the same once more.
                raise RegistryError(
                    say("Cannot fetch {image}", image=image), cause=self._silence.cause, advice=self._silence.advice
                )
            return await self._attempt(image, self.patience.needed, turn.give)
        finally:
            turn.give()

    async def _attempt(self, image: str, limit: float, downloaded: Callable[[], None]) -> str:
        silence = _Silence()

        def told(progress: PullProgress) -> None:
            silence.take(progress)
            if progress.parts and not any(part.coming for part in progress.parts):
                downloaded()
            self.progress(progress)

        pulling = asyncio.ensure_future(self.engine.pull(image, told))
        try:
            quiet = 0
            while quiet < _LOOKS and not await self._ends_within(pulling, limit / _LOOKS):
                quiet = 0 if silence.broken() else quiet + 1
        finally:
            if not pulling.done():
                pulling.cancel()
                await asyncio.wait({pulling})
        if not pulling.cancelled():
            return pulling.result()
        # Is it the registry that says nothing, or the engine? That raises a fault of its own.
        await self.engine.info()
        error = RegistryError(
            say("Cannot fetch {image}", image=image),
            cause=say("The registry has sent nothing for {limit:g} seconds.", limit=limit),
            advice="Check the connection to the internet (and a proxy, if you use one), then try again.",
        )
        if not silence.heard:
            self._silence = error
        raise error

    async def _ends_within(self, pulling: asyncio.Future[str], seconds: float) -> bool:
        pause = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            both: tuple[asyncio.Future[Any], ...] = (pulling, pause)
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
        return pulling.done()


class _Turn:
    """The right to download, which is given on once.

    Args:
        lock: The lock that was taken for it.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock: asyncio.Lock | None = lock

    def give(self) -> None:
        """Let the next one begin."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class _Silence:
    """Whether anything comes of one image."""

    def __init__(self) -> None:
        #: Whether anything has come at all.
        self.heard = False
        self._at_work = False
        self._new = False
        self._last: tuple[object, ...] = ()

    def take(self, progress: PullProgress) -> None:
        """Take what is known now; the engine's countdown to its next attempt is no sign of life of the registry."""
        seen = (progress.current, tuple(part.phase for part in progress.parts if part.phase is not LayerPhase.RETRYING))
        self._new = self._new or seen != self._last
        self._last = seen
        self.heard = True
        coming = any(part.coming for part in progress.parts)
        self._at_work = not coming and any(part.phase in _AT_WORK for part in progress.parts)

    def broken(self) -> bool:
        """Return whether anything came since this was asked last, or the engine works on what it has."""
        new, self._new = self._new, False
        return new or self._at_work
