"""How much of the log is kept: the sizes that a user can choose from."""

from __future__ import annotations

import enum

from harmony_desktop.control.logs import Bound, LogBook
from harmony_desktop.ui.settings import Key, Settings


class BoundSize(enum.StrEnum):
    """The choices, as they are remembered."""

    SMALL = "small"
    USUAL = "usual"
    LARGE = "large"
    HUGE = "huge"


BOUNDS = {
    BoundSize.SMALL: Bound(10_000, 2 * 1024**2),
    BoundSize.USUAL: Bound(),
    BoundSize.LARGE: Bound(300_000, 48 * 1024**2),
    BoundSize.HUGE: Bound(1_000_000, 160 * 1024**2),
}


def chosen_bound(settings: Settings) -> BoundSize:
    """Return what is remembered; anything unknown counts as the usual size."""
    stored = settings.get(Key.LOG_BOUND)
    known = {size.value: size for size in BoundSize}
    return known.get(stored if isinstance(stored, str) else "", BoundSize.USUAL)


def apply_bound(settings: Settings, book: LogBook) -> None:
    """Let the log book keep as much as is remembered."""
    bound = BOUNDS[chosen_bound(settings)]
    if bound != book.bound:
        book.set_bound(bound)
