"""Saves reports on the window's behalf: one at a time, with how far it is and what came of it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Coroutine
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol

from harmony_desktop.control.report import ReportMaker, SavedReport
from harmony_desktop.control.state import StackState
from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError


class ReportPhase(enum.Enum):
    """How far a report is."""

    NONE = "none"
    SAVING = "saving"
    SAVED = "saved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReportNews:
    """What became of the last report that was asked for.

    Attributes:
        phase: How far it is.
        done: Parts that have been gathered.
        total: Parts in all, 0 while that is not known.
        saved: What was written.
        title: What went wrong, and why, and what helps.
    """

    phase: ReportPhase = ReportPhase.NONE
    done: int = 0
    total: int = 0
    saved: SavedReport | None = None
    title: str = ""
    cause: str = ""
    advice: str = ""


class Reporting(Protocol):
    """What the window asks for."""

    @property
    def store(self) -> Store[ReportNews]:
        """What became of it."""
        ...

    def save(self, file: str) -> None:
        """Save a report; a file that is there is replaced, for the file dialog has asked. Returns at once."""
        ...


@dataclass(slots=True)
class ReportDesk:
    """Implements ``Reporting``.

    Args:
        maker: Makes reports; None where there is nothing to make them with.
        seen: Returns what the window shows.
        spawn: Starts a task that ends with the panel.
        mask: Returns a text of ours without secrets.
    """

    maker: ReportMaker | None
    seen: Callable[[], StackState]
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    mask: Callable[[str], str]
    store: Store[ReportNews] = field(default_factory=lambda: Store(ReportNews()))

    def save(self, file: str) -> None:
        """Save a report, unless one is being saved."""
        if self.maker is not None and self.store.value.phase is not ReportPhase.SAVING:
            self.store.set(ReportNews(ReportPhase.SAVING))
            self.spawn(self._save(self.maker, Path(file)), "report")

    async def _save(self, maker: ReportMaker, file: Path) -> None:
        def progress(done: int, total: int) -> None:
            self.store.set(ReportNews(ReportPhase.SAVING, done, total))

        try:
            saved = await maker.save(file, replace=True, seen=self.seen(), progress=progress)
        except HarmonyError as error:
            words = (self.mask(text) for text in (error.title, error.cause, error.advice))
            self.store.set(ReportNews(ReportPhase.FAILED, 0, 0, None, *words))
        except BaseException:
            self.store.set(ReportNews())
            raise
        else:
            self.store.set(ReportNews(ReportPhase.SAVED, saved=saved))
