"""Which page of the handbook tells of what the window shows."""

from __future__ import annotations

from collections.abc import Mapping

from harmony_desktop.control.kinds import EngineStatus
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui.handbook import INDEX

TROUBLE = "troubleshooting.md"

#: Page of the window -> page of the handbook.
PAGES: Mapping[str, str] = {
    "stack": "stack.md",
    "logs": "logs.md",
    "hardware": "hardware.md",
    "configuration": "configuration.md",
    "checkup": "checks.md",
    "models": "models.md",
    "settings": "settings.md",
    "first run": "first-run.md",
}
_TROUBLED = frozenset(
    {
        EngineStatus.ABSENT,
        EngineStatus.STOPPED,
        EngineStatus.UNREACHABLE,
        EngineStatus.DENIED,
        EngineStatus.TOO_OLD,
    }
)


def place(page: str, state: StackState) -> str:
    """Return the page of the handbook for a page of the window; where something is wrong, what helps against it."""
    if page == "stack" and (state.problem is not None or state.engine.status in _TROUBLED):
        return TROUBLE
    return PAGES.get(page, INDEX)
