"""Unexpected errors, collected from everywhere: counted, masked, logged, and put into words for whoever helps."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

from harmony_desktop.control.store import Store
from harmony_desktop.records import dataclass

#: Different errors that are kept; of more only the number is.
_MOST = 20
#: Lines of a traceback, at most, on each of its ends; and characters of what an error says of itself.
_FRAMES, _TITLE = 40, 400
#: The innermost calls by which an error is known again.
_KNOWN_BY = 4
#: Seconds between two tellings: a storm of errors comes as one.
_RHYTHM = 0.25
#: Seconds of quiet after which an error that was put away is told again: one that comes all the time is not.
_QUIET = timedelta(seconds=60)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)

#: Calls something soon on the thread that may touch the window.
Later: TypeAlias = "Callable[[float, Callable[[], None]], object]"


@dataclass(frozen=True, slots=True)
class Crash:
    """One unexpected error, in words without secrets.

    Attributes:
        title: Its kind and what it says of itself: "ValueError: …".
        where: What was going on, in plain words.
        trace: Where it happened, as Python tells it.
        at: When it happened first.
        count: How often it has happened.
        ended: It has ended the panel, the last time it ran.
    """

    title: str
    where: str
    trace: str
    at: datetime
    count: int = 1
    ended: bool = False


@dataclass(frozen=True, slots=True)
class CrashNews:
    """What there is to tell.

    Attributes:
        crashes: The errors that nobody has put away, the oldest first.
        others: How many more there were.
    """

    crashes: tuple[Crash, ...] = ()
    others: int = 0


class Crashing(Protocol):
    """What the window asks for."""

    @property
    def store(self) -> Store[CrashNews]:
        """What there is to tell."""
        ...

    @property
    def log_folder(self) -> str:
        """The folder of the panel's own log, or "" where none is kept."""
        ...

    def words(self) -> str:
        """Return all that is known of what is told, for a report: masked."""
        ...

    def dismiss(self) -> None:
        """The user has read it."""
        ...

    def log_in_detail(self, detailed: bool) -> None:
        """Let the panel's own log tell more from now on, or no longer."""
        ...


class OwnLogging(Protocol):
    """The panel's own log."""

    @property
    def tail(self) -> tuple[str, ...]:
        """Its last lines, masked."""
        ...

    def detail(self, detailed: bool) -> None:
        """Keep more, or no longer."""
        ...


@dataclass(slots=True)
class _Kept:
    """An error as it came: masked when somebody looks, for that takes its time."""

    title: str
    where: str
    trace: str
    at: datetime
    ended: bool = False
    count: int = 1
    shown: Crash | None = None


