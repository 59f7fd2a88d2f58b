"""What holds for all tests: the lab's fixtures, and nothing may be left behind (log records, threads, tasks)."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytest_plugins = ["tests.lab.plugin"]

#: Seconds that threads and tasks get to end after a test.
PATIENCE = 3.0


class LogWatch(logging.Handler):
    """Collects what the app logs as a warning or worse; a test says what it expects of that."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.expected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def __call__(self, pattern: str) -> None:
        """Expects records whose text matches `pattern` (searched); without one the test fails."""
        self.expected.append(pattern)

    def complaint(self) -> str:
        """What is wrong with what was logged, or ""."""
        texts = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records]
        stray = [text for text in texts if not any(re.search(pattern, text) for pattern in self.expected)]
        missing = [pattern for pattern in self.expected if not any(re.search(pattern, text) for text in texts)]
        lines = [f"unexpected log record: {text}" for text in stray]
        lines += [f"no log record matches {pattern!r}" for pattern in missing]
        return "\n".join(lines)


@pytest.fixture(autouse=True)
def _log_watch(request: pytest.FixtureRequest) -> Iterator[LogWatch]:
    watch = LogWatch()
    for marker in request.node.iter_markers("expected_log"):
        for pattern in marker.args:
            watch(pattern)
    logger = logging.getLogger("harmony_desktop")
    logger.addHandler(watch)
    yield watch
    logger.removeHandler(watch)
    if complaint := watch.complaint():
        pytest.fail(complaint, pytrace=False)


@pytest.fixture
def expected_log(_log_watch: LogWatch) -> LogWatch:
    """Called with a pattern: the test logs warnings or errors that match it. The marker of this name does the same."""
    return _log_watch


@pytest.fixture(autouse=True)
def _no_leftover_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    give_up = time.monotonic() + PATIENCE
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("Dummy-"):  # not Python's: Qt owns it
            continue
        thread.join(max(0.0, give_up - time.monotonic()))
        if thread.is_alive():
            pytest.fail(f"a thread is left over: {thread}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_leftover_tasks(request: pytest.FixtureRequest, _no_leftover_threads: None) -> None:
    """For coroutine tests: comes before their other fixtures, and so looks after them."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_leftover_tasks")


@pytest_asyncio.fixture
async def _leftover_tasks() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    tasks = asyncio.all_tasks() - before - {asyncio.current_task()}
    if tasks:
        _, pending = await asyncio.wait(tasks, timeout=PATIENCE)
        if pending:
            pytest.fail(f"tasks are left over: {pending}", pytrace=False)
    # The loop's own pool ends with the loop, which is later than the look at left-over threads.
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """What a shell starts in the background ignores Ctrl+C, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expected_log(pattern, …): the test makes the app log warnings or errors")
