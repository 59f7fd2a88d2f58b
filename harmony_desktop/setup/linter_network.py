"""Who reaches whom on the stack's networks, by which name and port. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cached_property

from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, Service


@dataclass(frozen=True)
class Neighbours:
    """What one service's container sees of the others.

    Attributes:
        project: The project.
        caller: The service that calls.
    """

    project: Project
    caller: Service

    @property
    def plain(self) -> bool:
        """Whether it is on networks of the project, and not on somebody else's."""
        return not self.caller.network_mode or self.caller.network_mode in {"default", "bridge"}

    @property
    def on_host(self) -> bool:
        """Whether it has the network of the computer itself."""
        return self.caller.network_mode == "host"

    @cached_property
    def reachable(self) -> tuple[Service, ...]:
        """The services that share a network with it."""
        mine = set(self.caller.networks)
        return tuple(service for service in self.others if mine & set(service.networks))

    @property
    def others(self) -> Iterator[Service]:
        """All services but itself."""
        return (service for service in self.project.services.values() if service.name != self.caller.name)

    def named(self, host: str) -> Service | None:
        """Return the service that answers to a name on a network of the caller (maybe itself), or None."""
        host = host.casefold()
        for service in (self.caller, *self.reachable):
            if host in (name.casefold() for name in self._names(service)):
                return service
        return None

    def elsewhere(self, host: str) -> Service | None:
        """Return the service of a name that shares no network with the caller, or None."""
        found = self.project.services.get(host)
        return None if found is None or found in self.reachable or found is self.caller else found

    def knows(self, host: str) -> bool:
        """Whether the compose files themselves tell the caller where a host is."""
        hosts = self.caller.spec.get("extra_hosts") or ()
        names = [str(entry).replace("=", ":").partition(":")[0] for entry in hosts]
        links = [*(self.caller.spec.get("links") or ()), *(self.caller.spec.get("external_links") or ())]
        return host in names or host in (str(link).rpartition(":")[2] for link in links)

    def closest(self, host: str) -> Service | None:
        """Return the service whose name is most like a host that does not exist, or None."""
        names = [service.name for service in self.reachable]
        found = difflib.get_close_matches(host, names, 1, 0.6)
        return self.project.services[found[0]] if found else None

    def listening(self, port: int) -> list[Service]:
        """Return the services whose container has a port."""
        return [service for service in self.reachable if port in container_ports(service)]

    def publishing(self, port: int) -> list[Service]:
        """Return the services that are reached by a port of the computer."""
        return [service for service in self.reachable if port in published_ports(service)]

    def _names(self, service: Service) -> Iterator[str]:
        yield service.name
        if service.container_name:
            yield service.container_name
        networks = service.spec.get("networks") or {}
        for key in set(self.caller.networks) & set(service.networks):
            settings = networks.get(key) if isinstance(networks, dict) else None
            yield from (settings or {}).get("aliases") or ()


def container_ports(service: Service) -> list[int]:
    """Return the ports that a service's container is known to have, as the compose files say, each once."""
    ports = [port.target for port in service.ports]
    for entry in service.spec.get("expose") or ():
        number = str(entry).partition("/")[0]
        if number.isdigit():
            ports.append(int(number))
    return list(dict.fromkeys(ports))


def published_ports(service: Service) -> dict[int, int]:
    """Return the ports of the computer that lead to a service, each with that of the container."""
    return {port.published: port.target for port in service.ports if port.published}
