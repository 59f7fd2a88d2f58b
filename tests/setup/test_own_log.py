"""The panel's own log: masked, small, for its user alone, shared by several programs, and never in the way."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harmony_desktop.control.known_secrets import LateMasker
from harmony_desktop.setup.log_writer import LogWriter
from harmony_desktop.setup.own_log import OwnLog, log_files
from tests.conftest import LogWatch

_log = logging.getLogger("harmony_desktop.tests")
Keep = Callable[..., OwnLog]


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    kept: list[OwnLog] = []

    def begin(
        mask: Callable[[str], str] = str, file: Path = tmp_path / "log" / "harmony-desktop.log", detailed: bool = False
    ) -> OwnLog:
        log = OwnLog(mask, file=file)
        log.begin(detailed=detailed)
        kept.append(log)
        return log

    yield begin
    for log in kept:
        log.end()


def test_records_are_masked_with_their_exceptions(keep: Keep, expected_log: LogWatch) -> None:
    expected_log("refused")
    mask = LateMasker()
    mask.add("a", lambda known: known.learn("known-secret"))
    log = keep(mask)
    _log.info("began with %s", {"api_key": "abc123"})
    try:
        raise ValueError("known-secret")
    except ValueError:
        _log.exception("refused")
    log.end()
    _log.info("not any more")
    text = log.file.read_text()
    assert "harmony_desktop.tests: began with {'api_key': '<masked>'}" in text
    assert "ValueError: <masked>" in text
    assert "not any more" not in text
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert "known-secret" not in "".join(log.tail)


def test_each_record_begins_a_line_with_time_and_level(keep: Keep) -> None:
    log = keep()
    _log.info("one\ntwo")
    log.flush()
    first, second = log.file.read_text().splitlines()
    assert first[:4].isdigit()
    assert " INFO [" in first
    assert second == "    two"


def test_details_are_kept_when_they_are_wanted(keep: Keep) -> None:
    log = keep()
    _log.debug("hidden")
    log.detail(True)
    _log.debug("shown")
    logging.getLogger("urllib3.connectionpool").info("of somebody else")
    logging.getLogger("urllib3.connectionpool").warning("retrying")
    log.flush()
    text = log.file.read_text()
    assert "hidden" not in text
    assert "DEBUG" in text
    assert "shown" in text
    assert "somebody else" not in text
    assert "retrying" in text


def test_old_files_are_few_and_no_file_is_long(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    writer = LogWriter(file, str, size=1000, old_files=2)
    for number in range(100):
        writer.put(f"{number} " + "x" * 90)
    writer.close()
    kept = sorted(found.name for found in tmp_path.glob("*.log"))
    assert kept == ["a.1.log", "a.2.log", "a.log"]
    assert all(found.stat().st_size <= 1000 for found in tmp_path.glob("*.log"))
    assert file.read_text().splitlines()[-1].startswith("99 ")
    assert (tmp_path / "a.1.log").read_text() < file.read_text()


WRITES = """
import sys
from pathlib import Path
from harmony_desktop.setup.log_writer import LogWriter
writer = LogWriter(Path(sys.argv[1]), str, size=4000, old_files=50)
for number in range(300):
    writer.put(f"{sys.argv[2]} {number} " + sys.argv[2] * 50)
    if number % 40 == 0:
        writer.flush()
writer.close()
"""


def test_two_programs_share_a_log_and_no_line_is_lost(tmp_path: Path) -> None:
    programs = [subprocess.Popen([sys.executable, "-c", WRITES, str(tmp_path / "a.log"), name]) for name in ("w", "c")]
    assert [program.wait(60) for program in programs] == [0, 0]
    lines = [line for file in tmp_path.glob("*.log") for line in file.read_text().splitlines()]
    assert len(lines) == 600
    assert {tuple(line.split()) for line in lines} == {
        (name, str(number), name * 50) for name in ("w", "c") for number in range(300)
    }


def test_where_no_log_can_be_kept_there_is_none(keep: Keep, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = keep(file=tmp_path / "file" / "harmony-desktop.log")
    _log.info("nowhere")
    log.flush()
    assert "nowhere" in log.tail[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_in_nobodys_way(keep: Keep, tmp_path: Path) -> None:
    (tmp_path / "harmony-desktop.log").symlink_to("/dev/full")
    log = keep(file=tmp_path / "harmony-desktop.log")
    _log.info("too much")
    log.flush()
    assert "too much" in log.tail[0]


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_what_cannot_be_put_into_words_is_told_as_such(keep: Keep, tmp_path: Path) -> None:
    log = keep()
    logging.getLogger("harmony_desktop.tests").handlers.clear()
    logger = logging.getLogger("harmony_desktop.tests")
    logger.propagate = False
    logger.addHandler(log._handler)
    try:
        logger.info("%s", Unspeakable())
    finally:
        logger.removeHandler(log._handler)
        logger.propagate = True
    log.flush()
    assert "could not be put into words: RuntimeError" in log.file.read_text()


def test_the_report_takes_all_files_the_newest_last() -> None:
    names = [file.name for file in log_files()]
    assert names == [*(f"harmony-desktop.{number}.log" for number in (3, 2, 1)), "harmony-desktop.log"]
