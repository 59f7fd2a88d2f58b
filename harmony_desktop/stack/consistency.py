"""Do the parts of a project fit together: references, cycles, values that contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harmony_desktop.stack.faults import Fault, dotted
from harmony_desktop.stack.mounts import clean
from harmony_desktop.stack.portspec import is_address
from harmony_desktop.stack.values import Value

_TESTS = ("CMD", "CMD-SHELL", "NONE")
_RESOURCES = {
    "cpus": ("limits", "cpus"),
    "mem_limit": ("limits", "memory"),
    "mem_reservation": ("reservations", "memory"),
    "pids_limit": ("limits", "pids"),
}


def check_values(model: Mapping[str, Any]) -> None:
    """Check what can be told of one value alone, in a model with long forms.

    Raises:
        Fault: Something is wrong.
    """
    for name, volume in (model.get("volumes") or {}).items():
        _check_volume(name, volume)
    _check_objects(model, "configs", ("file", "environment", "content"))
    _check_objects(model, "secrets", ("file", "environment"))
    for name, service in (model.get("services") or {}).items():
        if isinstance(service, dict):
            try:
                _check_service_values(service)
            except Fault as fault:
                raise fault.below("services", name) from None


def _check_volume(name: str, volume: Value) -> None:
    if not isinstance(volume, dict) or not volume.get("external"):
        return
    for key in volume:
        if key not in ("name", "external") and not key.startswith("x-"):
            raise Fault(
                f"An external volume is only named, but {key} is given",
                ("volumes", name, key),
                advice="Take the key out, or let Compose manage the volume.",
            )


def _check_objects(model: Mapping[str, Any], section: str, keys: tuple[str, ...]) -> None:
    for name, entry in (model.get(section) or {}).items():
        if not isinstance(entry, dict):
            raise Fault(f"This needs one of {', '.join(keys)}", (section, name))
        given = [key for key in keys if key in entry]
        if len(given) > 1:
            raise Fault(f"Only one of {', '.join(given)} may be given", (section, name, given[1]))
        if not given and "driver" not in entry and "external" not in entry:
            raise Fault(f"This needs one of {', '.join(keys)}", (section, name))


def _check_service_values(service: Mapping[str, Any]) -> None:
    for index, port in enumerate(service.get("ports") or ()):
        if "host_ip" in port and port["host_ip"] and not is_address(port["host_ip"]):
            raise Fault(f"{port['host_ip']!r} is not an IP address", ("ports", index, "host_ip"))
    reservations = ((service.get("deploy") or {}).get("resources") or {}).get("reservations") or {}
    for path, requests in (
        (("deploy", "resources", "reservations", "devices"), reservations.get("devices")),
        (("gpus",), service.get("gpus")),
    ):
        for index, request in enumerate(requests or ()):
            if "count" in request and "device_ids" in request:
                raise Fault("Either count or device_ids may be given, not both", (*path, index, "count"))


def check_project(spec: Mapping[str, Any], known: frozenset[str], services: Mapping[str, Any]) -> None:
    """Check how the parts of a project in canonical form fit together.

    Args:
        spec: The project's sections.
        known: Names of all services, those left out by profiles too.
        services: The enabled services.

    Raises:
        Fault: Something does not fit.
    """
    for name, service in services.items():
        try:
            for check in _CHECKS:
                check(service, spec)
            _dependencies(service, known, services)
        except Fault as fault:
            raise fault.below("services", name) from None
    _container_names(services)
    _cycles(services)


def _image(service: Mapping[str, Any], _spec: Mapping[str, Any]) -> None:
    if "image" not in service and "build" not in service:
        raise Fault("This service has no image", advice="Give it an image, for example: image: nginx:stable.")
    build = service.get("build") or {}
    if "dockerfile" in build and "dockerfile_inline" in build:
        raise Fault("Either dockerfile or dockerfile_inline may be given, not both", ("build", "dockerfile_inline"))
    platform, platforms = service.get("platform"), build.get("platforms")
    if platforms and platform and platform not in platforms:
        raise Fault(f"build.platforms must include the service's platform, {platform}", ("build", "platforms"))


def _networks(service: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    if "network_mode" in service and service.get("networks"):
        raise Fault("Either network_mode or networks may be given, not both", ("network_mode",))
    for network in service.get("networks") or ():
        _defined(spec, "networks", network, ("networks", network))


def _healthcheck(service: Mapping[str, Any], _spec: Mapping[str, Any]) -> None:
    command = (service.get("healthcheck") or {}).get("test")
    if command and command[0] not in _TESTS:
        raise Fault(f"A health check's test must begin with {', '.join(_TESTS)}", ("healthcheck", "test", 0))


def _mounts(service: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    targets: dict[str, tuple[str | int, ...]] = {}
    for index, item in enumerate(service.get("tmpfs") or ()):
        _target(targets, item.split(":")[0], ("tmpfs", index))
    for index, volume in enumerate(service.get("volumes") or ()):
        if volume["type"] == "volume" and volume.get("source"):
            _defined(spec, "volumes", volume["source"], ("volumes", index))
        _target(targets, volume.get("target", ""), ("volumes", index))


def _target(targets: dict[str, tuple[str | int, ...]], target: str, path: tuple[str | int, ...]) -> None:
    target = clean(target)
    if target and target in targets:
        raise Fault(f"{target} is mounted twice", path, cause=f"It is also mounted by {dotted(targets[target])}.")
    targets[target] = path


def _files(service: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    for section in ("secrets", "configs"):
        for index, item in enumerate(service.get(section) or ()):
            _defined(spec, section, item.get("source", ""), (section, index))
    for index, item in enumerate((service.get("build") or {}).get("secrets") or ()):
        _defined(spec, "secrets", item.get("source", ""), ("build", "secrets", index))


def _defined(spec: Mapping[str, Any], section: str, name: str, path: tuple[str | int, ...]) -> None:
    if name not in (spec.get(section) or {}):
        raise Fault(
            f"The {section.removesuffix('s')} {name} is not defined", path, advice=f"Define it under {section}:."
        )


def _limits(service: Mapping[str, Any], _spec: Mapping[str, Any]) -> None:
    resources = (service.get("deploy") or {}).get("resources") or {}
    for key, (section, other) in _RESOURCES.items():
        if key in service and section in resources and resources[section].get(other) != service[key]:
            raise Fault(f"{key} and deploy.resources.{section}.{other} differ", (key,), advice="Keep one of the two.")


def _scale(service: Mapping[str, Any], _spec: Mapping[str, Any]) -> None:
    scale, replicas = service.get("scale"), (service.get("deploy") or {}).get("replicas")
    if scale is not None and replicas is not None and scale != replicas:
        raise Fault("scale and deploy.replicas differ", ("scale",), advice="Keep one of the two.")
    count = scale if scale is not None else replicas
    if "container_name" in service and count is not None and count > 1:
        raise Fault(
            f"{count} containers cannot have the one name {service['container_name']}",
            ("container_name",),
            advice="Take container_name out, or run one container.",
        )


_CHECKS: tuple[Callable[[Mapping[str, Any], Mapping[str, Any]], None], ...] = (
    _image,
    _networks,
    _healthcheck,
    _mounts,
    _files,
    _limits,
    _scale,
)


def _dependencies(service: Mapping[str, Any], known: frozenset[str], services: Mapping[str, Any]) -> None:
    for name, dependency in (service.get("depends_on") or {}).items():
        if name in services or (name in known and not dependency["required"]):
            continue
        where = "is left out by its profiles" if name in known else "is not defined"
        raise Fault(
            f"The service {name}, which this one needs, {where}",
            ("depends_on", name),
            advice=f"Activate a profile of {name}." if name in known else "Check the name.",
        )


def _container_names(services: Mapping[str, Any]) -> None:
    names: dict[str, str] = {}
    for service, spec in services.items():
        name = spec.get("container_name")
        if name is None:
            continue
        if name in names:
            raise Fault(
                f"The container name {name} is taken",
                ("services", service, "container_name"),
                cause=f"The service {names[name]} has it, too.",
            )
        names[name] = service


def _cycles(services: Mapping[str, Any]) -> None:
    """No service may wait for itself, not by way of others either."""
    done: set[str] = set()
    for start in services:
        trail: list[str] = []
        todo = [(start, iter(services[start].get("depends_on") or ()))] if start not in done else []
        if todo:
            trail.append(start)
        while todo:
            name, following = todo[-1]
            found = next((item for item in following if item in services and item not in done), None)
            if found is None:
                done.add(name)
                todo.pop()
                trail.pop()
            elif found in trail:
                circle = " -> ".join([*trail[trail.index(found) :], found])
                raise Fault("Services wait for each other in a circle", ("services", name, "depends_on"), cause=circle)
            else:
                trail.append(found)
                todo.append((found, iter(services[found].get("depends_on") or ())))
