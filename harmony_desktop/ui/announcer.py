"""What a person who cannot see the window is told of a change, in one breath. Pure."""

from __future__ import annotations

from datetime import datetime

from harmony_desktop.control.state import Operation, ServiceState, StackPhase, StackState, Stage
from harmony_desktop.ui.headline import headline
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.operation_share import done_share
from harmony_desktop.ui.wording import share, spoken_state

#: Services that are named one by one; of more, only the number is told.
_NAMED = 4
#: Parts of an operation that are told when it passes them, in percent.
_MILESTONES = (25, 50, 75)


def announcement(before: StackState, after: StackState, now: datetime) -> str:
    """Return what to say about a change; "" where nothing has changed that matters."""
    said = []
    title = headline(after, now).title
    if title != headline(before, now).title:
        said.append(title)
    said += _of_services(before, after)
    problem = after.problem
    if problem is not None and problem != before.problem:
        said += [told(problem.title), told(problem.cause).partition("\n")[0]]
    said.append(_of_progress(before.operation, after.operation))
    return "\n".join(text for text in said if text)


def _of_services(before: StackState, after: StackState) -> list[str]:
    """Tell of lights that have changed: a start goes through several states that nobody waits for."""
    if StackPhase.LOADED not in {before.phase, after.phase}:
        return []
    changed = [service for service in after.services if _has_changed(before.service(service.name), service)]
    if len(changed) > _NAMED:
        return [trn("{n} service has changed", "{n} services have changed", len(changed))]
    return [_spoken(service) for service in changed]


def _has_changed(before: ServiceState | None, after: ServiceState) -> bool:
    if before is None or Stage.UNKNOWN in {before.stage, after.stage}:
        return False
    return before.light is not after.light


def _spoken(service: ServiceState) -> str:
    state = spoken_state(service)
    if service.stage in {Stage.FAILED, Stage.DEGRADED} and service.reason:
        return tr("{state}, {reason}", state=state, reason=told(service.reason))
    return state


def _of_progress(before: Operation | None, after: Operation | None) -> str:
    if before is None or after is None or (before.kind, before.started_at) != (after.kind, after.started_at):
        return ""
    earlier, later = (round(100 * (done_share(each) or 0.0)) for each in (before, after))
    passed = [mark for mark in _MILESTONES if earlier < mark <= later]
    return tr("{percent} done", percent=share(passed[-1])) if passed and later < 100 else ""
