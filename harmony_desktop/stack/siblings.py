"""Services whose containers another service's container names: it joins their namespaces, or takes their volumes.

The engine knows containers, not services, so ``service:NAME`` becomes ``container:ID`` before a container is created.
The official Compose hashes the service in that form, too: its container must be made anew when the other one was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harmony_desktop.stack.project import Spec

_MODES = ("network_mode", "ipc", "pid")
_SERVICE = "service:"
_CONTAINER = "container:"


def named_services(spec: Spec) -> frozenset[str]:
    """Return the services that a service in canonical form names in this way."""
    modes = (str(spec.get(key, "")) for key in _MODES)
    found = {mode.removeprefix(_SERVICE) for mode in modes if mode.startswith(_SERVICE)}
    found.update(item.partition(":")[0] for item in spec.get("volumes_from") or () if not item.startswith(_CONTAINER))
    return frozenset(found)


def with_containers(spec: Spec, containers: Mapping[str, str]) -> Spec:
    """Return a service that names containers in the place of services.

    Args:
        spec: The service in canonical form.
        containers: By service, the ID of its container (of the one with the lowest number).

    Raises:
        KeyError: A service that is named has no container; the key is its name.
    """
    changed: dict[str, Any] = {}
    for key in _MODES:
        mode = str(spec.get(key, ""))
        if mode.startswith(_SERVICE):
            changed[key] = _CONTAINER + containers[mode.removeprefix(_SERVICE)]
    if spec.get("volumes_from"):
        changed["volumes_from"] = [_taken_from(item, containers) for item in spec["volumes_from"]]
    return {**spec, **changed} if changed else spec


def _taken_from(item: str, containers: Mapping[str, str]) -> str:
    # Officially a mode (``:ro``) behind either name falls away.
    if item.startswith(_CONTAINER):
        return item.removeprefix(_CONTAINER).partition(":")[0]
    return containers[item.partition(":")[0]]
