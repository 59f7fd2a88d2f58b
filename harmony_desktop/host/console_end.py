"""The end of a console on Windows: Ctrl+C, Ctrl+Break, its window closed, the user logged off.

Python hears of these only when its main thread runs Python code, which a window's loop may not do for minutes. Windows
tells them on a thread of its own, and ends the process when that thread has been told and returns.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Protocol, TypeAlias

#: Numbers of Windows: CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, after which the process is ended.
_LAST_WORDS = frozenset({2, 5, 6})
#: Seconds that the panel gets to end by itself after one of these; Windows gives five.
_GRACE = 4.5

Handler: TypeAlias = Callable[[int], bool]


class Waiting(Protocol):
    """What can be waited for: ``threading.Event``."""

    def wait(self, timeout: float) -> bool:
        """Wait some seconds at most."""
        ...


def on_console_end(end: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
    """Call ``end`` on the loop's thread when the console ends. Does nothing where there is no console.

    Args:
        end: Ends the panel in good order.
        loop: The loop of the window.
    """
    if sys.platform == "win32":
        import_module("win32api").SetConsoleCtrlHandler(handler(end, loop, threading.Event()), True)


def handler(end: Callable[[], None], loop: asyncio.AbstractEventLoop, never: Waiting) -> Handler:
    """Return what Windows calls, on a thread of its own.

    Args:
        end: Ends the panel.
        loop: The loop of the window.
        never: Is waited for while the panel ends: the process's end ends this wait as well.
    """

    def told(event: int) -> bool:
        if loop.is_closed():
            return False
        loop.call_soon_threadsafe(end)
        if event in _LAST_WORDS:
            never.wait(_GRACE)
        return True

    return told