@dataclass(slots=True)
class CrashBook:
    """Implements ``Crashing``; ``take`` may be called from any thread, in any plight, and raises nothing.

    Args:
        mask: Returns a text without secrets.
        about: Returns lines that tell versions and system.
        log: The panel's own log, or None.
        log_folder: Its folder.
        now: The time.
    """

    mask: Callable[[str], str]
    about: Callable[[], Sequence[str]] = tuple
    log: OwnLogging | None = None
    log_folder: str = ""
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    store: Store[CrashNews] = field(default_factory=lambda: Store(CrashNews()))
    _kept: dict[object, _Kept] = field(default_factory=dict)
    _put_away: dict[object, datetime] = field(default_factory=dict)
    _others: int = 0
    _later: Later | None = None
    _due: bool = False
    # An error may come while another is being kept: in the same thread from what is taken down just then.
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def tell_by(self, later: Later | None) -> None:
        """Tell of errors from now on by way of a loop, those that came before included; None tells no longer."""
        with self._lock:
            self._later = later
            self._due = False
        if later is not None and self._kept:
            self._tell_soon()

    def take(self, error: BaseException, where: str, *, logged: bool = False, told: bool = False) -> None:
        """Keep an error, or count it where it is known.

        Args:
            error: The error.
            where: What was going on.
            logged: Whether it stands in the log already.
            told: Whether it is told in other words besides: then it is for the log alone.
        """
        key = (type(error), _place(error))
        now = self.now()
        with self._lock:
            known = self._kept.get(key)
            if known is None and now - self._put_away.get(key, _LONG_AGO) < _QUIET:
                self._put_away[key] = now
                return
            if known is not None:
                known.count += 1
                count = known.count
            elif len(self._kept) < _MOST:
                words = traceback.TracebackException.from_exception(error)
                title = "".join(words.format_exception_only()).strip()
                self._kept[key] = _Kept(title[:_TITLE], where, _shortened(list(words.format())), now)
                count = 1
            else:
                self._others += 1  # a panel that is this far gone is not described any further
                count = 0
        if count == 1 and not logged:
            about = (type(error), error, error.__traceback__)
            _log.error("An unexpected error %s", where, exc_info=about, extra={"told": told})
        elif count > 1 and _is_power_of_ten(count):
            _log.error("%s %s: %d times in all", type(error).__name__, where, count)
        self._tell_soon()

    def take_last_time(self, title: str, trace: str, at: datetime) -> None:
        """Keep what has ended the panel the last time it ran."""
        with self._lock:
            self._kept["the last time"] = _Kept(title[:_TITLE], "", trace, at, ended=True)
        _log.error("Harmony ended unexpectedly the last time (%s):\n%s", at.isoformat(" ", "seconds"), trace)
        self._tell_soon()

    def words(self) -> str:
        """Return all that is known of what is told, for a report: masked."""
        news = self.store.value
        lines = [*self.about(), ""]
        for crash in news.crashes:
            often = f", {crash.count} times" if crash.count > 1 else ""
            lines += [f"{crash.at.isoformat(' ', 'seconds')}{often}: {crash.title}", str(crash.where), crash.trace, ""]
        if news.others:
            lines += [f"And {news.others} others.", ""]
        if self.log is not None and self.log.tail:
            lines += ["The last lines of the log:", *self.log.tail]
        return self.mask("\n".join(lines).rstrip()) + "\n"

    def dismiss(self) -> None:
        """Forget what was told; an error that goes on and on stays away."""
        with self._lock:
            self._put_away = dict.fromkeys(self._kept, self.now())
            self._kept.clear()
            self._others = 0
        self.store.set(CrashNews())

    def log_in_detail(self, detailed: bool) -> None:
        """Let the log tell more, or no longer."""
        if self.log is not None:
            self.log.detail(detailed)

    def _tell_soon(self) -> None:
        with self._lock:
            if self._due or self._later is None:
                return
            self._due = True
            later = self._later
        try:
            later(_RHYTHM, self._tell)
        except RuntimeError:  # the loop has ended meanwhile: the log has it all the same
            self._due = False

    def _tell(self) -> None:
        with self._lock:
            self._due = False
            kept, others = tuple(self._kept.values()), self._others
        self.store.set(CrashNews(tuple(self._shown(one) for one in kept), others))

    def _shown(self, kept: _Kept) -> Crash:
        if kept.shown is None:
            title, where, trace = (self.mask(text) for text in (kept.title, kept.where, kept.trace))
            kept.shown = Crash(title, where, trace, kept.at, ended=kept.ended)
        if kept.shown.count != kept.count:
            kept.shown = replace(kept.shown, count=kept.count)
        return kept.shown


def _place(error: BaseException) -> tuple[tuple[str, int], ...]:
    """Return the innermost calls, cheaply: errors may come by the hundred."""
    calls = []
    trace = error.__traceback__
    while trace is not None:
        calls.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return tuple(calls[-_KNOWN_BY:])


def _shortened(lines: list[str]) -> str:
    if len(lines) > 2 * _FRAMES:
        left_out = f"  … {len(lines) - 2 * _FRAMES} more …\n"
        lines = [*lines[:_FRAMES], left_out, *lines[-_FRAMES:]]
    return "".join(lines).rstrip()


def _is_power_of_ten(number: int) -> bool:
    return str(number).strip("0") == "1"
