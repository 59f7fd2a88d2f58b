"""Ctrl+C: whose it is, and from when on; and how a program is told to end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

#: Seconds after which a call is no short one.
SHORT = 1.0


def leave_interrupts() -> None:
    """Let Ctrl+C end the program as it ends others, while modules are imported: Python would show where it stood."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def take_interrupts() -> None:
    """Make Ctrl+C a KeyboardInterrupt again, for work that can be ended in good order."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def on_termination(loop: asyncio.AbstractEventLoop, call: Callable[[], None], platform: str = sys.platform) -> None:
    """Call something, on the loop's thread, when the program is told to end.

    That is SIGTERM; on Windows, which has none, Ctrl+Break, and the console's end.

    Args:
        loop: The loop that runs, on the main thread.
        call: What ends the work.
        platform: ``sys.platform``.
    """

    def told(*_: object) -> None:
        if not loop.is_closed():  # else all is done, and the program is about to end anyway
            loop.call_soon_threadsafe(call)

    if platform == "win32":
        # The loop has made signals wake it up (``signal.set_wakeup_fd``), and cannot do more for Windows.
        signal.signal(signal.Signals["SIGBREAK"], told)
    else:
        # The loop's own way loads ``inspect``, for which a short call has no time. This one may be heard late by a loop
        # that is just about to wait: by a second, for then there is something to do.
        signal.signal(signal.SIGTERM, told)
        loop.call_later(SHORT, loop.add_signal_handler, signal.SIGTERM, call)
