"""When another tool changes the stack meanwhile: look again, plan anew, a bounded number of times.

The lock keeps programs of ours apart. The official Compose, or somebody with the ``docker`` command, knows nothing of
it: what a plan was made from may be gone, or in the way, when a step comes to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from harmony_desktop.control.executor import PlanError
from harmony_desktop.control.ports import Clock, ConflictError, EngineError, RegistryError
from harmony_desktop.plan.observed import Observed
from harmony_desktop.plan.steps import Action
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

T = TypeVar("T")

#: Seconds before each further attempt: the other tool may need a moment to be through.
PAUSES = (0.0, 0.5, 1.5)
#: Not there any more, or in the way.
_STATUSES = frozenset({404, 409})
#: The same, said by the engine under other statuses.
_WORDS = ("is ambiguous", "has active endpoints", say("is being removed"), "marked for removal")


async def replanned(
    attempt: Callable[[], Awaitable[T]],
    look: Callable[[], Awaitable[Observed]],
    *,
    clock: Clock,
    note: Callable[[str], None],
) -> T:
    """Return what an attempt returns; it looks, plans and acts, and is repeated when others are at work meanwhile.

    A fault that stands in an unchanged stack is nobody else's doing: it is told. Names of containers are waited for
    once all the same: an engine takes a name when it begins to create a container and lists it when it has, and what
    begins may be a call that was given up.

    Args:
        attempt: Looks, plans and acts. Raises HarmonyError.
        look: Returns what the engine has.
        clock: Time.
        note: Is told that it begins again.
    """
    before: str | None = None
    waited = False
    for pause in PAUSES:
        try:
            return await attempt()
        except HarmonyError as error:
            if not _may_be_others(error):
                raise
            now = fingerprint(await look())
            if now == before and (waited or not _is_name_taken(error)):
                raise
            changed, before = now != before, now
        if changed:
            note(say("The stack changed meanwhile: looking again…"))
        if pause:
            await clock.sleep(pause)
            waited = True
    return await attempt()


def fingerprint(observed: Observed) -> str:
    """Return what tells one look from another that is worth a new plan."""
    things = [f"{c.id} {c.name} {c.state} {sorted(c.networks.items())}" for c in observed.containers]
    things += [f"{network.id} {network.name}" for network in observed.networks]
    things += [volume.name for volume in observed.volumes]
    return "\n".join(sorted(things))


def _is_name_taken(error: HarmonyError) -> bool:
    failures = error.failures if isinstance(error, PlanError) else ()
    return any(step.action is Action.CREATE and isinstance(fault, ConflictError) for step, fault in failures)


def _may_be_others(error: HarmonyError) -> bool:
    errors = [fault for _, fault in error.failures] if isinstance(error, PlanError) else [error]
    return any(
        isinstance(fault, EngineError)
        and not isinstance(fault, RegistryError)
        and (fault.status in _STATUSES or any(word in fault.cause for word in _WORDS))
        for fault in errors
    )
