"""How grave a log line is, told from the styles in which programs write it. Pure functions."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable


class Level(enum.IntEnum):
    """How grave a line is; a line that does not say so is information."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


#: The level stands near the beginning; what comes later is the message.
_HEAD = 160

_WORDS = {
    **dict.fromkeys(("trace", "debug", "verbose", "fine", "finer", "finest", "d", "t"), Level.DEBUG),
    **dict.fromkeys(("info", "information", "notice", "success", "log", "i", "n"), Level.INFO),
    **dict.fromkeys(("warn", "warning", "w"), Level.WARNING),
    **dict.fromkeys(
        ("error", "err", "fatal", "critical", "crit", "panic", "severe", "alert", "emerg", "emergency", "exception"),
        Level.ERROR,
    ),
    **dict.fromkeys(("e", "f", "c"), Level.ERROR),
}

# The first of these in a line decides.
_TELLS = re.compile(
    # loguru, uvicorn, Python's logging, log4j, PostgreSQL: a word in capitals
    r"\b(TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|PANIC|SEVERE|ALERT|EMERG)\b"
    # nginx, Apache, many others: in brackets
    r"|\[\s*(?:\w+:)?(trace|debug|info|notice|warn|warning|err|error|crit|critical|fatal|alert|emerg)\s*\]"
    # logfmt and JSON
    r"""|\b(?:level|lvl|severity|levelname)["']?\s*[=:]\s*["']?(\w+)"""
    # a word and a colon, alone or at the end of an exception's name
    r"|(?:^|[\s\].:])(?:\w*(?=(?:Error|Exception|Warning)\b))?"
    r"(error|Error|warning|Warning|fatal|Fatal|critical|panic|Exception)(?:\[\w+\])?\s?:"
    # a letter: glog before the date, llama.cpp behind the time since its start
    r"|^([IWEF])\d{4}\s\d\d:|^\d+\.\d+\.\d+\.\d+\s([DIWE])\s"
    # Python's and Java's tales of an exception
    r"|^(?:Traceback \(|Exception in thread |goroutine \d+ \[|thread '[^']*' panicked )()"
)
#: One of these, in any case, is in whatever the pattern finds: most lines are done with that question.
_HINTS = (
    *("err", "warn", "info", "debug", "trac", "fatal", "exce", "crit", "level", "lvl", "sever", "panic"),
    *("notice", "alert", "emerg", "verbose", "success", "goroutine"),
)
_SHORT = re.compile(r"[IWEF]?\d+[ .]")
_GOES_ON = re.compile(r"\s|at |Caused by:|During handling |The above exception |\.\.\. \d+ more|[|}\])]")


def level_of(text: str, before: Level = Level.INFO) -> Level:
    """Return how grave a line is.

    Args:
        text: Plain text of the line.
        before: The level of the same service's line before it, which an indented line continues.
    """
    head = text[:_HEAD]
    lowered = head.lower()
    hinted = any(hint in lowered for hint in _HINTS) or _SHORT.match(head)
    found = _TELLS.search(head) if hinted else None
    if found is not None:
        word = found[found.lastindex or 0]
        if not word:
            return Level.ERROR
        level = _WORDS.get(word.lower())
        if level is not None:
            return level
    return before if _GOES_ON.match(head) else Level.INFO


def levels_of(texts: Iterable[str], before: Level = Level.INFO) -> list[Level]:
    """Return the levels of consecutive lines of one service."""
    levels = []
    for text in texts:
        before = level_of(text, before)
        levels.append(before)
    return levels
