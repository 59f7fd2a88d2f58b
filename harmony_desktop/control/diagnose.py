"""From exit codes and log lines to plain causes, by the table in ``signs``."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from harmony_desktop.control.signs import CERTAIN, EXIT_CODES, SIGNS, VAGUE, Kind, Sign
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import Words, say

#: Lines of log that are searched for signs.
SEARCHED = 120
#: Lines of log that are shown with a failure.
EVIDENCE_LINES = 12
#: Lines that are shown after the telling one.
_AFTER = 1
#: So many ordinary lines after a sign mean that life went on: it was not what ended the service.
_WENT_ON = 6
#: So many lines of any kind after a sign, and it is too long ago.
_LONG_AGO = 80
#: Characters of a line that are searched.
_LINE_LENGTH = 1_000
#: Characters of a program's own words that are told.
_OWN_WORDS = 120
#: Ends by signal whose cause lies outside: only a want of memory may be told from the log.
_FROM_OUTSIDE = frozenset({130, 131, 137, 143})

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: The level that a line bears: the first such word near its beginning.
_LEVEL = re.compile(
    r"(?:^|[\s\[(|=\"'])(?:(?P<low>INFO|DEBUG|TRACE|NOTICE|VERBOSE|WARN|WARNING|INF|DBG|TRC|WRN|UserWarning|FutureWarning"
    r"|DeprecationWarning|RuntimeWarning)|(?P<high>ERROR|ERR|FATAL|CRITICAL|SEVERE|PANIC|emerg|alert|crit))(?=$|[\s:\])|\"'(,])",
)
_LEVEL_SMALL = re.compile(
    r"(?:\[|level=|\"level\": ?\")(?:info|debug|trace|notice|warn|warning)\b|^[IWD]\d{4} \d\d:\d\d"
)
_LEVEL_WITHIN = 100
#: A file that a program calls its configuration; the Python files of a traceback are none.
_CONFIG_FILE = re.compile(r"(?P<path>[\w./~-]*[\w-]\.(?:json|ya?ml|toml|ini|cfg|conf))\b")
_AROUND = 10


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause in plain words, and what to do about it (or "").

    Attributes:
        cause: The cause, as the second half of a sentence: "the disk is full".
        advice: What to do.
        line: Index of the line that told it, None where no line did.
        kind: What has to be known of the cause beyond its words.
        target: Whom it could not reach, in the line's own words, or "".
    """

    cause: str
    advice: str = ""
    line: int | None = None
    kind: Kind = Kind.OTHER
    target: str = ""


def diagnose(
    exit_code: int | None,
    *,
    oom_killed: bool = False,
    error: str = "",
    lines: Sequence[str] = (),
    memory_limit: int = 0,
) -> Diagnosis:
    """Return why a service ended.

    Args:
        exit_code: The container's exit code, None where it never ran.
        oom_killed: The kernel ended it for want of memory.
        error: The engine's own words, for a container that could not start.
        lines: The last lines of its log, the oldest first.
        memory_limit: The container's memory limit in bytes, 0 for none.
    """
    if oom_killed:
        return _out_of_memory(memory_limit)
    if error:
        # Markers of another life in the log say nothing about a start that the engine refused.
        found = _first_sign(" ".join(error.split())[-_LINE_LENGTH:])
        return _told(found, None) if found is not None else Diagnosis(_own_words(error))
    best = _best_sign(lines, outside=exit_code in _FROM_OUTSIDE)
    by_code = _by_code(exit_code)
    if best is not None and not (best[0].sign.weight == VAGUE and by_code is not None):
        return _told(*best, lines=lines)
    if by_code is not None:
        return by_code
    return Diagnosis(say("it could not start") if exit_code is None else say("it ended with an error"))


def evidence(lines: Sequence[str], told_by: int | None) -> tuple[str, ...]:
    """Return the lines that are shown with a failure: up to the telling one and the next, else the last.

    Args:
        lines: The last lines of the log, the oldest first.
        told_by: ``Diagnosis.line``, an index into them.
    """
    end = len(lines) if told_by is None else told_by + 1 + _AFTER
    return tuple(lines[max(0, end - EVIDENCE_LINES) : end])


