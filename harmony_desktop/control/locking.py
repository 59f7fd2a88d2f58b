"""One at a time: who changes a stack holds its lock; who comes second says who is at work, waits, and joins in."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Protocol

from harmony_desktop.control.ports import Clock
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: Seconds between two attempts to get a lock that somebody else holds.
_PERIOD = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is at work on a stack.

    Attributes:
        program: The program, with what it does ("harmony-desktop up", "the Harmony window").
        pid: Its process.
        since: Since when, in seconds since the epoch.
    """

    program: str
    pid: int
    since: float

    def __str__(self) -> str:
        began = datetime.fromtimestamp(self.since)  # noqa: DTZ006 - the time on the clock of whoever reads it
        return say(
            "{program} (process {pid}) is at work on this stack since {began:%H:%M}",
            program=self.program,
            pid=self.pid,
            began=began,
        )


class LockUnusableError(OSError):
    """Nothing can be locked where the lock should be: a folder that cannot be written, a file system without locks."""


class StackLock(Protocol):
    """A lock of the operating system, which ends with the process that holds it. Its calls return at once."""

    def acquire(self, holder: Holder) -> bool:
        """Take it, and leave word who has it; return False where another holds it. Raises LockUnusableError."""
        ...

    def holder(self) -> Holder | None:
        """Return who has it, as far as is known."""
        ...

    def release(self) -> None:
        """Give it back; nothing happens where it was not held."""
        ...


class StackLocks(Protocol):
    """Makes locks; the words for whoever waits come from it, too."""

    def program(self, what: str) -> str:
        """Return what this program calls itself while it does something ("up")."""
        ...

    def lock(self, directory: Path) -> StackLock:
        """Return the lock of the stack whose files are in a folder."""
        ...


#: Stacks that this task (or one that it was begun by) is at work on: an update may start and stop.
_mine: ContextVar[frozenset[Path]] = ContextVar("_mine", default=frozenset())


@contextlib.asynccontextmanager
async def at_work(
    locks: StackLocks,
    directory: Path,
    what: str,
    *,
    clock: Clock,
    note: Callable[[str], None],
    warn: Callable[[str], None],
) -> AsyncIterator[bool]:
    """Hold a stack's lock. Whoever holds it already, further out, goes on.

    Yields:
        Whether it had to wait: the other one may have written the stack's files.

    Args:
        locks: Makes the lock.
        directory: The folder of the stack's files.
        what: What is about to be done ("up").
        clock: Time.
        note: Is told who is at work, when it has to wait.
        warn: Is told when the stack cannot be locked; it goes on without.
    """
    if directory in _mine.get():
        yield False
        return
    lock = locks.lock(directory)
    waited = False
    try:
        waited = await _acquire(lock, Holder(locks.program(what), os.getpid(), clock.now()), clock, note)
    except LockUnusableError as error:
        warn(
            say(
                "This stack cannot be locked ({error}). Mind that no other program starts or stops it at the same "
                "time.",
                error=error,
            )
        )
    token = _mine.set(_mine.get() | {directory})
    try:
        yield waited
    finally:
        _mine.reset(token)
        lock.release()


async def _acquire(lock: StackLock, holder: Holder, clock: Clock, note: Callable[[str], None]) -> bool:
    """Take it, however long that takes; return whether another one held it."""
    told: Holder | None = None
    first = True
    while not await _attempt(lock, holder):
        other = lock.holder()
        if first or (other is not None and other != told):
            first, told = False, other
            note(
                say(
                    "{other}; waiting until it is done…",
                    other=str(other) if other else say("Another program is at work on this stack"),
                )
            )
        await clock.sleep(_PERIOD)
    return not first


async def _attempt(lock: StackLock, holder: Holder) -> bool:
    """Try once, in a thread: a busy disk must not hold up the loop."""
    attempt = asyncio.create_task(asyncio.to_thread(lock.acquire, holder))
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        # The thread may get it yet: nobody would give it back.
        await asyncio.wait([attempt])
        if attempt.exception() is None:
            lock.release()
        raise
