"""A held port, found before a start or told by the engine during it, as an error with a way out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from harmony_desktop.control.executor import PlanError
from harmony_desktop.control.port_check import HOLDING, HeldPort, PortsHeldError, bindings, find_held, freed, to_start
from harmony_desktop.control.ports import Engine, EngineError
from harmony_desktop.control.snapshot import look
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Observed
from harmony_desktop.plan.steps import Action, Plan
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

#: What engines say of a port that they could not publish: the sources of Docker and of Docker Desktop. The engine
#: has neither a status nor a type for it.
_TAKEN = re.compile(
    r"port is already allocated|address already in use|Ports are not available|forbidden by its access permissions"
    r"|cannot expose privileged port",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:^|[\s(])(?:tcp[46]? |udp[46]? )?(?:\d+\.\d+\.\d+\.\d+|\[?[0-9a-f:]*::[0-9a-f]*\]?):(\d{1,5})\b"
)
#: Seconds that the ports of a container which has ended may stay held, and seconds between two looks.
LINGER = 3.0
_PERIOD = 0.2
_PRIVILEGED = re.compile(r"privileged port (\d{1,5})")


async def require_ports(engine: Engine, project: Project, observed: Observed, plan: Plan, tools: Tools) -> None:
    """Check the ports of what a plan is about to start.

    Raises:
        PortsHeldError: Some are held; it names them, their holders, and free ones.
        HarmonyError: A service shall run several times, and all its containers would publish the same port.
    """
    services = to_start(project, observed, plan)
    _require_one_each(project, services)
    held = await find_held(engine, project, observed, tools.ports, services=services, gone=freed(plan))
    # A container that has just ended lets go of its ports a moment later: a start that was killed, or a stop by another
    # tool, leaves such.
    give_up = tools.clock.now() + LINGER
    while held and _may_linger(observed, held) and tools.clock.now() < give_up:
        await tools.clock.sleep(_PERIOD)
        held = await find_held(engine, project, observed, tools.ports, services=services, gone=freed(plan))
    if held:
        raise await _held_error(engine, project, held, tools)


async def told_as_held(
    error: PlanError, engine: Engine, project: Project, before: Observed, plan: Plan, tools: Tools
) -> HarmonyError:
    """Return what the failure of a plan was, if it was a port that somebody took after it was checked.

    Args:
        error: The failure.
        engine: The engine.
        project: The project.
        before: What the engine had when the plan was made.
        plan: The plan that failed.
        tools: The machine's side.
    """
    told = {
        step.service: failure.cause
        for step, failure in error.failures
        if step.action in {Action.START, Action.RESTART} and _is_taken(failure)
    }
    if not told:
        return error
    try:
        observed = await look(engine, project, images=False)
        # Those included that did not come to their turn: one remedy for all.
        services = to_start(project, before, plan)
        names = [name for name in project.services if name in told or name in services]
        held = await find_held(engine, project, observed, tools.ports, services=names)
        known = {item.service for item in held}
        held += tuple(
            item for name, cause in told.items() if name not in known for item in _from_words(project, name, cause)
        )
        return await _held_error(engine, project, held, tools) if held else error
    except EngineError:
        return error


def _may_linger(observed: Observed, held: Collection[HeldPort]) -> bool:
    """Whether a container of each of these services is there that does not run (any more)."""
    ended = {c.service for c in observed.containers if c.state not in HOLDING}
    return all(item.service in ended and not item.reserved for item in held)


def _require_one_each(project: Project, services: Collection[str]) -> None:
    for name in services:
        service = project.services[name]
        fixed = [str(port.published) for port, _ in bindings(service)]
        if service.scale > 1 and fixed:
            raise HarmonyError(
                say("“{name}” cannot run {scale} times", name=name, scale=service.scale),
                cause=say(
                    "Each of its containers would publish port {names}, and only one can have it.",
                    names=", ".join(fixed),
                ),
                advice="Run it once, or let its ports in the compose file name no port of the host.",
            )


def _is_taken(failure: HarmonyError) -> bool:
    return isinstance(failure, EngineError) and bool(_TAKEN.search(failure.cause))


def _from_words(project: Project, name: str, cause: str) -> tuple[HeldPort, ...]:
    """Return the port that the engine's words name: whoever had it has gone meanwhile, or cannot be seen from here."""
    numbers = {int(number) for pattern in (_ADDRESS, _PRIVILEGED) for number in pattern.findall(cause)}
    service = project.services[name]
    return tuple(
        HeldPort(name, service.title, port, binding, say("held by a program that cannot be seen from here"))
        for port, binding in bindings(service)
        if binding.port in numbers
    )


async def _held_error(engine: Engine, project: Project, held: Sequence[HeldPort], tools: Tools) -> PortsHeldError:
    from harmony_desktop.control.port_offer import held_error  # noqa: PLC0415 - brings YAML, for a rare case

    return await held_error(engine, project, held, tools)