def plain(line: str) -> str:
    """Return a line without colours, and only what a progress line shows in the end."""
    return _COLOURS.sub("", line).rstrip("\r\n").rpartition("\r")[2]


def is_ordinary(line: str) -> bool:
    """Whether a line calls itself information, a warning or less."""
    head = plain(line)[:_LEVEL_WITHIN]
    level = _LEVEL.search(head)
    if level is not None:
        return level["low"] is not None
    return _LEVEL_SMALL.search(head) is not None


@dataclass(frozen=True, slots=True)
class _Match:
    sign: Sign
    match: re.Match[str]


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], Sign], ...]:
    """Return the table ready for use: made at the first failure rather than at every start of the program."""
    return tuple((re.compile(pattern, re.IGNORECASE), sign) for sign in SIGNS for pattern in sign.patterns)


@functools.lru_cache(maxsize=4096)
def _first_sign(line: str) -> _Match | None:
    for pattern, sign in _patterns():
        match = pattern.search(line)
        if match is not None:
            return _Match(sign, match)
    return None


def _best_sign(lines: Sequence[str], *, outside: bool) -> tuple[_Match, int] | None:
    """Return the most telling sign near the end: the certain before the telling, and the newer of two alike."""
    best: tuple[_Match, int] | None = None
    went_on = 0
    for index in range(len(lines) - 1, max(-1, len(lines) - 1 - min(SEARCHED, _LONG_AGO)), -1):
        if is_ordinary(lines[index]):
            went_on += 1
            if went_on > _WENT_ON:
                break
            continue
        found = _first_sign(plain(lines[index])[:_LINE_LENGTH])
        if found is None or (outside and found.sign.kind is not Kind.MEMORY):
            continue
        if best is None or found.sign.weight > best[0].sign.weight:
            best = (found, index)
            if found.sign.weight == CERTAIN:
                break
    return best


def _told(found: _Match, index: int | None, *, lines: Sequence[str] = ()) -> Diagnosis:
    sign = found.sign
    cause = sign.cause
    wanted = sign.detailed[sign.detailed.index("{") + 1 : sign.detailed.index("}")] if sign.detailed else ""
    value = found.match.groupdict().get(wanted)
    if value:
        cause = Words(sign.detailed, {wanted: _own_words(value)})
    elif sign.kind is Kind.CONFIG and index is not None and (path := _config_file(lines, index)):
        cause = say("it cannot read {path}", path=path)
    target = value or "" if sign.kind is Kind.CONNECTION else ""
    return Diagnosis(cause, sign.advice, index, sign.kind, target)


def _config_file(lines: Sequence[str], index: int) -> str:
    """Return the configuration file that is named nearest to a line, or ""."""
    near = sorted(range(max(0, index - _AROUND), min(len(lines), index + _AROUND)), key=lambda i: abs(i - index))
    for i in near:
        for match in _CONFIG_FILE.finditer(plain(lines[i])):
            if "site-packages" not in match["path"] and "://" not in lines[i]:
                return match["path"]
    return ""


def _by_code(exit_code: int | None) -> Diagnosis | None:
    if exit_code is None:
        return None
    if exit_code in EXIT_CODES:
        return Diagnosis(*EXIT_CODES[exit_code])
    if 128 < exit_code < 128 + 65:
        return Diagnosis(say("it was ended by signal {exit_code}", exit_code=exit_code - 128))
    return None


def _out_of_memory(limit: int) -> Diagnosis:
    if limit:
        return Diagnosis(
            say("it ran out of memory: it may use {limit}", limit=_size(limit)),
            say("Choose smaller models, or raise the service's memory limit."),
            kind=Kind.MEMORY,
        )
    return Diagnosis(
        say("it ran out of memory"), say("Choose smaller models, close other programs, or give Docker more memory."),
        kind=Kind.MEMORY,
    )  # fmt: skip


def _size(count: int) -> str:
    return f"{count / 1024**3:.3g} GB" if count >= 1024**3 else f"{count / 1024**2:.3g} MB"


def _own_words(text: str) -> str:
    """Return a program's words, in one line and not too many."""
    words = " ".join(text.split()).rstrip(".")
    return words if len(words) <= _OWN_WORDS else words[: _OWN_WORDS - 1].rstrip() + "…"
