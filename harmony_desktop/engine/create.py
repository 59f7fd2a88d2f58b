"""From a service in its canonical form to what the engine is asked to create. Pure.

The bodies are those of the Engine API, field for field what the official Compose sends for the same service: a
container that either of them made must look the same to the other. Where that form is odd, it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from harmony_desktop.control.ports import EngineError
from harmony_desktop.engine import create_host, create_mounts, create_network
from harmony_desktop.engine.create_values import compact, nanoseconds, seconds
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, Service, Spec
from harmony_desktop.stack.siblings import named_services, with_containers
from harmony_desktop.stack.words import say

Json = dict[str, Any]

#: From this version of the API on, a container may be created with all of its networks at once.
ALL_NETWORKS = (1, 44)
#: From this version of the API on, a health check has an interval of its own for the start.
START_INTERVAL = (1, 44)

#: ``~/.docker/config.json`` has these under ``proxies``; each is set in capitals and in small letters.
PROXY_VARIABLES = {
    "httpProxy": "HTTP_PROXY",
    "httpsProxy": "HTTPS_PROXY",
    "noProxy": "NO_PROXY",
    "ftpProxy": "FTP_PROXY",
    "allProxy": "ALL_PROXY",
}


@dataclass(frozen=True, slots=True)
class Sibling:
    """A container of another service of the project, which a namespace, a link or ``volumes_from`` names."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Inherited:
    """A mount of the container that is replaced.

    Attributes:
        type: "volume" or "bind".
        source: The volume's name, or the path.
        target: Where it is mounted.
        read_only: Whether it is.
        declared: Whether the image declares the target as a volume.
    """

    type: str
    source: str
    target: str
    read_only: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the body depends on beside the service itself.

    Attributes:
        api: The negotiated version of the API, as numbers.
        siblings: Containers of the services that ``needed_siblings`` names, the lowest number first.
        inherited: Mounts of the container that is replaced.
        proxies: The proxies of ``~/.docker/config.json``, as it has them.
        read_text: Reads a file (a seccomp profile).
    """

    api: tuple[int, ...]
    siblings: Mapping[str, Sequence[Sibling]] = field(default_factory=dict)
    inherited: Sequence[Inherited] = ()
    proxies: Mapping[str, str] = field(default_factory=dict)
    read_text: Callable[[Path], str] = Path.read_text


@dataclass(frozen=True, slots=True)
class Creation:
    """What is to be sent.

    Attributes:
        body: Body of ``POST /containers/create``.
        platform: The platform to ask for, or "".
        connections: Networks to connect afterwards, by their name, with the endpoint's settings.
    """

    body: Json
    platform: str = ""
    connections: tuple[tuple[str, Json], ...] = ()


def container(
    project: Project, service: Service, *, name: str, labels: Mapping[str, str], around: Surroundings
) -> Creation:
    """Return what creates one container of a service.

    Args:
        project: The project.
        service: The service.
        name: The name that the container has in the end, which is one of its aliases.
        labels: All its labels.
        around: What else it depends on.

    Raises:
        EngineError: The engine is too old for what is asked, or a service that is named has no container.
    """
    spec = resolved(service, around)
    links = _links(project, spec, around)
    mode, endpoints = create_network.attachments(project, service.name, spec, name=name, links=links)
    binds, mounts = create_mounts.of_service(project, service, around.inherited)
    host = create_host.config(spec, project.working_dir, around.read_text) | {
        "Binds": binds or None,
        "Mounts": mounts or None,
        "NetworkMode": mode,
        "IpcMode": spec.get("ipc"),
        "PidMode": spec.get("pid"),
        "VolumesFrom": spec.get("volumes_from"),
        "Links": links or None,
        "PortBindings": create_network.port_bindings(spec),
    }
    at_once = endpoints if around.api >= ALL_NETWORKS else endpoints[:1]
    body = _config(spec, around) | {
        "Image": service.image or spec.get("image", ""),
        "Labels": dict(labels),
        "HostConfig": compact(host),
    }
    if at_once:
        body["NetworkingConfig"] = {"EndpointsConfig": dict(at_once)}
    return Creation(compact(body), str(spec.get("platform", "")), tuple(endpoints[len(at_once) :]))


def needed_siblings(service: Service) -> frozenset[str]:
    """Return the services whose containers must be known before a container of this one is created."""
    linked = (link.partition(":")[0] for link in service.spec.get("links") or ())
    return named_services(service.spec).union(linked)


def resolved(service: Service, around: Surroundings) -> Spec:
    """Return a service that names containers in the place of services. Raises EngineError where one has none."""
    try:
        return with_containers(service.spec, {name: found[0].id for name, found in around.siblings.items() if found})
    except KeyError as missing:
        name = missing.args[0]
        raise EngineError(
            say("The service {name} has no container yet", name=name),
            cause=say("{service} shares a namespace or the volumes of its container.", service=service.name),
            advice=say("Start {name} first.", name=name),
        ) from missing


def _config(spec: Mapping[str, Any], around: Surroundings) -> Json:
    """Return the container's own half of the body."""
    return {
        "Hostname": spec.get("hostname"),
        "Domainname": spec.get("domainname"),
        "User": spec.get("user"),
        "ExposedPorts": create_network.exposed_ports(spec),
        "Tty": bool(spec.get("tty", False)),
        "OpenStdin": bool(spec.get("stdin_open", False)),
        "AttachStdout": True,
        "AttachStderr": True,
        # An empty list is not the same as none: it sets aside what the image has.
        "Cmd": spec.get("command"),
        "Entrypoint": spec.get("entrypoint"),
        "Env": environment(spec.get("environment") or {}, around.proxies),
        "Healthcheck": healthcheck(spec.get("healthcheck"), around.api),
        "WorkingDir": spec.get("working_dir"),
        "StopSignal": spec.get("stop_signal"),
        "StopTimeout": seconds(spec["stop_grace_period"]) if "stop_grace_period" in spec else None,
        "NetworkDisabled": True if spec.get("network_mode") == "disabled" else None,
    }


