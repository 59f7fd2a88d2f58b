"""What Harmony can compute on: the choice in words, for the pages, the tray and the palette. Pure."""

from __future__ import annotations

from harmony_desktop.control.kinds import OperationKind, StackPhase
from harmony_desktop.control.stack_state import HardwareState, StackState
from harmony_desktop.ui.i18n import tr

AUTO, NVIDIA, CPU = "auto", "nvidia", "cpu"


def profiles() -> tuple[tuple[str, str], ...]:
    """Return each choice with its name."""
    return ((AUTO, tr("Automatic")), (NVIDIA, tr("NVIDIA card")), (CPU, tr("Processor only")))


def chosen(hardware: HardwareState) -> str:
    """Return the choice that is in force, or "" while nothing is known."""
    return AUTO if hardware.automatic and hardware.profile else hardware.profile


def can_choose(state: StackState) -> bool:
    """Whether another profile can be chosen now."""
    busy = state.operation is not None and state.operation.kind is not OperationKind.PULL
    return state.phase is StackPhase.LOADED and not busy
