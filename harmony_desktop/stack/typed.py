"""From the canonical form of a service, a network, a volume to the typed objects that the other rooms read."""

from __future__ import annotations

from typing import Any

from harmony_desktop.stack.encode import Section
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.labels import network_hash, service_hash, volume_hash
from harmony_desktop.stack.presentation import KEY, presentation
from harmony_desktop.stack.project import (
    Condition,
    Dependency,
    GpuRequest,
    HealthCheck,
    Mount,
    MountType,
    Network,
    Port,
    PullPolicy,
    Service,
    Volume,
)
from harmony_desktop.stack.units import SECOND, parse_duration

_POLICIES = {
    "missing": PullPolicy.MISSING,
    "if_not_present": PullPolicy.MISSING,
    # Images are not built here: one that would be is taken if it is there, else fetched.
    "build": PullPolicy.MISSING,
    "always": PullPolicy.ALWAYS,
    "refresh": PullPolicy.ALWAYS,
    "never": PullPolicy.NEVER,
}


def service(name: str, spec: Section, scale: int | None = None) -> Service:
    """A service.

    Raises:
        Fault: Its ``x-harmony`` is wrong.
    """
    try:
        shown = presentation(name, spec.extensions.get(KEY))
    except Fault as fault:
        raise fault.below("services", name, KEY) from None
    return Service(
        name=name,
        spec=spec,
        image=spec.get("image"),
        config_hash=service_hash(spec),
        presentation=shown,
        scale=_scale(spec) if scale is None else scale,
        container_name=spec.get("container_name"),
        depends_on=tuple(_dependency(other, item) for other, item in spec.get("depends_on", {}).items()),
        ports=tuple(_port(item) for item in spec.get("ports", ())),
        mounts=tuple(_mount(item) for item in spec.get("volumes", ())),
        networks=tuple(spec.get("networks", ())),
        network_mode=spec.get("network_mode"),
        healthcheck=_healthcheck(spec["healthcheck"]) if "healthcheck" in spec else None,
        gpus=_gpus(spec),
        pull_policy=_POLICIES.get(spec.get("pull_policy", "missing"), PullPolicy.TIMED),
        stop_grace_period=_seconds(spec.get("stop_grace_period")),
        tty=spec.get("tty", False),
    )


def network(key: str, spec: Section) -> Network:
    """A network."""
    return Network(key, spec["name"], spec, network_hash(spec), spec.get("external", False))


def volume(key: str, spec: Section) -> Volume:
    """A named volume."""
    return Volume(key, spec["name"], spec, volume_hash(spec), spec.get("external", False))


def _scale(spec: Section) -> int:
    scale = spec.get("scale", spec.get("deploy", {}).get("replicas", 1))
    return int(scale)


def _dependency(name: str, item: dict[str, Any]) -> Dependency:
    return Dependency(name, Condition(item["condition"]), item.get("restart", False), item["required"])


def _port(item: dict[str, Any]) -> Port:
    published = item.get("published", "")
    number = int(published) if published.isdecimal() and published != "0" else None
    return Port(item.get("target", 0), number, item.get("host_ip", ""), item.get("protocol", "tcp"))


def _mount(item: dict[str, Any]) -> Mount:
    kind = MountType(item["type"])
    return Mount(kind, item.get("source", ""), item.get("target", ""), item.get("read_only", False))


def _healthcheck(item: dict[str, Any]) -> HealthCheck:
    test = tuple(item.get("test", ()))
    return HealthCheck(
        test=test,
        interval=_seconds(item.get("interval")),
        timeout=_seconds(item.get("timeout")),
        start_period=_seconds(item.get("start_period")),
        retries=item.get("retries"),
        disabled=item.get("disable", False) or test[:1] == ("NONE",),
    )


def _gpus(spec: Section) -> tuple[GpuRequest, ...]:
    reservations = spec.get("deploy", {}).get("resources", {}).get("reservations", {})
    requests = [*reservations.get("devices", ())]
    # The short form of gpus asks for that capability without saying so.
    requests += [{**item, "capabilities": [*item.get("capabilities", ()), "gpu"]} for item in spec.get("gpus", ())]
    return tuple(
        GpuRequest(
            item.get("driver", ""),
            item.get("count", 0),
            tuple(item.get("device_ids", ())),
            tuple(dict.fromkeys(item.get("capabilities", ()))),
        )
        for item in requests
    )


def _seconds(text: str | None) -> float | None:
    return None if text is None else parse_duration(text) / SECOND
