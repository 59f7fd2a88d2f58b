"""From the engine's JSON to our frozen records. Pure; what the engine leaves out or sets to null is nothing here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from harmony_desktop.control.port_records import Publisher
from harmony_desktop.control.ports import EngineInfo, Event, Usage
from harmony_desktop.plan.observed import (
    Container,
    ContainerState,
    Detail,
    Health,
    Image,
    ObservedNetwork,
    ObservedVolume,
    PublishedPort,
)
from harmony_desktop.stack import labels

Json = Mapping[str, Any]

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTAINER_MODE = "container:"
#: Characters of a health check's output that are kept: it is shown in one line or two.
_HEALTH_OUTPUT = 4096


def parse_time(text: str) -> datetime | None:
    """Return a time of the engine (RFC 3339, up to nanoseconds), or None for its zero time and for anything else."""
    match = _TIME.match(text)
    if match is None or text.startswith("0001-"):
        return None
    moment, fraction, zone = match.groups()
    parsed = datetime.fromisoformat(moment + ("+00:00" if zone == "Z" else zone))
    return parsed + timedelta(microseconds=int((fraction or "0").ljust(9, "0")) // 1000)


def container_of_summary(summary: Json) -> Container:
    """Return one entry of ``GET /containers/json``."""
    found = summary.get("Labels") or {}
    return Container(
        id=summary["Id"],
        name=_name(summary.get("Names") or ()),
        state=_state(summary.get("State") or ""),
        image=summary.get("Image") or "",
        image_id=summary.get("ImageID") or "",
        created_at=_EPOCH + timedelta(seconds=int(summary.get("Created") or 0)),
        ports=_summary_ports(summary.get("Ports") or ()),
        networks=_networks(summary),
        volumes=_volumes(summary),
        namespace_parent=_namespace_parent(summary),
        **_labelled(found),
    )


def publisher(summary: Json) -> Publisher:
    """Return one entry of ``GET /containers/json`` as far as its ports go."""
    found = summary.get("Labels") or {}
    return Publisher(
        id=summary["Id"],
        name=_name(summary.get("Names") or ()),
        project=found.get(labels.PROJECT, ""),
        service=found.get(labels.SERVICE, ""),
        ports=_summary_ports(summary.get("Ports") or ()),
    )


def container_of_inspection(inspection: Json) -> Container:
    """Return the answer of ``GET /containers/ID/json``, with its detail."""
    config = inspection.get("Config") or {}
    state = inspection.get("State") or {}
    return Container(
        id=inspection["Id"],
        name=str(inspection.get("Name") or "").removeprefix("/"),
        state=_state(state.get("Status") or ""),
        image=config.get("Image") or "",
        image_id=inspection.get("Image") or "",
        created_at=parse_time(inspection.get("Created") or "") or _EPOCH,
        ports=_inspection_ports(inspection),
        networks=_networks(inspection),
        volumes=_volumes(inspection),
        namespace_parent=_namespace_parent(inspection),
        detail=_detail(inspection, state, config),
        **_labelled(config.get("Labels") or {}),
    )


def _labelled(found: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that the labels of the interop contract fill."""
    number = found.get(labels.CONTAINER_NUMBER, "")
    return {
        "service": found.get(labels.SERVICE, ""),
        "number": int(number) if number.isascii() and number.isdigit() else 0,
        "config_hash": found.get(labels.CONFIG_HASH, ""),
        "labelled_image_id": found.get(labels.IMAGE, ""),
        "oneoff": found.get(labels.ONEOFF, "False") == "True",
        "working_dir": found.get(labels.WORKING_DIR, ""),
        "replaces": found.get(labels.REPLACE, ""),
    }


def _name(names: Iterable[str]) -> str:
    """Return a container's own name; the others are those that links gave it (``/other/alias``)."""
    own = [name.removeprefix("/") for name in names if name.count("/") == 1]
    return own[0] if own else ""


def _state(text: str) -> ContainerState:
    try:
        return ContainerState(text)
    except ValueError:
        # A state that a later engine invents: it is certainly not running as it should.
        return ContainerState.DEAD


