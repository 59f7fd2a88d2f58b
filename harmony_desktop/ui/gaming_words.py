"""The words of gaming mode that tray, palette and banner share. Pure."""

from __future__ import annotations

from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui.i18n import tr


def free_title(state: StackState) -> str:
    """Return what turning gaming mode on is called: what it frees depends on what Harmony computes on."""
    if state.hardware.profile == "nvidia":
        return tr("Gaming mode: free the graphics card")
    return tr("Gaming mode: free memory and processor")


def back_title() -> str:
    """Return what turning it off is called."""
    return tr("Bring everything back")
