"""What a project asks of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harmony_desktop.stack.review import Weight, review
from tests.stack.project_of import project_of

CASES: list[tuple[dict[str, object], list[tuple[Weight, str]]]] = [
    ({}, []),
    ({"privileged": True}, [(Weight.FULL_CONTROL, "runs privileged")]),
    ({"privileged": False}, []),
    ({"network_mode": "host"}, [(Weight.SERIOUS, "shares this computer's network")]),
    ({"network_mode": "none"}, []),
    ({"network_mode": "container:other"}, [(Weight.SERIOUS, "joins a container outside the project: other")]),
    ({"pid": "host"}, [(Weight.SERIOUS, "process list")]),
    ({"ipc": "host"}, [(Weight.SERIOUS, "shared memory")]),
    ({"uts": "host"}, [(Weight.SERIOUS, "host name")]),
    ({"userns_mode": "host"}, [(Weight.SERIOUS, "user IDs")]),
    ({"cgroup": "host"}, [(Weight.SERIOUS, "control groups")]),
    ({"cgroup": "private"}, []),
    ({"volumes_from": ["container:db"]}, [(Weight.SERIOUS, "takes the volumes of a container outside")]),
    ({"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}, [(Weight.FULL_CONTROL, "controls Docker itself")]),
    ({"volumes": ["/run/podman/podman.sock:/s:ro"]}, [(Weight.FULL_CONTROL, "controls Docker itself")]),
    ({"volumes": ["./data:/data", "./data/deep:/x", "/anonymous"]}, []),
    ({"volumes": ["/etc:/etc:ro"]}, [(Weight.SERIOUS, "reads /etc, outside")]),
    ({"volumes": ["../up:/up"]}, [(Weight.SERIOUS, "reads and writes")]),
    ({"volumes": ["./../../up:/up"]}, [(Weight.SERIOUS, "outside the project's folder")]),
    ({"volumes": ["/:/host"]}, [(Weight.FULL_CONTROL, "the whole disk")]),
    ({"volumes": ["C:\\Windows:/w"]}, [(Weight.SERIOUS, "C:\\Windows, outside")]),
    ({"cap_add": ["NET_ADMIN"]}, [(Weight.SERIOUS, "the capability NET_ADMIN")]),
    ({"cap_add": ["ALL"]}, [(Weight.FULL_CONTROL, "the capability ALL")]),
    ({"cap_drop": ["ALL"]}, []),
    ({"security_opt": ["seccomp:unconfined"]}, [(Weight.SERIOUS, "switches off a protection")]),
    ({"security_opt": ["apparmor=unconfined"]}, [(Weight.SERIOUS, "switches off a protection")]),
    ({"security_opt": ["label=disable"]}, [(Weight.SERIOUS, "switches off a protection")]),
    ({"security_opt": ["no-new-privileges:true"]}, []),
    ({"user": "root"}, [(Weight.NOTABLE, "runs as root")]),
    ({"user": "1000:1000"}, []),
    ({"sysctls": {"net.core.somaxconn": 1}}, [(Weight.NOTABLE, "net.core.somaxconn")]),
    ({"devices": ["/dev/kfd"]}, [(Weight.SERIOUS, "uses the device /dev/kfd")]),
    ({"device_cgroup_rules": ["c 1:3 mr"]}, [(Weight.SERIOUS, "c 1:3 mr")]),
    ({"gpus": "all"}, [(Weight.NOTABLE, "uses graphics cards")]),
    ({"gpus": [{"device_ids": ["0", "2"]}]}, [(Weight.NOTABLE, "uses graphics cards: 0, 2")]),
    ({"ports": ["127.0.0.1:80:80", "[::1]:81:81"]}, []),
    ({"ports": ["80:80"]}, [(Weight.SERIOUS, "opens port 80 (tcp) to every network")]),
    ({"ports": ["0.0.0.0:80:80"]}, [(Weight.SERIOUS, "to every network")]),
    ({"ports": ["192.168.1.2:80:80/udp"]}, [(Weight.SERIOUS, "opens port 80 (udp) to 192.168.1.2")]),
    ({"ports": ["80"]}, [(Weight.SERIOUS, "a port that the engine chooses")]),
    ({"expose": [80]}, []),
]


@pytest.mark.parametrize(("service", "expected"), CASES, ids=lambda value: str(value)[:60])
def test_each_demand_is_named(service: dict[str, object], expected: list[tuple[Weight, str]], tmp_path: Path) -> None:
    text = yaml.safe_dump({"services": {"web": {"image": "x"} | service}, "volumes": {"data": None}})
    demands = review(project_of(tmp_path, text))
    assert [(demand.service, demand.weight) for demand in demands] == [("web", weight) for weight, _ in expected]
    for demand, (_, words) in zip(demands, expected, strict=True):
        assert words in demand.text
        assert str(demand).startswith("web: ")


def test_what_the_project_as_a_whole_asks_for(tmp_path: Path) -> None:
    text = """
    services:
      a: {image: x, volumes: ["one:/1", "two:/2"], networks: [n], secrets: [s], configs: [c]}
    volumes:
      one: {driver: local, driver_opts: {type: none, o: bind, device: /srv/one}}
      two: {external: true, name: theirs}
    networks: {n: {external: true}}
    secrets: {s: {file: /etc/shadow}}
    configs: {c: {file: ./inside}}
    """
    demands = [str(demand) for demand in review(project_of(tmp_path, text))]
    assert demands == [
        "the project: the volume one is /srv/one, outside the project's folder",
        "the project: the secret s is read from /etc/shadow, outside the folder",
        "the project: uses the volume theirs, which belongs to something else",
        "the project: joins the network n, which belongs to something else",
    ]


def test_the_gravest_stand_first(tmp_path: Path) -> None:
    text = "services: {a: {image: x, user: root, ports: ['80:80']}, b: {image: x, privileged: true}}"
    weights = [demand.weight for demand in review(project_of(tmp_path, text))]
    assert weights == sorted(weights) == [Weight.FULL_CONTROL, Weight.SERIOUS, Weight.NOTABLE]