def _networks(payload: Json) -> dict[str, str]:
    found = (payload.get("NetworkSettings") or {}).get("Networks") or {}
    return {name: (endpoint or {}).get("NetworkID") or "" for name, endpoint in found.items()}


def _volumes(payload: Json) -> tuple[str, ...]:
    return tuple(mount["Name"] for mount in payload.get("Mounts") or () if mount.get("Type") == "volume")


def _namespace_parent(payload: Json) -> str:
    mode = str((payload.get("HostConfig") or {}).get("NetworkMode") or "")
    return mode.removeprefix(_CONTAINER_MODE) if mode.startswith(_CONTAINER_MODE) else ""


def _summary_ports(ports: Iterable[Json]) -> tuple[PublishedPort, ...]:
    found = {
        PublishedPort(port["PrivatePort"], port.get("IP") or "", port["PublicPort"], port.get("Type") or "tcp")
        for port in ports
        if port.get("PublicPort")
    }
    return tuple(sorted(found, key=_port_order))


def _inspection_ports(inspection: Json) -> tuple[PublishedPort, ...]:
    found: set[PublishedPort] = set()
    for key, bindings in ((inspection.get("NetworkSettings") or {}).get("Ports") or {}).items():
        target, _, protocol = key.partition("/")
        found.update(
            PublishedPort(int(target), binding.get("HostIp") or "", int(binding["HostPort"]), protocol or "tcp")
            for binding in bindings or ()
            if binding.get("HostPort")
        )
    return tuple(sorted(found, key=_port_order))


def _port_order(port: PublishedPort) -> tuple[int, str, bool, str, int]:
    return (port.target, port.protocol, ":" in port.host_ip, port.host_ip, port.host_port)


def _detail(inspection: Json, state: Json, config: Json) -> Detail:
    health = state.get("Health") or {}
    log = health.get("Log") or ()
    ended = _state(state.get("Status") or "") in {
        ContainerState.EXITED,
        ContainerState.DEAD,
        ContainerState.RESTARTING,
    }
    return Detail(
        exit_code=state.get("ExitCode") if ended else None,
        oom_killed=bool(state.get("OOMKilled")),
        error=state.get("Error") or "",
        started_at=parse_time(state.get("StartedAt") or ""),
        finished_at=parse_time(state.get("FinishedAt") or ""),
        restart_count=int(inspection.get("RestartCount") or 0),
        health=_health(health.get("Status") or ""),
        health_output=str((log[-1].get("Output") if log else "") or "").strip()[:_HEALTH_OUTPUT],
        health_since=_health_since(log),
        tty=bool(config.get("Tty")),
        memory_limit=int((inspection.get("HostConfig") or {}).get("Memory") or 0),
    )


def _health_since(log: Sequence[Json]) -> datetime | None:
    """Return since when health checks have gone as the last one did; the engine keeps five of them."""
    if not log:
        return None
    well = log[-1].get("ExitCode") == 0
    alike = itertools.takewhile(lambda check: (check.get("ExitCode") == 0) == well, reversed(log))
    return parse_time(list(alike)[-1].get("End") or "")


def _health(text: str) -> Health:
    try:
        return Health(text)
    except ValueError:
        return Health.NONE


def network(payload: Json, containers: Iterable[Container] = ()) -> ObservedNetwork:
    """Return a network; it is in use when one of the containers given is joined to it."""
    found = payload.get("Labels") or {}
    name, identity = payload["Name"], payload["Id"]
    return ObservedNetwork(
        id=identity,
        name=name,
        key=found.get(labels.NETWORK, ""),
        config_hash=found.get(labels.CONFIG_HASH, ""),
        labelled=labels.PROJECT in found,
        in_use=bool(payload.get("Containers")) or any(name in container.networks for container in containers),
    )


def volume(payload: Json) -> ObservedVolume:
    """Return a volume."""
    found = payload.get("Labels") or {}
    return ObservedVolume(
        name=payload["Name"],
        key=found.get(labels.VOLUME, ""),
        config_hash=found.get(labels.CONFIG_HASH, ""),
        labelled=labels.PROJECT in found,
    )


