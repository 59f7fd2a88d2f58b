"""Whether the ports that the stack publishes are free: the same look as before a start."""

from __future__ import annotations

import asyncio

from harmony_desktop.control.doctor import Finding
from harmony_desktop.control.port_check import bindings, judge, look_at_ports
from harmony_desktop.plan.observed import Observed
from harmony_desktop.preflight.check import fail, ok, unknown
from harmony_desktop.preflight.world import World


class FreePorts:
    """Published ports. The project's own containers may hold them."""

    id = "ports.free"
    title = "Published ports are free"

    async def run(self, world: World) -> Finding:
        """Try the ports, at the addresses that they are published at."""
        project = world.local_project()
        names = tuple(project.services)
        look = await asyncio.to_thread(look_at_ports, project, names, world.ports, world.info, world.publishers)
        held = judge(project, world.observed or Observed(), look, services=names)
        if not held:
            numbers = sorted(
                {binding.port for service in project.services.values() for _, binding in bindings(service)}
            )
            return ok(self, ", ".join(map(str, numbers)) or "None is published.")
        causes = [str(item) for item in sorted(held, key=lambda item: item.binding.port)]
        if world.observed is None:
            causes.append("Whether these are the stack’s own containers, only the engine could tell.")
            return unknown(self, "\n".join(causes))
        advice = [item.advice for item in held if item.advice]
        advice.append(
            f"End what holds it, or give the service another port: see {world.folder / '.env'} and the compose files. "
            "A start offers a free one."
        )
        return fail(self, "\n".join(causes), "\n".join(dict.fromkeys(advice)))
