"""Recorded reports, for the gallery and the tests."""

from __future__ import annotations

from harmony_desktop.control.report import SavedReport
from harmony_desktop.control.report_desk import ReportNews, ReportPhase
from harmony_desktop.control.store import Store

SAVING = ReportNews(ReportPhase.SAVING, 5, 14)
SAVED = ReportNews(
    ReportPhase.SAVED,
    saved=SavedReport(
        "/home/you/Documents/harmony-report-2026-01-31-1204.zip",
        182_400,
        ("README.txt", "versions.json"),
        ("logs, events: There was no answer within 20 seconds.",),
    ),
)
FAILED = ReportNews(
    ReportPhase.FAILED,
    title="The report cannot be saved there",
    cause="/media/stick/harmony-report.zip: No space left on device",
    advice="Choose another place, or make room there.",
)


class RecordedReports:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        news: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], news: ReportNews) -> None:
        self._calls = calls
        self._store = Store(news)

    @property
    def store(self) -> Store[ReportNews]:
        """The recorded news."""
        return self._store

    def save(self, file: str) -> None:
        """Write it down."""
        self._calls.append(("save_report", file))
