"""What tells the entries of a list apart, so that a later one replaces an earlier one that names the same thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.mounts import parse_volume
from harmony_desktop.stack.rules import Rules, tree
from harmony_desktop.stack.values import Value

Key: TypeAlias = Callable[[Any], str]


def _by_name(item: Value) -> str:
    if not isinstance(item, str):
        raise Fault("This must be text")
    return item.partition("=")[0]


def _by_target(item: Value) -> str:
    if isinstance(item, dict):
        target = item.get("target")
        if not isinstance(target, str):
            raise Fault("The key target is missing")
        return target
    return str(parse_volume(item)["target"]) if isinstance(item, str) else ""


def _by_device(item: Value) -> str:
    if isinstance(item, dict):
        return _by_target(item)
    parts = str(item).split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _by_text(item: Value) -> str:
    if isinstance(item, bool) or not isinstance(item, str | int):
        raise Fault("This must be a port, as text or as a whole number")
    return str(item)


def _by_mount(folder: str) -> Key:
    def key(item: Value) -> str:
        if isinstance(item, dict):
            target = item.get("target")
            return str(target) if target is not None else f"{folder}/{item.get('source')}"
        return f"{folder}/{item}"

    return key


def _by_port(item: Value) -> str:
    if not isinstance(item, dict):
        return str(item)
    if "target" not in item:
        raise Fault("The key target is missing")
    host, published = item.get("host_ip", "0.0.0.0"), item.get("published")  # noqa: S104 - told apart, not listened on
    return f"{host}:{published}:{item['target']}/{item.get('protocol', 'tcp')}"


def _by_path(item: Value) -> str:
    return str(item.get("path", "")) if isinstance(item, dict) else str(item)


#: The keys of all lists that name things.
UNIQUE: Rules[Key] = tree(
    {
        "networks.*.labels": _by_name,
        "networks.*.ipam.options": _by_name,
        "services.*.annotations": _by_name,
        "services.*.build.args": _by_name,
        "services.*.build.additional_contexts": _by_name,
        "services.*.build.tags": _by_name,
        "services.*.build.labels": _by_name,
        "services.*.cap_add": _by_name,
        "services.*.cap_drop": _by_name,
        "services.*.devices": _by_device,
        "services.*.configs": _by_mount(""),
        "services.*.deploy.labels": _by_name,
        "services.*.dns": _by_name,
        "services.*.dns_opt": _by_name,
        "services.*.dns_search": _by_name,
        "services.*.environment": _by_name,
        "services.*.env_file": _by_path,
        "services.*.expose": _by_text,
        "services.*.labels": _by_name,
        "services.*.links": _by_name,
        "services.*.networks.*.aliases": _by_name,
        "services.*.networks.*.link_local_ips": _by_name,
        "services.*.ports": _by_port,
        "services.*.profiles": _by_name,
        "services.*.secrets": _by_mount("/run/secrets"),
        "services.*.sysctls": _by_name,
        "services.*.tmpfs": _by_name,
        "services.*.volumes": _by_target,
    }
)
