"""Whether the ports that the stack publishes are free."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from harmony_desktop.control.doctor import Finding
from harmony_desktop.plan.observed import Observed
from harmony_desktop.preflight.check import fail, ok, unknown
from harmony_desktop.preflight.world import PortHolder, World
from harmony_desktop.stack.project import Project


class FreePorts:
    """Published TCP ports. The project's own containers may hold them."""

    id = "ports.free"
    title = "Published ports are free"

    async def run(self, world: World) -> Finding:
        """Try the ports, at the addresses that they are published at."""
        project = world.local_project()
        wanted = published(project)
        own = own_ports(world.observed) if world.observed else frozenset()
        held: dict[int, PortHolder] = {}
        for address, ports in wanted.items():
            held |= await asyncio.to_thread(world.held_ports, ports.keys() - own, address)
        titles = {port: title for ports in wanted.values() for port, title in ports.items()}
        causes = [f"Port {port} ({titles[port]}) is {_by(held[port])}." for port in sorted(held)]
        if not causes:
            return ok(self, ", ".join(map(str, sorted(titles))) or "None is published.")
        if world.observed is None:
            causes.append("Whether these are the stack’s own containers, only the engine could tell.")
            return unknown(self, "\n".join(causes))
        advice = (
            f"End what holds it, or give the service another port: see {world.folder / '.env'} and the compose files."
        )
        return fail(self, "\n".join(causes), advice)


def published(project: Project) -> Mapping[str, Mapping[int, str]]:
    """Return the published TCP ports by address, each with its service's title."""
    wanted: dict[str, dict[int, str]] = {}
    for service in project.services.values():
        for port in service.ports:
            if port.protocol == "tcp" and port.published:
                wanted.setdefault(port.host_ip or "0.0.0.0", {})[port.published] = service.title  # noqa: S104 - asked
    return wanted


def own_ports(observed: Observed) -> frozenset[int]:
    """Return the TCP ports that the project's containers have on the host now."""
    return frozenset(p.host_port for c in observed.containers for p in c.ports if p.protocol == "tcp")


def _by(holder: PortHolder) -> str:
    if holder.reserved:
        return "reserved by the system"
    name = holder.process or "another program or container"
    return f"held by {name}" + (f" (process {holder.pid})" if holder.pid else "")
