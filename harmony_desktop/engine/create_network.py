"""The network side of a container and of a network: endpoints, ports, address pools. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harmony_desktop.engine.create_values import compact
from harmony_desktop.stack.project import Network, Project, Spec

Json = dict[str, Any]


def attachments(
    project: Project, service: str, spec: Spec, *, name: str, links: Sequence[str]
) -> tuple[str, list[tuple[str, Json]]]:
    """Return the network mode, and the networks to join by their engine's names; the first is the main one.

    Args:
        project: The project.
        service: The service's name.
        spec: The service, with containers in the place of services.
        name: The container's name, its first alias.
        links: Legacy links.
    """
    mode = str(spec.get("network_mode", ""))
    if mode:
        return mode, []
    joined: Mapping[str, Any] = spec.get("networks") or {}
    if not joined:
        return "none", []
    keys = sorted(joined, key=lambda key: (-int((joined[key] or {}).get("priority", 0)), key))
    endpoints = [(project.networks[key].name, _endpoint(service, joined[key], name=name, links=links)) for key in keys]
    main = endpoints[0][1]
    if "mac_address" in spec and "MacAddress" not in main:
        main["MacAddress"] = spec["mac_address"]
    return endpoints[0][0], endpoints


def _endpoint(service: str, spec: Mapping[str, Any] | None, *, name: str, links: Sequence[str]) -> Json:
    aliases = [name, service, *((spec or {}).get("aliases") or ())]
    if spec is None:
        return compact({"Aliases": aliases, "Links": list(links) or None})
    return compact(
        {
            "Aliases": aliases,
            "Links": list(links) or None,
            "IPAMConfig": compact(
                {
                    "IPv4Address": spec.get("ipv4_address"),
                    "IPv6Address": spec.get("ipv6_address"),
                    "LinkLocalIPs": spec.get("link_local_ips"),
                }
            ),
            # Officially said twice, the second time under an odd name, and shown so until the container runs.
            "IPAddress": spec.get("ipv4_address"),
            "IPv6Gateway": spec.get("ipv6_address"),
            "MacAddress": spec.get("mac_address"),
            "DriverOpts": spec.get("driver_opts"),
            "GwPriority": spec.get("gw_priority"),
        }
    )


def exposed_ports(spec: Mapping[str, Any]) -> Json | None:
    """Return the ports that a container exposes: those it publishes, and those of ``expose``, ranges opened."""
    found: Json = {}
    for item in spec.get("expose") or ():
        ports, _, protocol = str(item).partition("/")
        first, _, last = ports.partition("-")
        for port in range(int(first), int(last or first) + 1):
            found[f"{port}/{protocol or 'tcp'}"] = {}
    for item in spec.get("ports") or ():
        found[_port_key(item)] = {}
    return found or None


def port_bindings(spec: Mapping[str, Any]) -> Json:
    """Return the published ports by the container's; an empty host port leaves the choice to the engine."""
    found: dict[str, list[Json]] = {}
    for item in spec.get("ports") or ():
        binding = {"HostIp": item.get("host_ip", ""), "HostPort": str(item.get("published", ""))}
        found.setdefault(_port_key(item), []).append(binding)
    return dict(found)


def _port_key(port: Mapping[str, Any]) -> str:
    return f"{port['target']}/{port.get('protocol') or 'tcp'}"


def network(item: Network, labels: Mapping[str, str]) -> Json:
    """Return the body of ``POST /networks/create``."""
    spec = item.spec
    return compact(
        {
            "Name": item.name,
            "Driver": spec.get("driver"),
            "Options": spec.get("driver_opts"),
            "IPAM": _ipam(spec.get("ipam") or {}),
            "Internal": bool(spec.get("internal", False)),
            "Attachable": bool(spec.get("attachable", False)),
            "EnableIPv4": spec.get("enable_ipv4"),
            "EnableIPv6": spec.get("enable_ipv6"),
            "Labels": dict(labels),
            # Engines before 23 allow two networks of one name unless they are told not to.
            "CheckDuplicate": True,
        }
    )


def _ipam(spec: Mapping[str, Any]) -> Json | None:
    """Return a network's address management, or None where it says nothing."""
    if not spec.get("driver") and not spec.get("config"):
        return None
    pools = [
        compact(
            {
                "Subnet": pool.get("subnet"),
                "IPRange": pool.get("ip_range"),
                "Gateway": pool.get("gateway"),
                "AuxiliaryAddresses": pool.get("aux_addresses"),
            }
        )
        for pool in spec.get("config") or ()
    ]
    return compact({"Driver": spec.get("driver"), "Options": spec.get("options"), "Config": pools or None})
