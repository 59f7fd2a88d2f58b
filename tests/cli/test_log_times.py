"""How ``logs --since`` is written: as a time, as seconds, or as how long ago."""

from __future__ import annotations

import argparse
import time

import pytest

from harmony_desktop.cli.logs import since


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("1700000000", 1_700_000_000 * 10**9), ("0.5", 500_000_000), ("2026-01-31T12:00:00Z", 1_769_860_800 * 10**9)],
)
def test_a_time(text: str, nanoseconds: int) -> None:
    assert since(text) == nanoseconds


def test_how_long_ago() -> None:
    before = time.time_ns()
    assert before - 3600 * 10**9 - 10**6 <= since("1h") <= time.time_ns() - 3600 * 10**9 + 10**6
    assert since("1h30m") < since("1h")


@pytest.mark.parametrize("text", ["1960-01-01", "-5", "900000h"])
def test_a_time_before_there_were_any_means_all(text: str) -> None:
    assert since(text) == 0


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "1e400", "nan", "inf", "99999999999999999999", ""])
def test_what_is_no_time_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="neither a time nor a duration"):
        since(text)
