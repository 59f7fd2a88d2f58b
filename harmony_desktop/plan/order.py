"""The order of services: who must come before whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


def require_services(project: Project, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, checked, or all of the project's services when none is given.

    Raises:
        HarmonyError: a name is no service of the project.
    """
    chosen = tuple(dict.fromkeys(names))
    for name in chosen:
        if name in project.services:
            continue
        if name in project.disabled:
            raise HarmonyError(
                say("The service “{name}” is switched off", name=name),
                cause="It belongs to a profile that is not active.",
                advice="Activate its profile with --profile.",
            )
        raise HarmonyError(
            say("There is no service “{name}”", name=name),
            cause=say("The project “{project}” has: {names}.", project=project.name, names=", ".join(project.services)),
            advice="Check the spelling.",
        )
    return chosen or tuple(project.services)


def with_dependencies(project: Project, names: Iterable[str]) -> tuple[str, ...]:
    """Return the services and everything that they depend on, in the project's order."""
    wanted: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name in wanted or name not in project.services:
            continue
        wanted.add(name)
        queue += [dependency.service for dependency in project.services[name].depends_on]
        queue += _namespace_parents(project, name)
    return tuple(name for name in project.services if name in wanted)


def with_dependants(project: Project, names: Iterable[str]) -> tuple[str, ...]:
    """Return the services and everything that depends on them, in the project's order."""
    wanted = set(names)
    grown = True
    while grown:
        grown = False
        for name, service in project.services.items():
            if name not in wanted and any(d.service in wanted for d in service.depends_on):
                wanted.add(name)
                grown = True
    return tuple(name for name in project.services if name in wanted)


def hard_edges(project: Project) -> dict[str, set[str]]:
    """Return for each service those that it declares: ``depends_on`` and shared namespaces."""
    edges: dict[str, set[str]] = {}
    for name, service in project.services.items():
        edges[name] = {d.service for d in service.depends_on if d.service in project.services}
        edges[name].update(_namespace_parents(project, name))
    return edges


def soft_edges(project: Project) -> dict[str, set[str]]:
    """Return for each service those that it calls without declaring it (``x-harmony.uses``).

    Calls that would close a circle with what is declared, or with one another, are left out: they order nothing.
    """
    reach = hard_edges(project)
    soft: dict[str, set[str]] = {name: set() for name in project.services}
    for name, service in project.services.items():
        for use in service.presentation.uses:
            target = use.service
            if target not in project.services or target in reach[name] or name in _reachable(reach, target):
                continue
            soft[name].add(target)
            reach[name].add(target)
    return soft


def in_start_order(edges: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the services so that each stands behind those it needs; otherwise in the given order."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in ordered or name in path:
            return
        for needed in sorted(edges.get(name, ())):
            visit(needed, (*path, name))
        ordered[name] = None

    for name in edges:
        visit(name, ())
    return tuple(ordered)


def _reachable(edges: Mapping[str, Collection[str]], start: str) -> set[str]:
    seen: set[str] = set()
    queue = [start]
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += edges.get(name, ())
    return seen


def _namespace_parents(project: Project, name: str) -> list[str]:
    """Services whose network, IPC or PID namespace this one joins (``service:NAME``)."""
    spec = project.services[name].spec
    parents = []
    for key in ("network_mode", "ipc", "pid"):
        value = spec.get(key)
        if isinstance(value, str) and value.startswith("service:"):
            parent = value.removeprefix("service:")
            if parent in project.services:
                parents.append(parent)
    return parents
