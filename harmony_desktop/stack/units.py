"""Sizes and durations: how Compose reads them and how it prints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

_SIZE = re.compile(r"\+?((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?) ?([kmgtp]?)i?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}

_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)")
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 24 * 3600 * 10**9,
    "w": 7 * 24 * 3600 * 10**9,
}
SECOND = 10**9
_MAX = 2**63 - 1


def parse_size(text: str) -> int:
    """Bytes of a size such as ``1.5gb``, ``512m``, ``64 KiB`` or ``100``.

    Raises:
        ValueError: It is no size.
    """
    if re.fullmatch(r"-\d+", text):
        return int(text)
    match = _SIZE.fullmatch(re.sub(r"(?<=\d)_(?=\d)", "", text))
    if not match:
        raise ValueError(f"{text!r} is not a size such as 512m or 2gb")
    number, unit = match.groups()
    size = int(_exact(number) * 1024 ** _POWERS[unit.lower()])
    if size > _MAX:
        raise ValueError(f"{text!r} is too large")
    return size


def parse_duration(text: str) -> int:
    """Nanoseconds of a duration such as ``1m30s``, ``500ms`` or ``1d``.

    Raises:
        ValueError: It is no duration.
    """
    rest, sign = text, 1
    if rest[:1] in ("+", "-"):
        sign = -1 if rest[0] == "-" else 1
        rest = rest[1:]
    if rest == "0":
        return 0
    total: int | Fraction = 0
    position = 0
    for match in _DURATION_PART.finditer(rest):
        if match.start() != position:
            break
        total += _exact(match[1]) * _NANOSECONDS[match[2]]
        position = match.end()
    if not rest or position != len(rest) or total > _MAX:
        raise ValueError(f"{text!r} is not a duration such as 30s, 1m30s or 500ms")
    return sign * int(total)


def format_duration(nanoseconds: int) -> str:
    """A duration as Compose prints it: ``1m30s``, ``500ms``, ``0s``."""
    if nanoseconds == 0:
        return "0s"
    sign, value = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if value < SECOND:
        for unit in ("ms", "µs", "ns"):
            if value >= _NANOSECONDS[unit]:
                return f"{sign}{_decimal(value, _NANOSECONDS[unit])}{unit}"
    minutes, rest = divmod(value, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, SECOND)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else f"{sign}{text}"


def _exact(number: str) -> int | Fraction:
    """Return a number without loss; nearly all are whole."""
    if number.isdecimal():
        return int(number)
    from fractions import Fraction  # noqa: PLC0415 - takes a tenth of the time in which a small file is read

    return Fraction(number)


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    if not rest:
        return str(whole)
    digits = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"
