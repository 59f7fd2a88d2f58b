from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from harmony_desktop.control.port_records import Binding, PortHolder
from harmony_desktop.host.ports import LocalPorts
from harmony_desktop.host.reserved_ports import airplay, parse_dynamic, parse_excluded, parse_reserved, who_tells

HERE = "127.0.0.1"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind((HERE, 0))
        server.listen()
        yield server


def held(*bindings: Binding) -> dict[Binding, PortHolder]:
    return dict(LocalPorts().held(bindings))


def test_a_held_port_is_found_with_its_holder(listener: socket.socket) -> None:
    binding = Binding(listener.getsockname()[1], HERE)
    holder = held(binding)[binding]
    assert not holder.reserved
    if sys.platform == "linux":
        assert holder.pid == os.getpid()
        assert holder.process
        assert str(holder) == f"held by {holder.process} (process {holder.pid})"


def test_a_port_on_all_addresses_is_held_on_loopback_too() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        binding = Binding(server.getsockname()[1], HERE)
        assert list(held(binding)) == [binding]


def test_a_port_on_loopback_keeps_it_from_all_addresses(listener: socket.socket) -> None:
    everywhere = Binding(listener.getsockname()[1])
    assert list(held(everywhere)) == [everywhere]


def test_a_free_port_is_not_held(listener: socket.socket) -> None:
    binding = Binding(listener.getsockname()[1], HERE)
    listener.close()
    assert held(binding) == {}


def test_tcp_and_udp_are_told_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HERE, 0))
        port = server.getsockname()[1]
        with socket.socket() as probe:
            probe.bind((HERE, port))  # free for TCP, else this test says nothing
        udp = Binding(port, HERE, "udp")
        assert list(held(Binding(port, HERE), udp)) == [udp]


def test_an_address_of_another_machine_is_nobodys() -> None:
    assert held(Binding(9, "192.0.2.1")) == {}


GERMAN = """
Protokoll tcp Portausschlussbereiche

Startport   Endport
----------    --------
      5000        5000
     50000       50059     *
      8000        8099

* - Verwaltete Portausschlüsse.
"""


def test_the_ranges_that_windows_excludes_are_read_in_any_language() -> None:
    assert parse_excluded(GERMAN) == (range(5000, 5001), range(50000, 50060), range(8000, 8100))
    assert parse_excluded("") == ()


def test_the_range_that_windows_hands_out_is_read() -> None:
    text = "\nProtocol tcp Dynamic Port Range\n---------------\nStart Port      : 49152\nNumber of Ports : 16384\n"
    assert parse_dynamic(text) == range(49152, 65536)
    assert parse_dynamic("The following command was not found.") is None


def test_the_ports_that_linux_reserves_are_read() -> None:
    assert parse_reserved("8080,9148-9150\n") == (range(8080, 8081), range(9148, 9151))
    assert parse_reserved("\n") == ()


@pytest.mark.parametrize("process", ["ControlCenter", "ControlCe", ""])
def test_airplay_is_named_with_what_turns_it_off(process: str) -> None:
    holder = airplay(5000, PortHolder(process, 512 if process else None), "darwin")
    assert holder.process.startswith("AirPlay Receiver")
    assert "System Settings" in holder.advice


@pytest.mark.parametrize(
    ("port", "holder", "platform"),
    [
        (5000, PortHolder("ControlCenter", 1), "linux"),
        (8080, PortHolder("ControlCenter", 1), "darwin"),
        (5000, PortHolder("python3", 1), "darwin"),
        (5000, PortHolder(reserved=True), "darwin"),
    ],
)
def test_nothing_else_is_taken_for_airplay(port: int, holder: PortHolder, platform: str) -> None:
    assert airplay(port, holder, platform) == holder


def test_ports_that_the_system_hands_out_are_avoided() -> None:
    avoided = LocalPorts().avoided()
    assert any(50_000 in ports for ports in avoided)
    assert not any(8081 in ports for ports in avoided[:1])


def test_where_a_holder_cannot_be_seen_the_command_that_tells_is_named() -> None:
    assert "sudo ss -ltnp 'sport = :8080'" in who_tells(8080, "tcp", "linux")
    assert "sudo ss -lunp 'sport = :53'" in who_tells(53, "udp", "linux")
    assert "sudo lsof -nP -i TCP:8080" in who_tells(8080, "tcp", "darwin")
