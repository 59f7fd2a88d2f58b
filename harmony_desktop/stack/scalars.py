"""Plain scalars of YAML 1.2 as Compose reads them, and numbers as Compose prints them.

Compose reads YAML 1.2 with a few habits of 1.1: ``yes`` and ``on`` are strings, ``22:22`` is a string, but ``0755`` is
octal and ``1_000`` is a thousand.
"""

from __future__ import annotations

import math
import re
import struct
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    ".nan": math.nan,
    ".NaN": math.nan,
    ".NAN": math.nan,
    ".inf": math.inf,
    ".Inf": math.inf,
    ".INF": math.inf,
    "+.inf": math.inf,
    "+.Inf": math.inf,
    "+.INF": math.inf,
    "-.inf": -math.inf,
    "-.Inf": -math.inf,
    "-.INF": -math.inf,
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt ]\s*([0-9]{1,2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(Z)?)?"
)
#: The characters a plain scalar can begin with when it is not simply a string.
_SPECIAL = frozenset("0123456789+-.~nNtTfF")


def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar."""
    if text and text[0] not in _SPECIAL:
        return text
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        return _integer(digits)
    if _FLOAT.fullmatch(digits) and math.isfinite(value := float(digits)):
        return value
    if date := _DATE.fullmatch(text):
        return _date(date, text)
    return text


def is_date(text: str) -> bool:
    """Whether YAML takes the text for a date."""
    return _DATE.fullmatch(text) is not None


def _integer(digits: str) -> int | float:
    sign, magnitude = (digits[0], digits[1:]) if digits[0] in "+-" else ("", digits)
    if magnitude[:2].lower() in ("0x", "0b", "0o"):
        value = int(magnitude, 0)
    else:
        value = int(magnitude, 8) if magnitude[0] == "0" else int(magnitude)
    if sign == "-":
        value = -value
    if not -(2**63) <= value < 2**64:
        return float(digits)
    return -0.0 if value == 0 and sign == "-" else value


def _date(match: re.Match[str], text: str) -> str:
    """A date is printed in full where text is wanted, as the official tool does."""
    year, month, day, hour, minute, second, fraction, _zone = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return text
    rest = (fraction or "").rstrip("0").rstrip(".")
    clock = f"{int(hour or 0):02}:{minute or '00'}:{second or '00'}{rest}"
    return f"{year}-{int(month):02}-{int(day):02} {clock} +0000 UTC"


def shortest32(value: float) -> float:
    """``value`` as a 32-bit float, told with the fewest digits that name it."""
    try:
        single: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return value
    for precision in range(1, 10):
        short = float(f"{single:.{precision}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == single:
            return short
    return single


def to_text(value: object) -> str:
    """A scalar as text where the model wants text: ``true``, ``493``, ``1`` for 1.0, ``1e+06``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value, 21 if value == 0 else 6)
    return "<nil>" if value is None else str(value)


def number_text(value: float) -> str:
    """A number as JSON has it: whole ones without a point, exponents only beyond 1e21 and below 1e-6."""
    if isinstance(value, int):
        return str(value)
    return _float_text(value, 21, small=-6)


def _float_text(value: float, large: int, small: int = -4) -> str:
    """The fewest digits; an exponent (of two digits at least) from ``10**large`` on and below ``10**small``."""
    if math.isnan(value) or math.isinf(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    sign, digits, exponent = _decompose(value)
    if exponent < small or exponent >= max(large, len(digits) if large == 21 else 0):
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    fraction = digits[exponent + 1 :]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _decompose(value: float) -> tuple[str, str, int]:
    """Sign, significant digits and decimal exponent of the shortest form of ``value``."""
    sign = "-" if math.copysign(1, value) < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = len(whole) - 1 + int(exponent or 0)
    if whole == "0":
        power = -(len(fraction) - len(fraction.lstrip("0"))) - 1 + int(exponent or 0)
    return sign, digits.rstrip("0") or "0", power if digits else 0