def image(inspection: Json) -> Image:
    """Return the answer of ``GET /images/NAME/json``."""
    config = inspection.get("Config") or {}
    return Image(
        id=inspection["Id"],
        digests=tuple(inspection.get("RepoDigests") or ()),
        size=int(inspection.get("Size") or 0),
        created=inspection.get("Created") or "",
        exposed=tuple(sorted(config.get("ExposedPorts") or ())),
        user=config.get("User") or "",
    )


def event(payload: Json) -> Event:
    """Return one object of ``GET /events``."""
    actor = payload.get("Actor") or {}
    return Event(
        type=payload.get("Type") or "",
        action=payload.get("Action") or "",
        id=actor.get("ID") or "",
        time_ns=int(payload.get("timeNano") or 0),
        attributes=dict(actor.get("Attributes") or {}),
    )


def info(payload: Json, *, api_version: str, context: str, address: str) -> EngineInfo:
    """Return the answer of ``GET /info``."""
    return EngineInfo(
        name=payload.get("Name") or "",
        version=payload.get("ServerVersion") or "",
        api_version=api_version,
        os=payload.get("OSType") or "",
        architecture=payload.get("Architecture") or "",
        id=payload.get("ID") or "",
        cpus=int(payload.get("NCPU") or 0),
        memory=int(payload.get("MemTotal") or 0),
        root_dir=payload.get("DockerRootDir") or "",
        runtimes=tuple(sorted(payload.get("Runtimes") or ())),
        cdi_devices=tuple(
            device["ID"] for device in payload.get("DiscoveredDevices") or () if device.get("Source") == "cdi"
        ),
        context=context,
        address=address,
        operating_system=payload.get("OperatingSystem") or "",
        kernel=payload.get("KernelVersion") or "",
        rootless="name=rootless" in (payload.get("SecurityOptions") or ()),
        system_time=payload.get("SystemTime") or "",
        proxies=tuple(payload[name] for name in ("HttpProxy", "HttpsProxy") if payload.get(name)),
    )


class UsageMeter:
    """Makes usage of samples: the share of the processor is counted between two of them.

    Args:
        samples: How many containers are remembered.
    """

    def __init__(self, samples: int = 4096) -> None:
        self._samples = samples
        self._last: dict[str, tuple[int, float]] = {}

    def usage(self, container_id: str, stats: Json) -> Usage | None:
        """Return what a container uses, or None where it does not run.

        The first sample of a container counts from the one before it that the engine sent along; an engine that sent
        none (it is asked for one shot) makes it 0.
        """
        read = parse_time(stats.get("read") or "")
        cpu = _cpu(stats.get("cpu_stats") or {})
        memory = stats.get("memory_stats") or {}
        if read is None or not cpu:
            self._last.pop(container_id, None)
            return None
        now = read.timestamp()
        before = self._last.pop(container_id, None) or self._sent_along(stats)
        self._last[container_id] = (cpu, now)
        while len(self._last) > self._samples:
            del self._last[next(iter(self._last))]
        share = 0.0
        if before is not None and now > before[1] and cpu >= before[0]:
            share = (cpu - before[0]) / 1e9 / (now - before[1]) * 100
        return Usage(cpu=share, memory=_memory(memory), memory_limit=int(memory.get("limit") or 0))

    @staticmethod
    def _sent_along(stats: Json) -> tuple[int, float] | None:
        read = parse_time(stats.get("preread") or "")
        return (_cpu(stats.get("precpu_stats") or {}), read.timestamp()) if read else None


def _cpu(stats: Json) -> int:
    """Return the processor time of a sample in nanoseconds."""
    return int((stats.get("cpu_usage") or {}).get("total_usage") or 0)


def _memory(stats: Json) -> int:
    """Return the memory of a sample without the page cache that the kernel would give back (as ``docker stats``)."""
    usage = int(stats.get("usage") or stats.get("privateworkingset") or 0)
    detail = stats.get("stats") or {}
    # Control groups of version 1 count the whole tree in total_…; those of version 2 know only the plain name.
    cache = int(detail.get("total_inactive_file", detail.get("inactive_file", 0)) or 0)
    return usage - cache if cache < usage else usage
