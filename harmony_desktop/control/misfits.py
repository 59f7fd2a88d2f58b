"""Containers that cannot start any more because of what was once mounted into them.

Where a file was missing, Docker makes a folder of it, on the computer and within the container. When the file has been
put back, the folder within is still there, and the container refuses to start: it has to be made anew.
"""

from __future__ import annotations

from harmony_desktop.control.executor import PlanError
from harmony_desktop.plan.steps import Action, Plan

#: What the container runtime says of a file that is mounted where a folder stands, and the other way round.
_MISFIT = "trying to mount a directory onto a file"


def misfits(error: PlanError, plan: Plan) -> tuple[str, ...]:
    """Return the services whose containers, made earlier, have to be made anew; none when anything else failed too.

    Args:
        error: Why the plan failed.
        plan: The plan.
    """
    created = {step.service for step in plan.steps if step.action is Action.CREATE}
    found = {
        step.service
        for step, fault in error.failures
        if step.action is Action.START and step.service not in created and _MISFIT in fault.cause
    }
    return tuple(sorted(found)) if len(found) == len(error.failures) else ()
