"""Marks between the runs of a container."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harmony_desktop.control.log_runs import LogRuns
from harmony_desktop.control.logs import LogBook
from harmony_desktop.plan.observed import Container, ContainerState, Detail

START = datetime(2026, 5, 6, 7, 8, 9, 123456, UTC)
BOX = Container(
    id="1",
    name="p-api-1",
    service="api",
    number=1,
    state=ContainerState.RUNNING,
    config_hash="",
    image="",
    image_id="",
    labelled_image_id="",
    created_at=START,
    detail=Detail(started_at=START),
)


def at(seconds: float) -> int:
    return int((START + timedelta(seconds=seconds)).timestamp() * 1_000_000) * 1000 + 789


def again(box: Container, seconds: float, pause: float = 2) -> Container:
    """The same container, running anew after a pause."""
    started = START + timedelta(seconds=seconds)
    detail = Detail(started_at=started, finished_at=started - timedelta(seconds=pause))
    return replace(box, state=ContainerState.RUNNING, detail=detail)


def told(book: LogBook) -> list[str]:
    return [f"mark {line.mark.exit_code} {line.mark.recreated}" if line.mark else line.text for line in book.since()]


def test_a_first_run_is_not_marked() -> None:
    book = LogBook()
    runs = LogRuns(book)
    runs.note(BOX)
    runs.append(BOX, [(at(1), "one")])
    other = replace(BOX, id="2", number=2)
    runs.note(other)
    runs.append(other, [(at(2), "of another replica")])
    assert told(book) == ["one", "of another replica"]


def test_history_from_before_the_run_is_set_apart() -> None:
    book = LogBook()
    runs = LogRuns(book)
    box = again(BOX, 0)
    runs.note(box)
    runs.append(box, [(at(-5), "old"), (at(-0.003), "new"), (at(1), "newer")])
    assert told(book) == ["old", "mark None False", "new", "newer"]
    marked = next(line for line in book.since() if line.mark)
    assert marked.time_ns == at(0) // 1000 * 1000


def test_a_restart_tells_how_the_run_before_ended() -> None:
    book = LogBook()
    runs = LogRuns(book)
    runs.note(BOX)
    runs.append(BOX, [(at(1), "one")])
    runs.note(replace(BOX, state=ContainerState.EXITED, detail=Detail(exit_code=1, started_at=START)))
    runs.append(BOX, [(at(2), "last words")])
    runs.note(again(BOX, 10))
    runs.note(again(BOX, 10))
    runs.append(BOX, [(at(11), "two")])
    runs.append(BOX, [(at(12), "three")])
    assert told(book) == ["one", "last words", "mark 1 False", "two", "three"]


def test_lines_of_the_run_before_that_come_late_stand_before_the_mark() -> None:
    book = LogBook()
    runs = LogRuns(book)
    runs.note(BOX)
    runs.append(BOX, [(at(1), "one")])
    runs.note(again(BOX, 10))
    runs.append(BOX, [(at(3), "late"), (at(10), "two")])
    assert told(book) == ["one", "late", "mark None False", "two"]


def test_another_container_in_the_place_of_one() -> None:
    book = LogBook()
    runs = LogRuns(book)
    runs.note(BOX)
    runs.append(BOX, [(at(1), "one")])
    new = replace(BOX, id="2", detail=Detail(started_at=START + timedelta(seconds=20)))
    runs.note(new)
    runs.append(new, [(at(19.9), "two")])
    assert told(book) == ["one", "mark None True", "two"]
