"""Values of the canonical form in the units of the Engine API. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PART = re.compile(r"([\d.]+)(h|ms|us|µs|μs|ns|m|s)")
_UNIT_NS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ns": 1,
}


def nanoseconds(duration: str) -> int:
    """Return a duration as the canonical form prints it (``1m30s``, ``500ms``) in nanoseconds."""
    sign = -1 if duration.startswith("-") else 1
    return sign * sum(_scaled(part[1], _UNIT_NS[part[2]]) for part in _PART.finditer(duration))


def _scaled(number: str, unit: int) -> int:
    whole, _, fraction = number.partition(".")
    divisor: int = 10 ** len(fraction)
    return int(whole or 0) * unit + int(fraction or 0) * unit // divisor


def seconds(duration: str) -> int:
    """Return a duration in whole seconds; what is less than one falls away, as officially."""
    return nanoseconds(duration) // 1_000_000_000


def size(value: str | int) -> int:
    """Return a number of bytes, which the canonical form prints as decimal digits."""
    return int(value)


def compact(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body without what is not set; false, 0 and empty lists stay."""
    return {key: value for key, value in body.items() if value is not None}
