"""Checks the ports that a stack will have before there is one: who holds them, and what is free instead."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from harmony_desktop.control.port_check import find_held, judge, look_at_ports
from harmony_desktop.control.port_choice import candidates
from harmony_desktop.control.port_records import Binding, MachinePorts
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.wizard import PortOption
from harmony_desktop.plan.observed import Observed
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

#: Candidates that are tried for a port that is taken.
_TRIED = 32


async def checked_ports(
    options: Sequence[PortOption], project: Project, engine: Engine | None, machine: MachinePorts
) -> tuple[PortOption, ...]:
    """Return the ports with who has them already, and what is free instead.

    Args:
        options: The ports.
        project: The stack as it will be, with these ports.
        engine: The engine, None while there is none.
        machine: The ports of this machine.

    Raises:
        EngineError: The engine could not tell.
    """
    names = tuple(project.services)
    if engine is not None:
        observed = await engine.observe(project.name)
        held = await find_held(engine, project, observed, machine, services=names)
        taken = {port.host_port for each in await engine.publishers() for port in each.ports}
    else:
        look = (await asyncio.to_thread(look_at_ports, project, names, machine, "")).with_engine((), rootless=False)
        held = judge(project, Observed((), ()), look, services=names)
        taken = set()
    faults = {(each.service, each.port.target): each for each in held}
    taken |= {option.port for option in options}
    checked = []
    for option in options:
        fault = faults.get((option.service, option.target))
        if fault is None:
            checked.append(replace(option, fault="", advice="", offered=0))
            continue
        offered = 0
        if option.variable:
            offered = await asyncio.to_thread(_free, fault.binding, taken, machine)
            taken.add(offered)
        why = say("Port {port} is {why}.", port=option.port, why=fault.why) if fault.why else ""
        checked.append(replace(option, fault=why, advice=fault.advice, offered=offered))
    return tuple(checked)


def _free(binding: Binding, taken: set[int], machine: MachinePorts) -> int:
    """Return a free port in the place of one, or 0; runs in a thread."""
    several = (
        number for number in candidates(binding.port, (*machine.avoided(), machine.privileged())) if number not in taken
    )
    chosen = [number for number, _ in zip(several, range(_TRIED), strict=False)]
    held = {each.port for each in machine.held([replace(binding, port=n) for n in chosen])}
    return next((number for number in chosen if number not in held), 0)
