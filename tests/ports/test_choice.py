from __future__ import annotations

from itertools import islice

import pytest

from harmony_desktop.control.port_choice import candidates

LINUX = (range(32768, 61000),)


def first(port: int, count: int = 3, avoided: tuple[range, ...] = LINUX) -> list[int]:
    return list(islice(candidates(port, avoided), count))


def test_neighbours_come_first() -> None:
    assert first(8080, 12) == [8081, 8082, 8083, 8084, 8085, 8086, 8087, 8088, 8089, 8090, 8100, 8110]


@pytest.mark.parametrize(("port", "wanted"), [(80, 8080), (443, 8443)])
def test_a_privileged_port_begins_where_people_expect_it(port: int, wanted: int) -> None:
    assert first(port, 1) == [wanted]


def test_ports_that_browsers_refuse_are_left_out() -> None:
    assert first(6664) == [6670, 6671, 6672]


def test_ports_that_the_system_hands_out_are_left_out() -> None:
    assert first(32767, 1)[0] < 32767 or first(32767, 1)[0] >= 61000
    assert not set(first(40_000, 500)) & set(range(32768, 61000))


def test_the_last_port_has_others_in_its_place_and_none_comes_twice() -> None:
    everything = list(candidates(65535, LINUX))
    assert len(everything) == len(set(everything))
    assert 65535 not in everything
    assert max(everything) < 65535
    assert min(everything) >= 1024
