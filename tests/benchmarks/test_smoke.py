"""One real comparison from end to end: ``config`` against the official Compose. What it finds is not judged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.commands import services
from benchmarks.pairs import Comparison, Pace, measure
from benchmarks.places import compose_program, timed


def test_config_against_the_official_compose(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(services(4), "utf-8")
    environment = {**os.environ, "HOME": str(tmp_path)}
    words = ["config", "--format", "json"]
    result = measure(
        Comparison(
            "config-4",
            "`config --format json`, 4 services",
            ours=lambda: timed([sys.executable, "-m", "harmony_desktop", *words], environment, tmp_path),
            reference=lambda: timed([compose_program(), *words], environment, tmp_path),
            fewest=2,
            most=2,
        ),
        Pace(),
    )
    assert result.pairs == 2
    assert result.ratio is not None
    assert 0 < result.low <= result.ratio <= result.high
