"""Log lines as words: times, what the panel says itself, lines of a file. Pure functions."""

from __future__ import annotations

from datetime import datetime

from harmony_desktop.control.ansi import clean
from harmony_desktop.control.logs import LogLine
from harmony_desktop.ui.i18n import tr

__all__ = ["as_file_line", "clean", "clock", "full_time", "mark_text", "moment", "words_of"]


def moment(time_ns: int) -> datetime:
    """Return a time in the user's zone."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000).astimezone()


def clock(time_ns: int) -> str:
    """Return the local time of a line with milliseconds, or spaces where the engine gave none."""
    if time_ns <= 0:
        return " " * 12
    return f"{moment(time_ns):%H:%M:%S}.{time_ns // 1_000_000 % 1000:03d}"


def full_time(time_ns: int) -> str:
    """Return date, time and zone as in a file, or nothing where the engine gave no time."""
    if time_ns <= 0:
        return ""
    when = moment(time_ns)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{time_ns // 1_000_000 % 1000:03d}{when:%z}"


def mark_text(line: LogLine) -> str:
    """Return what the panel says between two lines of a service."""
    mark = line.mark
    if mark is None:
        return ""
    time = f"{moment(line.time_ns):%H:%M:%S}" if line.time_ns > 0 else ""
    if mark.recreated:
        return tr("New container {time}", time=time).strip()
    if mark.exit_code is None:
        return tr("Restarted {time}", time=time).strip()
    return tr("Restarted {time} (exit code {code})", time=time, code=mark.exit_code)


def words_of(line: LogLine) -> str:
    """Return the text of a line, whoever says it."""
    return f"--- {mark_text(line)} ---" if line.mark else line.text


def as_file_line(line: LogLine) -> str:
    """Return a line as it stands in a saved file: full local time, service, text."""
    when = full_time(line.time_ns)
    return f"{when} {line.service} | {words_of(line)}\n" if when else f"{line.service} | {words_of(line)}\n"
