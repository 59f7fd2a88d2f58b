"""Disks of this machine, and of machines that only look like it."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from harmony_desktop.host.space import disk_space


def test_a_folder_of_this_machine(tmp_path: Path) -> None:
    space = disk_space(str(tmp_path), socket.gethostname().upper())
    assert space is not None
    assert space.total == shutil.disk_usage(tmp_path).total
    assert 0 < space.free <= space.total


def test_a_folder_of_another_machine_or_of_none(tmp_path: Path) -> None:
    assert disk_space(str(tmp_path), "docker-desktop") is None
    assert disk_space(str(tmp_path / "nowhere"), socket.gethostname()) is None
    assert disk_space("", socket.gethostname()) is None
