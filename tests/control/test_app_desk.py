"""Releases of the panel itself: which one is told of, when somebody is asked, and what a press does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.app_desk import AppReleaseDesk
from harmony_desktop.control.app_news import Answer, AppTools, DownloadPhase, Remembered
from harmony_desktop.control.app_releases import (
    Installed,
    Kind,
    Package,
    changes_since,
    newest_for,
    read_releases,
)
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.control.versions import parse_version
from harmony_desktop.stack.errors import HarmonyError
from tests.control.scripted import ScriptedClock, until

ADDRESS = "https://example.com/releases.json"
DAY = 24 * 3600.0
MINE = Installed("0.4.0", Kind.DEB, "x86_64", "/home/you/Downloads")


def package(kind: object = "deb", architecture: object = "x86_64", **changes: object) -> dict[str, object]:
    content = {"kind": kind, "architecture": architecture, "address": f"h_{kind}_{architecture}.bin"}
    return {**content, "size": 7, "sha256": "ab" * 32, **changes}


def release(version: str, *packages: dict[str, object], **more: object) -> dict[str, object]:
    return {"version": version, "packages": list(packages), "changes": f"- of {version}", **more}


def document(*releases: object, form: object = 1) -> bytes:
    return json.dumps({"format": form, "releases": list(releases)}).encode()


# Versions


def test_versions_stand_in_their_order() -> None:
    order = ["0.9", "1.0.dev3", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.10", "2"]
    parsed = [parse_version(text) for text in order]
    for earlier, later in pairwise(parsed):
        assert earlier is not None
        assert later is not None
        assert earlier < later
    assert parse_version("v1.0.0") == parse_version("1.0+local")


@pytest.mark.parametrize("text", ["", "new", "1.", "1.0 2", "1.0-beta-x", "9" * 50, "1.0\n2", "\u0661.\u0662"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert parse_version(text) is None


# The document


def test_the_newest_release_is_told_of_and_the_fitting_package_chosen() -> None:
    found = read_releases(
        document(
            release("0.4.1"),
            release("0.5.0", package("macos", "arm64"), package("deb", "arm64"), package()),
            release("0.6.0rc1"),
        ),
        ADDRESS,
    )
    newest = newest_for(found, MINE)
    assert newest is not None
    assert str(newest.version) == "0.5.0", "a candidate is for those who have one"
    chosen = newest.package_for(MINE)
    assert chosen is not None
    assert chosen.address == "https://example.com/h_deb_x86_64.bin"
    assert newest.package_for(replace(MINE, kind=Kind.WINDOWS)) is None
    changes = changes_since(found, MINE, newest)
    assert changes.index("## 0.5.0") < changes.index("## 0.4.1")
    assert "0.6.0" not in changes
    tester = newest_for(found, replace(MINE, version="0.6.0b2"))
    assert tester is not None
    assert str(tester.version) == "0.6.0rc1"


@pytest.mark.parametrize("version", ["0.5.0", "0.5.1", "1.0", "no version"])
def test_nothing_is_told_to_who_has_it_or_has_a_newer_one(version: str) -> None:
    assert newest_for(read_releases(document(release("0.5.0")), ADDRESS), replace(MINE, version=version)) is None


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"{}", b'{"releases": 3}', b"\xff\xfe", b"[" * 100_000, document(form=2)]
)
def test_what_is_no_such_document_is_told(content: bytes) -> None:
    with pytest.raises(HarmonyError):
        read_releases(content, ADDRESS)


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": ""},
        {"sha256": "zz" * 32},
        {"size": 0},
        {"size": 10**15},
        {"size": "7"},
        {"address": "http://example.com/x.deb"},
        {"address": "javascript:alert(1)"},
        {"address": "https://example.com/..%2F..%2Fx"},
        {"address": "https://example.com/.bashrc"},
        {"address": "https://[broken/x.deb"},
        {"kind": "rpm"},
        {"address": 5},
    ],
)
def test_a_package_that_cannot_be_trusted_is_none(changes: dict[str, object]) -> None:
    [found] = read_releases(document(release("0.5.0", package(**changes)), 7, {"version": 3}), ADDRESS)
    assert found.packages == ()


# The desk


@dataclass
class Source:
    address: str = ADDRESS
    answers: list[Answer | HarmonyError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fetch: Callable[[Package, Path, Stop, Callable[[int], None]], Path] | None = None

    def ask(self, etag: str, stop: Stop) -> Answer:
        self.asked.append(etag)
        answer = self.answers.pop(0) if self.answers else Answer(None, etag)
        if isinstance(answer, HarmonyError):
            raise answer
        return answer

    def download(self, package: Package, folder: Path, stop: Stop, progress: Callable[[int], None]) -> Path:
        assert self.fetch is not None
        return self.fetch(package, folder, stop, progress)


@dataclass
class Memory:
    kept: Remembered = field(default_factory=Remembered)

    def load(self) -> Remembered:
        return self.kept

    def save(self, remembered: Remembered) -> None:
        self.kept = remembered


class Desk:
    """A desk with its tasks."""

    def __init__(self, source: Source, memory: Memory, clock: ScriptedClock) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        made = AppTools(source, memory, lambda: MINE)
        self.desk = AppReleaseDesk(lambda: made, clock, self._spawn, str, lambda: 0.5)
        self._spawn(self.desk.run(), "run")

    def _spawn(self, work: Any, name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def in_time(condition: Callable[[], object], clock: ScriptedClock) -> None:
    """Let days pass until a condition holds."""

    def look() -> object:
        clock.advance(60.0)
        return condition()

    await until(look)


NEWER = Answer(document(release("0.5.0", package(), page="https://example.com/0.5.0")), '"1"')
FAULT = HarmonyError("example.com cannot be reached")


async def test_somebody_is_asked_once_a_day_and_only_while_it_is_wanted() -> None:
    source, memory, clock = Source(answers=[NEWER]), Memory(), ScriptedClock()
    made = Desk(source, memory, clock)
    clock.advance(2 * DAY)
    await asyncio.sleep(0)
    assert not source.asked
    made.desk.watch(True)
    await in_time(lambda: made.desk.store.value.release is not None, clock)
    began = memory.kept.asked_at
    await in_time(lambda: len(source.asked) == 2, clock)
    assert clock.now() - began >= DAY
    assert source.asked == ["", '"1"']
    assert made.desk.store.value.release is not None, "it is still told when nothing has changed"
    made.desk.watch(False)
    await made.end()


async def test_after_a_fault_it_waits_and_says_nothing_by_itself() -> None:
    source, clock = Source(answers=[FAULT, NEWER]), ScriptedClock()
    made = Desk(source, Memory(), clock)
    made.desk.watch(True)
    await in_time(lambda: made.desk.store.value.asking or source.asked, clock)
    asked = clock.now()  # two looks of a minute late at most; time stands still until there is an answer
    await until(lambda: len(source.asked) == 1 and not made.desk.store.value.asking)
    await in_time(lambda: made.desk.store.value.release is not None, clock)
    assert clock.now() - asked >= 6 * 3600 - 120
    assert not made.desk.store.value.fault
    await made.end()


async def test_what_was_known_is_told_at_once_and_nobody_is_asked_again() -> None:
    source, clock = Source(), ScriptedClock()
    assert NEWER.document is not None
    memory = Memory(Remembered(ADDRESS, clock.now(), clock.now(), '"1"', NEWER.document.decode()))
    made = Desk(source, memory, clock)
    made.desk.watch(True)
    await until(lambda: made.desk.store.value.release is not None)
    assert not source.asked
    await made.end()


async def test_a_question_of_a_person_is_answered_with_its_fault() -> None:
    source = Source(answers=[FAULT, Answer(b"<html>sign in</html>"), NEWER])
    made = Desk(source, Memory(), ScriptedClock())
    store = made.desk.store
    for words in ("cannot be reached", "cannot be read"):
        made.desk.ask()
        await until(lambda words=words: words in store.value.fault)  # type: ignore[misc] # bound at once
        await until(lambda: not store.value.asking)
    made.desk.ask()
    await until(lambda: store.value.release is not None)
    assert not store.value.fault
    await made.end()


async def test_later_is_until_the_next_start_and_skipping_until_the_next_release() -> None:
    memory, source = Memory(), Source(answers=[NEWER])
    made = Desk(source, memory, ScriptedClock())
    made.desk.ask()
    await until(lambda: made.desk.store.value.release is not None)
    made.desk.later()
    assert made.desk.store.value.quiet
    await until(lambda: memory.kept.document)
    await made.end()

    again = Desk(source, memory, ScriptedClock())
    again.desk.ask()
    await until(lambda: again.desk.store.value.release is not None)
    assert not again.desk.store.value.quiet
    again.desk.skip()
    await until(lambda: memory.kept.skipped == "0.5.0")
    await again.end()

    newest = Source(answers=[Answer(None, '"1"'), Answer(document(release("0.6.0")), '"2"')])
    third = Desk(newest, memory, ScriptedClock())
    third.desk.ask()
    await until(lambda: third.desk.store.value.release is not None and not third.desk.store.value.asking)
    assert third.desk.store.value.quiet
    third.desk.ask()
    await until(lambda: not third.desk.store.value.quiet)
    await third.end()


async def test_nobody_is_asked_where_no_address_is_known() -> None:
    source = Source(address="")
    made = Desk(source, Memory(), ScriptedClock())
    made.desk.watch(True)
    made.desk.ask()
    await until(lambda: made.desk.store.value.installed is not None)
    await until(lambda: all(task.done() for task in made.tasks))
    assert not made.desk.store.value.known
    assert not source.asked


async def told() -> tuple[Desk, Source]:
    source = Source(answers=[NEWER])
    made = Desk(source, Memory(), ScriptedClock())
    made.desk.ask()
    await until(lambda: made.desk.store.value.package is not None)
    return made, source


async def test_only_a_press_fetches_and_what_came_is_told() -> None:
    made, source = await told()
    store = made.desk.store

    def fetch(wanted: Package, folder: Path, _stop: Stop, progress: Callable[[int], None]) -> Path:
        progress(3)
        return folder / wanted.file

    source.fetch = fetch
    made.desk.download()
    await until(lambda: store.value.download.phase is DownloadPhase.DONE)
    assert store.value.download.file == "/home/you/Downloads/h_deb_x86_64.bin"
    await made.end()


async def test_what_was_not_promised_is_told() -> None:
    made, source = await told()

    def fetch(*_arguments: object) -> Path:
        raise HarmonyError("not what the release promises", cause="c", advice="a")

    source.fetch = fetch
    made.desk.download()
    await until(lambda: made.desk.store.value.download.phase is DownloadPhase.FAILED)
    assert made.desk.store.value.download.cause == "c"
    await made.end()


@pytest.mark.parametrize("how", ["press", "end"])
async def test_a_download_can_be_ended(how: str) -> None:
    made, source = await told()
    stops: list[Stop] = []

    def fetch(_package: Package, _folder: Path, stop: Stop, _progress: object) -> Path:
        stops.append(stop)
        stop.wait(30)
        raise AssertionError("nobody ended it")

    source.fetch = fetch
    made.desk.download()
    await until(lambda: stops)
    if how == "press":
        made.desk.cancel_download()
        await until(lambda: made.desk.store.value.download.phase is DownloadPhase.NONE)
    await made.end()
    with pytest.raises(StoppedError):
        stops[0].check()
