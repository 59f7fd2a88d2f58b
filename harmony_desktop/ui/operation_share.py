"""How much of an operation is done. Pure."""

from __future__ import annotations

from harmony_desktop.control.state import Operation
from harmony_desktop.control.transfer import Download, DownloadPhase

_ENDED = frozenset({DownloadPhase.DONE, DownloadPhase.THERE, DownloadPhase.FAILED})


def done_share(operation: Operation) -> float | None:
    """Return the part that is done, from 0 to 1; None while it is being planned.

    Steps are counted; a download counts as much of its step as has come.
    """
    if operation.total <= 0:
        return None
    share = operation.done + sum(_share(pull) for pull in operation.pulls)
    return min(1.0, share / operation.total)


def _share(download: Download) -> float:
    """Return how much of an image has come, from 0 to 1; one that has ended counts as a step of its own."""
    progress = download.progress
    if download.phase in _ENDED or progress.total <= 0:
        return 0.0
    return min(1.0, progress.current / progress.total)
