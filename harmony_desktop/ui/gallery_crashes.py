"""Recorded unexpected errors, for the gallery and the tests."""

from __future__ import annotations

from datetime import UTC, datetime

from harmony_desktop.control.crashes import Crash, CrashNews
from harmony_desktop.control.store import Store

_TRACE = """\
Traceback (most recent call last):
  File "harmony_desktop/ui/service_row.py", line 212, in show_usage
    self._meter.draw(usage.memory / usage.memory_limit)
                     ~~~~~~~~~~~~~^~~~~~~~~~~~~~~~~~~~
ZeroDivisionError: division by zero"""
_NATIVE = """\
Fatal Python error: Segmentation fault

Current thread 0x00007f3a5c1fd740 (most recent call first):
  File "harmony_desktop/ui/log_view.py", line 301 in paintEvent
  File "harmony_desktop/bootstrap.py", line 512 in _run_on_qt"""
_AT = datetime(2026, 1, 31, 12, 4, tzinfo=UTC)

HAPPENED = CrashNews(
    (
        Crash("KeyError: 'harmony-link'", "in the task “probes”", "KeyError: 'harmony-link'", _AT),
        Crash("ZeroDivisionError: division by zero", "while the window was at work", _TRACE, _AT, count=48),
    ),
)
ENDED = CrashNews((Crash("Fatal Python error: Segmentation fault", "", _NATIVE, _AT, ended=True),))


class RecordedCrashes:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        news: What is shown.
    """

    log_folder = "/home/you/.local/state/harmony-desktop/log"

    def __init__(self, calls: list[tuple[object, ...]], news: CrashNews) -> None:
        self._calls = calls
        self._store = Store(news)

    @property
    def store(self) -> Store[CrashNews]:
        """The recorded errors."""
        return self._store

    def words(self) -> str:
        """Return what is known of them."""
        about = ["Harmony Desktop 0.1.0", "Python 3.12.4, Qt 6.11.0", "Linux-6.8.0-x86_64 (x86_64), KDE wayland"]
        return "\n".join([*about, "", *(f"{crash.title}\n{crash.trace}\n" for crash in self._store.value.crashes)])

    def dismiss(self) -> None:
        """Put them away."""
        self._calls.append(("dismiss_crashes",))
        self._store.set(CrashNews())

    def log_in_detail(self, detailed: bool) -> None:
        """Write it down."""
        self._calls.append(("log_in_detail", detailed))
