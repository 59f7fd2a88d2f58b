"""Short forms become long ones, so that all later steps see one form of each attribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from harmony_desktop.stack.encode import each
from harmony_desktop.stack.faults import Fault, Path
from harmony_desktop.stack.mounts import clean, parse_device, parse_volume
from harmony_desktop.stack.portspec import parse_port
from harmony_desktop.stack.scalars import to_text
from harmony_desktop.stack.values import Value

#: Is told what is worth a word, and where.
Notify: TypeAlias = Callable[[str, Path], None]

_SECTIONS = ("networks", "volumes", "secrets", "configs")


def canonical(model: dict[str, Any], notify: Notify) -> dict[str, Any]:
    """The model with long forms; changes it in place.

    Raises:
        Fault: A short form cannot be read.
    """
    services = model.get("services")
    if isinstance(services, dict):
        for name, service in services.items():
            if isinstance(service, dict):
                try:
                    _service(service)
                except Fault as fault:
                    raise fault.below("services", name) from None
    for section in _SECTIONS:
        entries = model.get(section)
        if isinstance(entries, dict):
            for name, entry in entries.items():
                if isinstance(entry, dict):
                    _external(entry, (section, name), notify)
    return model


def _service(service: dict[str, Any]) -> None:
    for key, convert in _CONVERSIONS.items():
        if key in service and service[key] is not None:
            try:
                service[key] = convert(service[key])
            except Fault as fault:
                raise fault.below(key) from None


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """As ``encode.each``; what is no list is left for the checks to refuse."""
    convert_all = each(convert)
    return lambda items: convert_all(items) if isinstance(items, list) else items


def _build(value: Value) -> Value:
    build = {"context": value} if isinstance(value, str) else value
    if isinstance(build, dict):
        if "secrets" in build:
            build["secrets"] = _each(_reference)(build["secrets"])
        if isinstance(build.get("additional_contexts"), list):
            build["additional_contexts"] = _contexts(build["additional_contexts"])
    return build


def _contexts(items: list[Any]) -> dict[str, str]:
    contexts = {}
    for index, item in enumerate(items):
        name, sign, value = to_text(item).partition("=")
        if not sign:
            raise Fault(f"{name!r} names no place", ("additional_contexts", index), advice="Write NAME=PLACE.")
        contexts[name] = value
    return contexts


def _depends_on(value: Value) -> Value:
    if isinstance(value, list):
        return {str(name): {"condition": "service_started", "required": True} for name in value}
    if isinstance(value, dict):
        for name, dependency in value.items():
            if not isinstance(dependency, dict):
                raise Fault("This must be a mapping with a condition", (name,))
            dependency.setdefault("condition", "service_started")
            dependency.setdefault("required", True)
    return value


def _env_file(value: Value) -> Value:
    items = value if isinstance(value, list) else [value]
    for item in items:
        if isinstance(item, dict):
            item.setdefault("required", True)
    return [{"path": item, "required": True} if isinstance(item, str) else item for item in items]


def _as_list(value: Value) -> Value:
    return [value] if isinstance(value, str) else value


def _networks(value: Value) -> Value:
    return dict.fromkeys(value) if isinstance(value, list) and all(isinstance(n, str) for n in value) else value


def _volume(item: Value) -> Value:
    if not isinstance(item, str):
        return item
    volume = parse_volume(item)
    volume["target"] = clean(volume["target"])
    return volume


def _ports(items: Value) -> Value:
    if not isinstance(items, list):
        return items
    ports: list[Any] = []
    for index, item in enumerate(items):
        if isinstance(item, dict):
            ports.append(item)
            continue
        try:
            if isinstance(item, float):
                raise Fault(f"{to_text(item)} is not a port", advice="Write ports in quotes.")
            ports += parse_port(to_text(item))
        except Fault as fault:
            raise fault.below(index) from None
    return ports


def _reference(item: Value) -> Value:
    return {"source": item} if isinstance(item, str) else item


def _external(entry: dict[str, Any], path: Path, notify: Notify) -> None:
    external = entry.get("external")
    if not isinstance(external, dict):
        return
    entry["external"] = True
    if "name" in external:
        notify("external.name is deprecated: set name, and external: true", (*path, "external"))
        if entry.setdefault("name", external["name"]) != external["name"]:
            raise Fault("name and external.name differ", (*path, "external", "name"), advice="Keep name alone.")


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "build": _build,
    "depends_on": _depends_on,
    "env_file": _env_file,
    "label_file": _as_list,
    "extends": lambda value: {"service": value} if isinstance(value, str) else value,
    "networks": _networks,
    "volumes": _each(_volume),
    "dns": _as_list,
    "devices": _each(lambda item: parse_device(item) if isinstance(item, str) else item),
    "gpus": lambda value: [{"count": -1}] if value == "all" else value,
    "secrets": _each(_reference),
    "configs": _each(_reference),
    "ports": _ports,
}
