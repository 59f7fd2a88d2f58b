"""Whether the ports that the stack publishes are free: the same look as before a start."""

from __future__ import annotations

import asyncio

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.port_check import bindings, judge, look_at_ports
from harmony_desktop.control.port_offer import free_instead
from harmony_desktop.control.repairs import SetVariables
from harmony_desktop.plan.observed import Observed
from harmony_desktop.preflight.check import fail, lines, ok, repair, unknown
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.port_origins import env_file_of
from harmony_desktop.stack.words import say


class FreePorts:
    """Published ports. The project's own containers may hold them."""

    id = "ports.free"
    title = say("Published ports")
    group = Group.PORTS
    quick = True

    async def run(self, world: World) -> Finding:
        """Try the ports, at the addresses that they are published at."""
        project = world.local_project()
        names = tuple(project.services)
        address, rootless = (world.info.address, world.info.rootless) if world.info else ("", False)
        look = await asyncio.to_thread(look_at_ports, project, names, world.ports, address)
        look = look.with_engine(world.publishers, rootless=rootless)
        held = judge(project, world.observed or Observed(), look, services=names)
        if not held:
            numbers = sorted(
                {binding.port for service in project.services.values() for _, binding in bindings(service)}
            )
            return ok(self, ", ".join(map(str, numbers)) or say("None is published."))
        causes = [str(item) for item in sorted(held, key=lambda item: item.binding.port)]
        if world.observed is None:
            causes.append(say("Whether these are the stack’s own containers, only the engine could tell."))
            return unknown(self, lines(causes))
        values = await asyncio.to_thread(free_instead, project, held, world.publishers, world.environ, world.ports)
        file = env_file_of(project)
        advice = [item.advice for item in held if item.advice]
        advice.append(
            say("End what holds it, or give the service another port: see {file} and the compose files.", file=file)
        )
        label = say("Use other ports: {ports}", ports=", ".join(f"{name}={port}" for name, port in values.items()))
        wishes = [SetVariables(file, tuple(values.items()))] if values else []
        return fail(self, lines(causes), lines(dict.fromkeys(advice)), repair(self, label, wishes))
