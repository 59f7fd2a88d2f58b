"""From the engine's JSON to our records: recorded answers of both engines, and what only rare engines send."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.engine import translate
from harmony_desktop.plan.observed import ContainerState, Health, PublishedPort

PAYLOADS = Path(__file__).parent / "payloads"


@pytest.fixture(params=["old", "new"])
def answers(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What an engine answered about a running project (see record.py)."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"answers-{request.param}.json").read_text())
    return found


def test_list_and_inspection_agree(answers: dict[str, Any]) -> None:
    for summary, inspection in zip(answers["summaries"], answers["inspections"], strict=True):
        listed = translate.container_of_summary(summary)
        inspected = translate.container_of_inspection(inspection)
        assert listed.detail is None
        for name in listed.__slots__:
            if name not in {"detail", "created_at"}:
                assert getattr(listed, name) == getattr(inspected, name), name
        assert listed.created_at == inspected.created_at.replace(microsecond=0)


def test_containers(answers: dict[str, Any]) -> None:
    done, waiting, web = (translate.container_of_inspection(item) for item in answers["inspections"])
    assert (web.name, web.service, web.number, web.state) == ("seen-web-1", "web", 1, ContainerState.RUNNING)
    assert web.working_dir == "/project"
    assert web.volumes == ("seen_kept",)
    assert set(web.networks) == {"seen_default"}
    assert web.ports[0] == PublishedPort(80, "127.0.0.1", 8080, "tcp")
    assert PublishedPort(443, "0.0.0.0", 8443, "udp") in web.ports
    assert web.image_id == web.labelled_image_id
    assert web.detail is not None
    assert (web.detail.health, web.detail.health_output, web.detail.tty) == (Health.HEALTHY, "fine", True)
    assert web.detail.exit_code is None
    assert web.detail.finished_at is None
    assert waiting.namespace_parent == web.id
    assert done.detail is not None
    assert (done.state, done.detail.exit_code) == (ContainerState.EXITED, 7)
    assert done.detail.started_at is not None
    assert done.detail.finished_at is not None
    assert len(web.config_hash) == 64
    assert not web.oneoff


def test_networks_volumes_and_images(answers: dict[str, Any]) -> None:
    containers = [translate.container_of_summary(item) for item in answers["summaries"]]
    [network] = (translate.network(item, containers) for item in answers["networks"])
    assert (network.name, network.key, network.labelled, network.in_use) == ("seen_default", "default", True, True)
    assert not translate.network(answers["networks"][0]).in_use
    [volume] = (translate.volume(item) for item in answers["volumes"]["Volumes"])
    assert (volume.name, volume.key, volume.labelled) == ("seen_kept", "kept", True)
    assert len(volume.config_hash) == len(network.config_hash) == 64
    image = translate.image(answers["image"])
    assert image.id.startswith("sha256:")
    assert image.exposed == ("80/tcp",)


def test_the_engine_itself(answers: dict[str, Any]) -> None:
    info = translate.info(answers["info"], api_version="1.41", context="c", address="unix:///x")
    assert info.cpus >= 1
    assert info.memory > 0
    assert info.os == "linux"
    assert "runc" in info.runtimes
    assert (info.api_version, info.context, info.address) == ("1.41", "c", "unix:///x")
    assert info.root_dir


def test_devices_that_the_engine_discovered() -> None:
    devices = [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}, {"Source": "other", "ID": "x"}]
    info = translate.info({"DiscoveredDevices": devices}, api_version="", context="", address="")
    assert info.cdi_devices == ("nvidia.com/gpu=0",)


def test_events(answers: dict[str, Any]) -> None:
    found = [translate.event(payload) for payload in answers["events"]]
    assert all(event.type == "container" for event in found)
    assert all(event.time_ns > 10**18 for event in found)
    assert all(event.attributes["com.docker.compose.project"] == "seen" for event in found)


def test_usage(answers: dict[str, Any]) -> None:
    meter = translate.UsageMeter()
    first, second = answers["stats"]
    usage = meter.usage("web", first)
    assert usage is not None
    assert usage.cpu >= 0, "counted from the sample that was sent along"
    assert usage.memory_limit == 64 * 1024 * 1024
    assert 0 < usage.memory <= first["memory_stats"]["usage"]
    assert meter.usage("web", second) is not None
    assert meter.usage("done", answers["stats of a stopped one"]) is None


def sample(second: int, cpu_ns: int, memory: dict[str, Any] | None = None) -> dict[str, Any]:
    read = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return {
        "read": read.isoformat().replace("+00:00", "Z"),
        "cpu_stats": {"cpu_usage": {"total_usage": cpu_ns}},
        "memory_stats": memory or {},
    }


def test_the_share_of_the_processor_is_counted_between_two_samples() -> None:
    meter = translate.UsageMeter()
    shares = [meter.usage("a", sample(second, cpu)) for second, cpu in ((0, 10**9), (2, 2 * 10**9), (4, 6 * 10**9))]
    assert [usage and usage.cpu for usage in shares] == [0.0, 50.0, 200.0]
    restarted = meter.usage("a", sample(6, 1))
    assert restarted is not None
    assert restarted.cpu == 0.0


@pytest.mark.parametrize(
    ("stats", "memory"),
    [
        ({"usage": 100, "stats": {"inactive_file": 30}}, 70),
        ({"usage": 100, "stats": {"inactive_file": 10, "total_inactive_file": 40}}, 60),
        ({"usage": 100, "stats": {"inactive_file": 100}}, 100),
        ({"usage": 100}, 100),
        ({"privateworkingset": 50}, 50),
    ],
)
def test_memory_is_counted_without_the_page_cache(stats: dict[str, Any], memory: int) -> None:
    usage = translate.UsageMeter().usage("a", sample(0, 1, stats))
    assert usage is not None
    assert usage.memory == memory


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-06T07:08:09.123456789Z", datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)),
        ("2024-05-06T07:08:09Z", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08:09.1+02:00", datetime(2024, 5, 6, 7, 8, 9, 100000, tzinfo=timezone(timedelta(hours=2)))),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_times(text: str, expected: datetime | None) -> None:
    assert translate.parse_time(text) == expected


def test_what_an_engine_leaves_out_is_nothing() -> None:
    summary = {"Id": "a", "Names": ["/other/alias", "/own"], "Labels": None, "Ports": None, "Mounts": None}
    container = translate.container_of_summary(summary)
    assert (container.name, container.service, container.number) == ("own", "", 0)
    inspected = translate.container_of_inspection({"Id": "a", "State": {"Status": "unheard of"}})
    assert inspected.state is ContainerState.DEAD
    assert not translate.network({"Id": "i", "Name": "n", "Labels": None}).labelled
    assert not translate.volume({"Name": "n", "Labels": None}).labelled
