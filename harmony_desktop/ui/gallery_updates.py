"""Recorded news of updates: one is there, one is held back, one was made, one did not work."""

from __future__ import annotations

from datetime import datetime, timedelta

from harmony_desktop.control.remedies import Remedy
from harmony_desktop.control.state import Operation, OperationKind, Problem
from harmony_desktop.control.update_news import Availability, Deed, Standing, UpdateNews

_OLD, _NEW = "sha256:2a3fe3cde99211c483e2e162ee357c41", "sha256:5b6c0d1e2f30a11405ab895f4a9a6783"


def _item(service: str, title: str, standing: Standing) -> Availability:
    return Availability(service, title, f"harmonyai/{service}:latest", standing, _OLD, _NEW)


def _asked() -> datetime:
    return datetime.now().astimezone() - timedelta(minutes=40)


def available() -> UpdateNews:
    """Return two updates, and one that is held back."""
    items = (
        _item("harmony-link", "Harmony Link", Standing.NEWER),
        _item("text-generation-webui-harmonyai", "Text Generation", Standing.FETCHED),
        _item("harmonyspeech-engine", "Speech Engine", Standing.HELD),
    )
    return UpdateNews(items, _asked())


def updated() -> UpdateNews:
    """Return what an update has changed."""
    return UpdateNews(
        asked_at=_asked(),
        earlier=("Harmony Link", "Speech Engine"),
        deed=Deed.UPDATED,
        done=(
            "Harmony Link: 2a3fe3cde992 → 5b6c0d1e2f30 (2026-03-04, 219 MB)",
            "Speech Engine: 91d0c2b7aa10 → a11405ab895f (2026-03-02, 6.5 GB)",
        ),
    )


def returned() -> UpdateNews:
    """Return what a rollback has changed."""
    return UpdateNews(
        (_item("harmonyspeech-engine", "Speech Engine", Standing.HELD),),
        _asked(),
        deed=Deed.RETURNED,
        done=("Speech Engine: a11405ab895f → 91d0c2b7aa10 (2026-01-20, 6.4 GB)",),
    )


def updating() -> Operation:
    """Return an update that is nearly through."""
    return Operation(
        OperationKind.UPDATE,
        "Waiting until the services are as ready as they were…",
        done=5,
        total=5,
        started_at=datetime.now().astimezone() - timedelta(seconds=50),
    )


def failed() -> Problem:
    """Return an update that did not work, with the way back."""
    return Problem(
        "The update did not work: Speech Engine failed (exit 1)",
        "it ended with an error, 4 times in a row",
        "The version that ran before is still here: return to it with “harmony-desktop rollback”.",
        "harmonyspeech-engine",
        (Remedy("roll-back", "Return to the earlier version"),),
    )
