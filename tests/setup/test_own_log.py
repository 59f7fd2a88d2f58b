"""The panel's own log: masked, small, for its user alone, and never in the way."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

from harmony_desktop.control.known_secrets import LateMasker
from harmony_desktop.setup.own_log import own_log
from tests.conftest import LogWatch

_log = logging.getLogger("harmony_desktop.tests")


def test_records_are_masked_with_their_exceptions(tmp_path: Path, expected_log: LogWatch) -> None:
    expected_log("refused")
    file = tmp_path / "log" / "harmony-desktop.log"
    mask = LateMasker()
    mask.add("a", lambda known: known.learn("known-secret"))
    with own_log(mask, file=file):
        _log.info("began with %s", {"api_key": "abc123"})
        try:
            raise ValueError("known-secret")
        except ValueError:
            _log.exception("refused")
    _log.info("not any more")
    text = file.read_text()
    assert "INFO harmony_desktop.tests: began with {'api_key': '<masked>'}" in text
    assert "ValueError: <masked>" in text
    assert "not any more" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_long_log_becomes_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "harmony-desktop.log"
    file.write_text("x" * 600_000)
    with own_log(str, file=file):
        _log.info("new")
    assert file.stat().st_size < 1000
    assert (tmp_path / "harmony-desktop.old.log").stat().st_size == 600_000


def test_where_no_log_can_be_kept_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with own_log(str, file=tmp_path / "file" / "harmony-desktop.log"):
        _log.info("nowhere")