def environment(variables: Mapping[str, Any], proxies: Mapping[str, str]) -> list[str] | None:
    """Return the environment as the engine takes it; a name alone takes the variable away from the image's."""
    merged: dict[str, Any] = {}
    for key, name in PROXY_VARIABLES.items():
        if proxies.get(key):
            merged[name] = merged[name.lower()] = proxies[key]
    merged.update(variables)
    return [name if value is None else f"{name}={value}" for name, value in sorted(merged.items())] or None


def healthcheck(spec: Mapping[str, Any] | None, api: tuple[int, ...]) -> Json | None:
    """Return a health check; durations in nanoseconds. Raises EngineError for what the engine is too old for."""
    if spec is None:
        return None
    if spec.get("disable"):
        return {"Test": ["NONE"]}
    if "start_interval" in spec and api < START_INTERVAL:
        raise EngineError(
            "The health check's start_interval cannot be set",
            cause="This Docker engine is too old for it; it came with version 25.",
            advice="Update the Docker engine, or take start_interval out of the compose file.",
        )
    if "start_interval" in spec and "start_period" not in spec:
        raise EngineError(
            "The health check's start_interval cannot be set",
            cause="It counts within start_period, which is missing.",
            advice="Give the health check a start_period.",
        )
    durations = {
        "Interval": "interval",
        "Timeout": "timeout",
        "StartPeriod": "start_period",
        "StartInterval": "start_interval",
    }
    return compact(
        {"Test": spec.get("test"), "Retries": spec.get("retries")}
        | {name: nanoseconds(spec[key]) for name, key in durations.items() if key in spec}
    )


def _links(project: Project, spec: Mapping[str, Any], around: Surroundings) -> list[str]:
    """Return legacy links: each container of a linked service under its alias and its service's names."""
    found: list[str] = []
    for link in spec.get("links") or ():
        service, _, alias = link.partition(":")
        for sibling in around.siblings.get(service, ()):
            names = (alias or service, f"{service}-1", f"{project.name}-{service}-1")
            found += [f"{sibling.name}:{name}" for name in names]
    for link in spec.get("external_links") or ():
        name, _, alias = link.partition(":")
        found.append(f"{name}:{alias or name}")
    return found
