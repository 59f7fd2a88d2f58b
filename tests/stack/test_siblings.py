"""Services that name other services' containers."""

from __future__ import annotations

from typing import Any

import pytest

from harmony_desktop.stack.siblings import named_services, with_containers


@pytest.mark.parametrize(
    ("spec", "named", "expected"),
    [
        ({"image": "x"}, set(), {"image": "x"}),
        ({"network_mode": "host", "pid": "host"}, set(), {"network_mode": "host", "pid": "host"}),
        ({"network_mode": "service:a"}, {"a"}, {"network_mode": "container:ID-a"}),
        ({"network_mode": "container:b"}, set(), {"network_mode": "container:b"}),
        ({"ipc": "service:a", "pid": "service:b"}, {"a", "b"}, {"ipc": "container:ID-a", "pid": "container:ID-b"}),
        ({"volumes_from": ["a:ro", "container:other:ro"]}, {"a"}, {"volumes_from": ["ID-a", "other"]}),
    ],
)
def test_services_become_containers(spec: dict[str, Any], named: set[str], expected: dict[str, Any]) -> None:
    before = dict(spec)
    assert named_services(spec) == named
    assert with_containers(spec, {"a": "ID-a", "b": "ID-b"}) == expected
    assert spec == before


def test_a_service_without_a_container_is_named() -> None:
    with pytest.raises(KeyError, match="a"):
        with_containers({"network_mode": "service:a"}, {})
