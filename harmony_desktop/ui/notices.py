"""What is worth telling a person who does not look at the window: from one state to the next. Pure."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from harmony_desktop.control.kinds import EngineStatus, Light, OperationKind, StackPhase, Stage
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui.i18n import capitalised, join_words, told, tr

if TYPE_CHECKING:
    from harmony_desktop.control.state import ServiceState


class Kind(enum.StrEnum):
    """Kinds of notices; each can be switched off. The values are part of the settings' names."""

    READY = "ready"
    FAILED = "failed"
    UPDATE = "update"
    GAMING = "gaming"


class Notice(NamedTuple):
    """A title and a sentence."""

    kind: Kind
    title: str
    text: str


def notices(before: StackState, after: StackState) -> list[Notice]:
    """Return what a change is worth telling."""
    found: list[Notice] = []
    if before.phase is not StackPhase.LOADED or after.phase is not StackPhase.LOADED:
        return found
    ran = any(_works(service) for service in before.services)
    if ran and before.engine.status is EngineStatus.READY and after.engine.status in _GONE:
        return [Notice(Kind.FAILED, tr("Docker has stopped"), tr("Harmony’s services cannot be reached."))]
    failed = [s for s in after.services if s.stage is Stage.FAILED and _was_not(before, s, Stage.FAILED)]
    if failed:
        found.append(_failure(failed))
    elif _all_ready(after) and not _all_ready(before) and _known(before):
        found.append(Notice(Kind.READY, tr("Harmony is ready"), tr("All services answer.")))
    found += _of_gaming(before, after)
    problem = after.problem
    if problem is not None and problem != before.problem and not failed and before.operation is not None:
        found.append(Notice(Kind.FAILED, told(problem.title), told(problem.cause).partition("\n")[0]))
    return found


_GONE = frozenset({EngineStatus.STOPPED, EngineStatus.UNREACHABLE, EngineStatus.ABSENT, EngineStatus.DENIED})


def _of_gaming(before: StackState, after: StackState) -> list[Notice]:
    """Tell when the card is free, and when all is back; what somebody did in a terminal needs no telling."""
    going_on = after.operation or before.operation
    kind = going_on.kind if going_on is not None else None
    record = after.gaming
    was_whole = before.gaming is not None and before.gaming.whole and before.gaming == record
    if kind is OperationKind.FREE and record is not None and record.whole and not was_whole:
        text = tr("The graphics card is free.") if record.card else tr("Memory and processor are free.")
        return [Notice(Kind.GAMING, tr("Gaming mode is on"), text)]
    news = after.gaming_news
    if news is not None and news != before.gaming_news:
        return [Notice(Kind.GAMING, told(news.title), told(news.text))]
    return []


def _works(service: ServiceState) -> bool:
    return service.light in {Light.READY, Light.ATTENTION, Light.BUSY}


def _known(state: StackState) -> bool:
    """Whether the services' stages were known: what is found at the first look is no news."""
    return bool(state.services) and all(s.stage is not Stage.UNKNOWN for s in state.services)


def _all_ready(state: StackState) -> bool:
    return bool(state.services) and all(s.light is Light.READY for s in state.services)


def _was_not(state: StackState, service: ServiceState, stage: Stage) -> bool:
    earlier = state.service(service.name)
    return earlier is not None and earlier.stage not in {stage, Stage.UNKNOWN}


def _failure(failed: list[ServiceState]) -> Notice:
    first = failed[0]
    if len(failed) > 1:
        return Notice(
            Kind.FAILED, tr("Services failed"), tr("{services} failed.", services=join_words([s.title for s in failed]))
        )
    text = capitalised(told(first.reason)) or tr("Its log tells why.")
    return Notice(Kind.FAILED, tr("{service} failed", service=first.title), text)
