"""The rules of tests/conftest.py hold: what a test leaves behind makes it fail."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.lab.lab import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
import asyncio, logging, threading
import pytest
import tests.conftest

tests.conftest.PATIENCE = 0.05
log = logging.getLogger("harmony_desktop.engine")

def test_stray_warning():
    log.warning("the engine sighs")

@pytest.mark.expected_log("sighs")
def test_expected_warning():
    log.warning("the engine sighs")

def test_missing_warning(expected_log):
    expected_log("the engine sings")

def test_left_thread(release):
    threading.Thread(target=release.wait, name="straggler", daemon=True).start()

async def test_left_task():
    test_left_task.task = asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="dawdler")

async def test_awaited_task():
    await asyncio.create_task(asyncio.sleep(0))

@pytest.fixture(scope="session")
def release():
    event = threading.Event()
    yield event
    event.set()
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("strict") / "test_suite.py"
    file.write_text(SUITE)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", str(REPOSITORY / "pyproject.toml"), "-rA"]
    argv = [sys.executable, "-m", "pytest", *options, str(file)]
    env = {**os.environ, "COLUMNS": "400"}  # the summary is cut at the terminal's width
    said = subprocess.run(argv, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False).stdout
    return said.rpartition("short test summary info")[2]


@pytest.mark.parametrize(
    ("test", "complaint"),
    [
        ("test_stray_warning", "unexpected log record: WARNING harmony_desktop.engine: the engine sighs"),
        ("test_missing_warning", "no log record matches 'the engine sings'"),
        ("test_left_thread", "straggler"),
        ("test_left_task", "dawdler"),
    ],
)
def test_what_is_left_behind_fails_the_test(report: str, test: str, complaint: str) -> None:
    assert any(line.startswith("ERROR ") and test in line and complaint in line for line in report.splitlines()), report


@pytest.mark.parametrize("test", ["test_expected_warning", "test_awaited_task"])
def test_what_is_expected_or_over_passes(report: str, test: str) -> None:
    lines = [line for line in report.splitlines() if test in line]
    assert lines
    assert all(line.startswith("PASSED") for line in lines), report
