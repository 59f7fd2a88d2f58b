"""A prepared stack folder on the lab's engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab


@pytest.fixture
def panel(clean_engine: Lab, tmp_path: Path) -> Panel:
    """The command line, in a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    return Panel(clean_engine, home)


@pytest.fixture
def stack_folder(panel: Panel, stack_ports_free: dict[str, int], tmp_path: Path) -> Path:
    """A folder that ``setup`` made; the panel remembers it."""
    folder = tmp_path / "Harmony"
    panel("setup", "--yes", "--folder", str(folder))
    return folder
