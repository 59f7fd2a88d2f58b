from __future__ import annotations

from pathlib import Path

from harmony_desktop.host.local import LocalHost


def test_the_machine_is_described_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    report = LocalHost().machine(str(tmp_path / "not" / "there" / "yet"))
    assert report.system
    assert report.cores >= 1
    assert 0 < report.memory_available <= report.memory
    assert 0 < report.disk_free <= report.disk_total
