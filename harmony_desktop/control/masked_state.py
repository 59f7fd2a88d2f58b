"""The words of the state are the panel's own: masked on their way to the window, the tray and ``ps``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from harmony_desktop.control.ports import ContextChoice
from harmony_desktop.control.state import EngineState, Problem, ServiceState

Mask: TypeAlias = Callable[[str], str]


def masked_changes(changes: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return changes of a StackState with their words masked; what holds no words is passed on as it is."""
    return {name: _MASKED[name](value, mask) if name in _MASKED else value for name, value in changes.items()}


def masked_service(service: ServiceState, mask: Mask) -> ServiceState:
    """Return a service's state with its reason, advice and quoted lines of log masked."""
    if not (service.reason or service.advice or service.evidence):
        return service
    return replace(
        service,
        reason=mask(service.reason),
        advice=mask(service.advice),
        evidence=tuple(mask(line) for line in service.evidence),
    )


def _contexts(contexts: ContextChoice, mask: Mask) -> ContextChoice:
    """Mask what contexts say of themselves: an address may hold a password."""
    options = (
        replace(one, address=mask(one.address), description=mask(one.description), fault=mask(one.fault))
        for one in contexts.options
    )
    return replace(contexts, options=tuple(options), overruled=mask(contexts.overruled))


def _problem(problem: Problem | None, mask: Mask) -> Problem | None:
    if problem is None:
        return None
    return replace(problem, title=mask(problem.title), cause=mask(problem.cause), advice=mask(problem.advice))


def _engine(engine: EngineState, mask: Mask) -> EngineState:
    return replace(engine, reason=mask(engine.reason), advice=mask(engine.advice)) if engine.reason else engine


_MASKED: Mapping[str, Callable[[Any, Mask], Any]] = {
    "problem": _problem,
    "engine": _engine,
    "contexts": _contexts,
    "warnings": lambda warnings, mask: tuple(mask(text) for text in warnings),
    "services": lambda services, mask: tuple(masked_service(service, mask) for service in services),
}
