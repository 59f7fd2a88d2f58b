"""The plans of ``stop``, ``down``, ``start`` and ``restart``. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.plan.order import hard_edges, in_start_order, require_services, with_dependants
from harmony_desktop.plan.steps import Action, Plan, Step
from harmony_desktop.plan.twins import twins
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Network, Project, Volume
from harmony_desktop.stack.words import say

_ALIVE = frozenset({ContainerState.RUNNING, ContainerState.RESTARTING, ContainerState.PAUSED})


def plan_stop(project: Project, observed: Observed, services: Iterable[str] = ()) -> Plan:
    """Stop the services' containers, dependants first, independent ones at the same time."""
    names = set(require_services(project, services))
    containers = [c for c in observed.containers if c.service in names and not c.oneoff]
    return Plan(tuple(_stops(project, containers, "asked for").values()))


def plan_down(project: Project, observed: Observed, *, volumes: bool = False, remove_orphans: bool = False) -> Plan:
    """Stop and remove everything of the project; volumes only when asked.

    Networks that are still in use by others stay, with a warning.
    """
    known = {*project.services, *project.disabled}
    containers = [c for c in observed.containers if c.service in known or remove_orphans]
    left = [c.name for c in observed.containers if c not in containers]
    stops = _stops(project, containers, "down")
    removals = [
        Step(
            f"remove {container.name}",
            Action.REMOVE,
            container.name,
            "down",
            after=frozenset({stops[container.id].id}) if container.id in stops else frozenset(),
            service=container.service,
            container_id=container.id,
            number=container.number,
        )
        for container in containers
    ]
    gone = frozenset(step.id for step in removals)
    ambiguous = twins(observed)
    networks = [
        Step(
            f"remove network {network.id if network.name in ambiguous else network.name}",
            Action.REMOVE_NETWORK,
            network.id if network.name in ambiguous else network.name,
            "down",
            after_any=gone,
            required=False,
        )
        for network in observed.networks
        if network.labelled and not _external(project.networks.values(), network.name)
    ]
    doomed = [
        Step(f"remove volume {volume.name}", Action.REMOVE_VOLUME, volume.name, "asked for", after=gone)
        for volume in observed.volumes
        if volumes and volume.labelled and not _external(project.volumes.values(), volume.name)
    ]
    warnings: tuple[str, ...] = ()
    if left:
        warnings = (
            f"These containers belong to services that the project no longer has: {', '.join(left)}. "
            "Use --remove-orphans to remove them.",
        )
    return Plan((*stops.values(), *removals, *networks, *doomed), warnings=warnings)


def plan_start(project: Project, observed: Observed, services: Iterable[str] = ()) -> Plan:
    """Start containers that are there, in dependency order; creates none.

    Raises:
        HarmonyError: a service that was asked for has no container.
    """
    chosen = tuple(services)
    names = require_services(project, chosen)
    mine = [c for c in observed.containers if c.service in names and not c.oneoff]
    missing = [name for name in names if not any(c.service == name for c in mine)]
    if missing and (chosen or len(missing) == len(names)):
        raise HarmonyError(
            say("There is no container to start for {names}", names=", ".join(missing)),
            cause="It has not been created yet.",
            advice="Use “up”, which creates what is missing.",
        )
    started: dict[str, set[str]] = defaultdict(set)
    steps: list[Step] = []
    running: list[str] = []
    hard = hard_edges(project)
    for name in in_start_order(hard):
        for container in (c for c in mine if c.service == name):
            if container.state in {ContainerState.RUNNING, ContainerState.RESTARTING}:
                running.append(container.name)
                continue
            action = Action.UNPAUSE if container.state is ContainerState.PAUSED else Action.START
            before = frozenset(step for needed in hard[name] for step in started[needed])
            step = _act(action, container, f"it is {container.state}", before)
            steps.append(step)
            started[name].add(step.id)
    return Plan(tuple(steps), tuple(running))


def plan_restart(project: Project, observed: Observed, services: Iterable[str] = ()) -> Plan:
    """Restart the services' containers in dependency order; stopped ones are started.

    A service whose dependency is restarted for ``depends_on`` with ``restart: true`` comes along.
    """
    names = set(require_services(project, services))
    names |= {
        name
        for name, service in project.services.items()
        if any(d.restart and d.service in names for d in service.depends_on)
    }
    restarted: dict[str, set[str]] = defaultdict(set)
    steps: list[Step] = []
    hard = hard_edges(project)
    for name in in_start_order(hard):
        for container in (c for c in observed.containers if c.service == name and name in names and not c.oneoff):
            before = frozenset(step for needed in hard[name] for step in restarted[needed])
            step = _act(Action.RESTART, container, "asked for", before)
            steps.append(step)
            restarted[name].add(step.id)
    return Plan(tuple(steps))


def _stops(project: Project, containers: Iterable[Container], cause: str) -> dict[str, Step]:
    """Return the stop of each living container by its ID: a service stops after all that depend on it."""
    alive = [c for c in containers if c.state in _ALIVE]
    by_service: dict[str, list[Container]] = defaultdict(list)
    for container in alive:
        by_service[container.service].append(container)
    hard = hard_edges(project)
    order = [*(s for s in by_service if s not in hard), *reversed(in_start_order(hard))]
    steps: dict[str, Step] = {}
    for name in order:
        dependants = [other for other in with_dependants(project, [name]) if other != name]
        before = frozenset(steps[c.id].id for other in dependants for c in by_service.get(other, ()) if c.id in steps)
        for container in by_service.get(name, ()):
            # A dependant that cannot be stopped does not keep the others alive.
            steps[container.id] = _act(Action.STOP, container, cause, after_any=before)
    return steps


def _act(
    action: Action,
    container: Container,
    cause: str,
    after: frozenset[str] = frozenset(),
    after_any: frozenset[str] = frozenset(),
) -> Step:
    return Step(
        f"{action} {container.name}",
        action,
        container.name,
        cause,
        after=after,
        after_any=after_any,
        service=container.service,
        container_id=container.id,
        number=container.number,
    )


def _external(declared: Iterable[Network | Volume], name: str) -> bool:
    return any(item.external and item.name == name for item in declared)
