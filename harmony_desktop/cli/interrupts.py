"""Ctrl+C: whose it is, and from when on."""

from __future__ import annotations

import signal


def leave_interrupts() -> None:
    """Let Ctrl+C end the program as it ends others, while modules are imported: Python would show where it stood."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def take_interrupts() -> None:
    """Make Ctrl+C a KeyboardInterrupt again, for work that can be ended in good order."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
