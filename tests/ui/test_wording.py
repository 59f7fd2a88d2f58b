"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.ui import wording
from harmony_desktop.ui.i18n import join_words, number_word, trn

NOW = datetime(2026, 5, 4, 14, 18, tzinfo=UTC).astimezone()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (182 * 1024**2, "182 MB"),
        (1024**3 - 1, "1.0 GB"),
        (int(2.4 * 1024**3), "2.4 GB"),
        (24 * 1024**3, "24 GB"),
    ],
)
def test_sizes(number: int, words: str) -> None:
    assert wording.size(number) == words


@pytest.mark.parametrize(
    ("current", "total", "words"),
    [
        (int(1.2 * 1024**3), int(6.4 * 1024**3), "1.2 of 6.4 GB"),
        (182 * 1024**2, 6 * 1024**3, "182 MB of 6.0 GB"),
        (5 * 1024**2, 0, "5 MB"),
        (0, 0, ""),
        (9 * 1024**2, 8 * 1024**2, "8 of 8 MB"),
    ],
)
def test_transferred(current: int, total: int, words: str) -> None:
    assert wording.transferred(current, total) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=3, seconds=50), "3 min"),
        (timedelta(hours=2, minutes=14), "2 h 14 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_durations(length: timedelta, words: str) -> None:
    assert wording.duration(length) == words


def test_since_today_and_earlier() -> None:
    assert wording.since(NOW.replace(hour=12, minute=4), NOW) == "since 12:04"
    assert wording.since(NOW - timedelta(days=3), NOW).startswith("since 2026-05-01, ")
    assert wording.since(NOW - timedelta(days=400), NOW).startswith("since 2025-")
    assert wording.since(None, NOW) == ""


@pytest.mark.parametrize(
    ("stage", "reason", "lines"),
    [
        (Stage.READY, "", ("Ready", "since 12:04")),
        (Stage.READY, "5 models", ("Ready", "5 models")),
        (Stage.FAILED, "out of memory", ("Failed", "Out of memory, 2 h 14 min ago")),
        (Stage.ABSENT, "", ("Not started", "")),
        (Stage.STOPPED, "", ("Stopped", "since 12:04")),
        (Stage.LIMITED, "Speech Engine is down", ("Limited", "Speech Engine is down")),
    ],
)
def test_state_column(stage: Stage, reason: str, lines: tuple[str, str]) -> None:
    service = ServiceState("s", "S", stage=stage, reason=reason, since=NOW.replace(hour=12, minute=4))
    assert wording.state_lines(service, NOW) == lines


def test_a_service_without_probes_is_ready_when_reachable() -> None:
    service = ServiceState("s", "S", stage=Stage.REACHABLE, probed=False)
    assert wording.stage_word(service) == "Ready"


def test_every_stage_has_a_word() -> None:
    assert all(wording.stage_word(ServiceState("s", "S", stage=stage)) for stage in Stage)


def test_plurals_and_lists() -> None:
    assert trn("{n} new line", "{n} new lines", 1) == "1 new line"
    assert trn("{n} new line", "{n} new lines", 214) == "214 new lines"
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert number_word(4) == "four"
    assert number_word(64) == "64"
