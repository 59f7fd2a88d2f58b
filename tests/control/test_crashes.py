"""Unexpected errors: each arrives, is counted and masked, told in good time, and harms nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from harmony_desktop.control.crash_hooks import CrashHooks
from harmony_desktop.control.crashes import CrashBook, CrashNews
from harmony_desktop.control.known_secrets import LateMasker
from harmony_desktop.control.masking import Masker
from harmony_desktop.control.store import Store
from tests.conftest import LogWatch

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Loop:
    """Calls later what a test lets it call."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, _delay: float, call: Callable[[], None]) -> None:
        self.waiting.append(call)

    def turn(self) -> None:
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def book(clock: Clock, loop: Loop) -> CrashBook:
    secrets = LateMasker()
    secrets.add("planted", lambda known: known.learn("hunter2-planted"))
    made = CrashBook(secrets, lambda: ("Harmony Desktop 1.2.3",), now=clock)
    made.tell_by(loop)
    return made


@pytest.fixture
def fatal() -> list[BaseException]:
    return []


@pytest.fixture
def hooks(book: CrashBook, fatal: list[BaseException]) -> Iterator[CrashHooks]:
    made = CrashHooks(book, fatal.append)
    made.interrupted = lambda: None
    made.install()
    yield made
    made.remove()


def fail(words: str = "password=hunter2-planted") -> None:
    raise ValueError(words)


def taken(book: CrashBook, words: str = "password=hunter2-planted") -> None:
    try:
        fail(words)
    except ValueError as error:
        book.take(error, "in a test")


@pytest.mark.expected_log("An unexpected error in a test", "times in all")
def test_the_same_error_is_counted_and_a_storm_is_told_once(book: CrashBook, loop: Loop) -> None:
    told: list[CrashNews] = []
    book.store.subscribe(told.append)
    for _ in range(500):
        taken(book)
    assert len(loop.waiting) == 1
    loop.turn()
    [news] = told
    [crash] = news.crashes
    assert crash.count == 500
    assert crash.title == "ValueError: password=<masked>"
    assert "in fail" in crash.trace
    assert "hunter2" not in crash.trace + book.words()
    assert book.words().startswith("Harmony Desktop 1.2.3\n")


def test_the_log_is_not_flooded(book: CrashBook, expected_log: LogWatch) -> None:
    expected_log("in a test")
    for _ in range(1000):
        taken(book)
    assert [record.getMessage() for record in expected_log.records][1:] == [
        f"ValueError in a test: {count} times in all" for count in (10, 100, 1000)
    ]


@pytest.mark.expected_log("An unexpected error in a test")
def test_what_was_put_away_stays_away_while_it_goes_on(book: CrashBook, loop: Loop, clock: Clock) -> None:
    taken(book)
    loop.turn()
    book.dismiss()
    for _ in range(200):
        clock.now += timedelta(seconds=5)
        taken(book)
    loop.turn()
    assert not book.store.value.crashes
    clock.now += timedelta(minutes=2)
    taken(book)
    loop.turn()
    assert len(book.store.value.crashes) == 1


@pytest.mark.expected_log("An unexpected error in a test")
def test_many_different_errors_are_only_counted(book: CrashBook, loop: Loop) -> None:
    for number in range(30):
        kind = type(f"Error{number}", (Exception,), {})
        book.take(kind("words"), "in a test")
    loop.turn()
    assert (len(book.store.value.crashes), book.store.value.others) == (20, 10)


@pytest.mark.expected_log("An unexpected error in a test")
def test_errors_that_came_before_the_window_are_told_when_it_is_there(loop: Loop) -> None:
    book = CrashBook(str)
    taken(book)
    assert not book.store.value.crashes
    book.tell_by(loop)
    loop.turn()
    assert len(book.store.value.crashes) == 1


@pytest.mark.expected_log("An unexpected error in a test")
def test_an_error_without_words_is_told_all_the_same(book: CrashBook, loop: Loop) -> None:
    class Speechless(Exception):  # noqa: N818 - an error like any other
        def __str__(self) -> str:
            raise RuntimeError("no words")

    book.take(Speechless(), "in a test")
    loop.turn()
    assert "Speechless" in book.store.value.crashes[0].title


