"""From the state to what the banner says: what went wrong, why, and what can be done. Pure functions."""

from __future__ import annotations

from typing import NamedTuple

from harmony_desktop.control.kinds import EngineStatus, Light, StackPhase, Stage
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.control.state import ServiceState
from harmony_desktop.ui.headline import Choice, Deed, can_act, culprits
from harmony_desktop.ui.i18n import join_words, told, tr
from harmony_desktop.ui.log_text import clean

_EVIDENCE_LINES = 3
_EVIDENCE_LENGTH = 160


class Fault(NamedTuple):
    """What the banner says.

    Attributes:
        title: What went wrong.
        text: Cause and advice, one or more lines.
        evidence: Lines of log that tell of it.
        choices: What can be done, the best one last.
        dismissable: Whether the user can put it away (a lasting state cannot be).
        light: FAILED or ATTENTION.
    """

    title: str
    text: str = ""
    evidence: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    dismissable: bool = False
    light: Light = Light.FAILED


def fault(state: StackState) -> Fault | None:
    """Return what the banner says, or None. A told problem comes before what a light shows."""
    problem = state.problem
    if problem is not None:
        lines = [told(text) for text in (problem.cause, problem.advice) if text]
        about = state.service(problem.service) if problem.service else None
        choices = _remedies(state, about) if about is not None else ()
        if not state.operation:
            offered = [Choice(Deed.REMEDY, told(remedy.label), remedy.id) for remedy in problem.remedies]
            lines += [told(remedy.explanation) for remedy in problem.remedies if remedy.explanation]
            # What is offered for this very fault is better than what fits any.
            choices = (*(choices[:1] if offered else choices), *reversed(offered))
        return Fault(
            title=told(problem.title),
            text="\n".join(lines),
            evidence=_evidence(about) if about is not None else (),
            choices=choices,
            dismissable=True,
        )
    if state.phase is not StackPhase.LOADED or state.engine.status is not EngineStatus.READY or state.operation:
        return None
    failed = [s for s in state.services if s.stage is Stage.FAILED]
    if not failed:
        return None
    first = _gravest(state, failed)
    title = tr("{service} failed", service=first.title)
    if first.reason:
        title = tr("{service} failed: {reason}", service=first.title, reason=told(first.reason))
    lines = [told(first.advice)] if first.advice else []
    if first.exit_code is not None:
        lines.append(tr("It ended with exit code {code}.", code=first.exit_code))
    dragged = [s.title for s in failed if first.name in s.roots]
    others = [s.title for s in failed if s is not first and first.name not in s.roots]
    if dragged:
        lines.append(tr("{services} failed because of that.", services=join_words(dragged)))
    if others:
        lines.append(tr("{services} failed too.", services=join_words(others)))
    choices = _remedies(state, first)
    if len(failed) == len(state.services):
        choices = choices[:1]  # one service alone is no remedy: Start, above, is
    return Fault(title, " ".join(lines), _evidence(first), choices)


def _gravest(state: StackState, failed: list[ServiceState]) -> ServiceState:
    """Return the failure to tell of: its own fault, and the one from which most others suffer."""
    own = culprits(failed)
    return max(own, key=lambda service: sum(service.name in other.roots for other in state.services))


def _evidence(service: ServiceState) -> tuple[str, ...]:
    """Return the last lines that tell of a failure, short enough for a banner."""
    lines = [clean(line).strip() for line in service.evidence]
    shown = [line for line in lines if line][-_EVIDENCE_LINES:]
    return tuple(line if len(line) <= _EVIDENCE_LENGTH else line[: _EVIDENCE_LENGTH - 1] + "…" for line in shown)


def _remedies(state: StackState, service: ServiceState) -> tuple[Choice, ...]:
    show = Choice(Deed.SHOW_LOG, tr("Show log"), service.name)
    if service.stage is not Stage.FAILED or not can_act(state):
        return (show,)
    root = next((found for name in service.roots if (found := state.service(name)) is not None), None)
    if root is not None and root.stage in {Stage.STOPPED, Stage.ABSENT}:
        # Restarting the one that suffers would change nothing.
        return (show, Choice(Deed.START, tr("Start {service}", service=root.title), root.name))
    return (show, Choice(Deed.RESTART_SERVICE, tr("Restart {service}", service=service.title), service.name))
