"""Hooks for unexpected errors that cost nothing: who takes them is made when there is one, or when there is time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony_desktop.control.crash_hooks import CrashHooks


def install(hooks: Callable[[], CrashHooks]) -> None:
    """Lead what Python's own hooks would take to others.

    Args:
        hooks: Makes them at its first call; they take Python's places then.
    """
    sys.excepthook = lambda kind, error, trace: hooks().uncaught(kind, error, trace)
    sys.unraisablehook = lambda args: hooks().unraisable(args)
    threading.excepthook = lambda args: hooks().in_thread(args)