@pytest.mark.expected_log("An unexpected error in the thread “worker”")
def test_a_thread(book: CrashBook, loop: Loop, hooks: CrashHooks) -> None:
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
    loop.turn()
    assert book.store.value.crashes[0].where == "in the thread “worker”"


@pytest.mark.expected_log("while .*__del__ was cleared away")
def test_a_destructor(book: CrashBook, loop: Loop, hooks: CrashHooks) -> None:
    class Broken:
        def __del__(self) -> None:
            fail()

    del (made := [Broken()])[0], made
    gc.collect()
    loop.turn()
    assert "__del__ was cleared away" in book.store.value.crashes[0].where


@pytest.mark.expected_log("while .*__del__ was cleared away")
def test_a_destructor_that_runs_while_a_text_is_masked(loop: Loop) -> None:
    """The same thread masks both: neither waits for the other."""
    secrets = LateMasker()

    class Broken:
        def __del__(self) -> None:
            fail()

    def cleared_away_meanwhile(_known: Masker) -> None:
        Broken()

    secrets.add("nothing", cleared_away_meanwhile)
    book = CrashBook(secrets, now=Clock())
    hooks = CrashHooks(book, lambda _error: None)
    hooks.install()
    try:
        book.tell_by(lambda _delay, call: call())
        assert secrets("text") == "text"
    finally:
        hooks.remove()
    assert len(book.store.value.crashes) == 1


@pytest.mark.expected_log("An unexpected error in the task “probes”")
async def test_a_task_that_nobody_waits_for(book: CrashBook, loop: Loop, hooks: CrashHooks) -> None:
    running = asyncio.get_running_loop()
    running.set_exception_handler(hooks.in_loop)

    async def work() -> None:
        fail()

    task = asyncio.create_task(work(), name="probes")
    await asyncio.wait([task])
    del task
    gc.collect()
    running.set_exception_handler(None)
    loop.turn()
    assert book.store.value.crashes[0].where == "in the task “probes”"


@pytest.mark.expected_log("An unexpected error in the event loop")
async def test_a_callback_of_the_loop(book: CrashBook, loop: Loop, hooks: CrashHooks) -> None:
    running = asyncio.get_running_loop()
    running.set_exception_handler(hooks.in_loop)
    running.call_soon(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.set_exception_handler(None)
    loop.turn()
    assert book.store.value.crashes[0].title == "ValueError: password=<masked>"


@pytest.mark.expected_log("a fault of the panel itself")
def test_what_our_own_code_caught_as_its_last_resort(book: CrashBook, loop: Loop, hooks: CrashHooks) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("harmony_desktop.control.controller").exception("a fault of the panel itself")
    loop.turn()
    [crash] = book.store.value.crashes
    assert crash.where == "a fault of the panel itself"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, BrokenPipeError, asyncio.CancelledError])
def test_ends_that_are_wanted_are_no_errors(
    kind: type[BaseException], book: CrashBook, loop: Loop, hooks: CrashHooks, fatal: list[BaseException]
) -> None:
    sys.excepthook(kind, kind(), None)
    sys.unraisablehook(type("Args", (), {"exc_value": kind(), "exc_type": kind, "exc_traceback": None})())
    assert not loop.waiting
    assert not fatal


def test_ctrl_c_in_a_slot_ends_the_window_in_good_order(hooks: CrashHooks) -> None:
    ended: list[bool] = []
    hooks.interrupted = lambda: ended.append(True)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert ended == [True]


@pytest.mark.expected_log("An unexpected error that ended the program")
def test_without_a_window_it_is_the_end(hooks: CrashHooks, fatal: list[BaseException]) -> None:
    hooks.interrupted = None
    error = ValueError("x")
    sys.excepthook(ValueError, error, None)
    assert fatal == [error]


@pytest.mark.expected_log("while a change was shown")
def test_a_viewer_that_fails_keeps_no_other_from_hearing() -> None:
    store, heard = Store(0), list[int]()

    def broken(_value: int) -> None:
        fail("broken")

    store.subscribe(broken)
    store.subscribe(heard.append)
    store.set(1)
    assert heard == [1]
