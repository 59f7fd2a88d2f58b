"""Log lines as text that can be shown: no escape sequences, no control characters, tabs as spaces. Pure functions."""

from __future__ import annotations

import re
from datetime import datetime

from harmony_desktop.control.logs import LogLine

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movements
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # strings for devices
    r"|\x1b[ -/]*[0-~]?"
)
_SHOWN_AS_ODD = [code for code in (*range(32), *range(127, 160)) if code != ord("\t")]
_INVISIBLE = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x2028, 0x2029)
_CONTROLS: dict[int, str | None] = dict.fromkeys(_SHOWN_AS_ODD, "\N{REPLACEMENT CHARACTER}")
_CONTROLS |= dict.fromkeys(_INVISIBLE)


def clean(text: str) -> str:
    """Return what a terminal would show of a line in the end."""
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        shown = [part for part in text.split("\r") if part]
        text = shown[-1] if shown else ""
    return text.translate(_CONTROLS).expandtabs(8)


def clock(time_ns: int) -> str:
    """Return the local time of a line with milliseconds, or spaces where the engine gave none."""
    if time_ns <= 0:
        return " " * 12
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds).astimezone():%H:%M:%S}.{rest // 1_000_000:03d}"


def as_file_line(line: LogLine) -> str:
    """Return a line as it stands in a saved file: full local time, service, text."""
    when = ""
    if line.time_ns > 0:
        seconds, rest = divmod(line.time_ns, 1_000_000_000)
        moment = datetime.fromtimestamp(seconds).astimezone()
        when = f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}{moment:%z} "
    return f"{when}{line.service} | {clean(line.text)}\n"
