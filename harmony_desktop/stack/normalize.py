"""Defaults, implied dependencies and names: what a compose file leaves unsaid."""

from __future__ import annotations

from typing import Any

from harmony_desktop.stack.interpolate import Lookup
from harmony_desktop.stack.mounts import clean
from harmony_desktop.stack.scalars import to_text
from harmony_desktop.stack.values import Value

_SECRETS = "/run/secrets"
_STARTED = "service_started"


def set_defaults(model: dict[str, Any]) -> None:
    """Fill in defaults that do not depend on other parts, in place."""
    for service in (model.get("services") or {}).values():
        if not isinstance(service, dict):
            continue
        for secret in service.get("secrets") or ():
            secret.setdefault("target", f"{_SECRETS}/{secret.get('source', '')}")
        if isinstance(build := service.get("build"), dict):
            build.setdefault("context", ".")
        for port in service.get("ports") or ():
            port.setdefault("protocol", "tcp")
            port.setdefault("mode", "ingress")
        reservations = ((service.get("deploy") or {}).get("resources") or {}).get("reservations") or {}
        for request in [*(reservations.get("devices") or ()), *(service.get("gpus") or ())]:
            if "count" not in request and "device_ids" not in request:
                request["count"] = -1


def resolve_environment(model: dict[str, Any], lookup: Lookup) -> None:
    """Give variables that are named without a value the value of the outside, in place."""
    for service in (model.get("services") or {}).values():
        if isinstance(service, dict) and isinstance(service.get("environment"), list):
            service["environment"] = [_pair(item, lookup) for item in service["environment"]]


def _pair(item: Value, lookup: Lookup) -> Value:
    value = lookup(item) if isinstance(item, str) else None
    return item if value is None else f"{item}={value}"


def normalize(model: dict[str, Any], name: str, lookup: Lookup) -> None:
    """Complete the whole project, in place."""
    _default_network(model)
    for service in (model.get("services") or {}).values():
        _service(service, lookup)
    for section in ("networks", "volumes", "configs", "secrets"):
        _names(model, section, name)


def _default_network(model: dict[str, Any]) -> None:
    """A service that says nothing about networks joins the project's own."""
    used = False
    for service in (model.get("services") or {}).values():
        if "network_mode" in service:
            continue
        if not service.get("networks"):
            service["networks"] = {"default": None}
        used = used or "default" in service["networks"]
    networks = model.get("networks") or {}
    if used:
        networks.setdefault("default", None)
    if networks:
        model["networks"] = networks


def _service(service: dict[str, Any], lookup: Lookup) -> None:
    if service.get("pull_policy") == "if_not_present":
        service["pull_policy"] = "missing"
    if isinstance(build := service.get("build"), dict):
        if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
            build["dockerfile"] = "Dockerfile"
        if "args" in build:
            build["args"] = _resolved(build["args"], lookup, keep=False)
    if "environment" in service:
        service["environment"] = _resolved(service["environment"], lookup, keep=True)
    for volume in service.get("volumes") or ():
        if volume.get("target"):
            volume["target"] = clean(volume["target"])
    dependencies = _implied(service) | (service.get("depends_on") or {})
    if dependencies:
        service["depends_on"] = dependencies


def _implied(service: dict[str, Any]) -> dict[str, Any]:
    """Services that are named elsewhere must start first, too."""
    found: dict[str, bool] = {}
    for link in service.get("links") or ():
        parts = link.split(":")
        found.setdefault(parts[0] if len(parts) == 2 else link, True)
    for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
        mode = service.get(key)
        if isinstance(mode, str) and mode.startswith("service:"):
            found.setdefault(mode.removeprefix("service:"), True)
    for item in service.get("volumes_from") or ():
        if not item.startswith("container:"):
            found.setdefault(item.split(":")[0], False)
    return {name: {"condition": _STARTED, "restart": restart, "required": True} for name, restart in found.items()}


def _resolved(pairs: Value, lookup: Lookup, *, keep: bool) -> dict[str, Any]:
    """Pairs as a mapping, those without a value taken from outside; ``keep``: stay null where there is none."""
    items: list[tuple[str, Any]] = []
    if isinstance(pairs, dict):
        items = list(pairs.items())
    else:
        for pair in pairs or ():
            key, sign, value = to_text(pair).partition("=")
            items.append((key, value if sign else None))
    resolved: dict[str, Any] = {}
    for key, value in items:
        found = lookup(key) if value is None else value
        if found is not None or keep:
            resolved[key] = found
    return resolved


def _names(model: dict[str, Any], section: str, project: str) -> None:
    entries = model.get(section)
    if not isinstance(entries, dict):
        return
    for key, entry in entries.items():
        named = entry if isinstance(entry, dict) else {}
        if named.get("name") is None:
            external = to_text(named.get("external", False)).lower() in ("true", "1", "t")
            named["name"] = key if external else f"{project}_{key}"
        entries[key] = named
