from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harmony_desktop.host.local import LocalHost
from harmony_desktop.host.system import held_ports


def test_the_machine_is_described_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    report = LocalHost().machine(str(tmp_path / "not" / "there" / "yet"))
    assert report.system
    assert report.cores >= 1
    assert 0 < report.memory_available <= report.memory
    assert 0 < report.disk_free <= report.disk_total


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def test_a_held_port_is_found_with_its_holder(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    holder = held_ports([port])[port]
    assert holder.port == port
    assert not holder.reserved
    if sys.platform == "linux":
        assert holder.pid == os.getpid()
        assert holder.process


def test_a_port_on_all_addresses_is_held_on_loopback_too() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        port = server.getsockname()[1]
        assert list(held_ports([port])) == [port]


def test_a_free_port_is_not_held(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    assert held_ports([port]) == {}
