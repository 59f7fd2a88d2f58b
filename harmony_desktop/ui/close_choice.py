"""What closing the window means."""

from __future__ import annotations

import enum


class CloseChoice(enum.StrEnum):
    """What closing the window does. ASK means the tray where there is one."""

    ASK = "ask"
    QUIT = "quit"
    STOP = "stop"
