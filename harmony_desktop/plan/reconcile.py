"""From what should run and what there is to what must be done: the plan of ``up``. Pure."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import field

from harmony_desktop.plan.observed import Container, ContainerState, Observed, ObservedNetwork
from harmony_desktop.plan.order import hard_edges, in_start_order, require_services, soft_edges, with_dependencies
from harmony_desktop.plan.steps import Action, Plan, Step
from harmony_desktop.plan.twins import twins, without_twins
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.labels import UNFINISHED, container_name, service_hash
from harmony_desktop.stack.project import Condition, Dependency, MountType, Network, Project, Service
from harmony_desktop.stack.siblings import named_services, with_containers
from harmony_desktop.stack.words import say

#: A container in one of these states needs no start.
_UP = frozenset({ContainerState.RUNNING, ContainerState.RESTARTING})


class Recreate(enum.StrEnum):
    """Which containers are made anew."""

    DIVERGED = "diverged"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What the caller wants of ``up``.

    Attributes:
        services: The services; empty for all. Their dependencies come along.
        recreate: Which containers are made anew.
        remove_orphans: Also remove containers of services that the project no longer has.
        alone: The services only: what they depend on is left as it is.
    """

    services: tuple[str, ...] = ()
    recreate: Recreate = Recreate.DIVERGED
    remove_orphans: bool = False
    alone: bool = False


def reconcile(project: Project, observed: Observed, options: UpOptions | None = None) -> Plan:
    """Return the steps that bring the services up, none when all is as it should be.

    The same input gives the same plan. ``observed.images`` must hold the images of the services.

    Raises:
        HarmonyError: a service, an external network or an external volume is not there, or a name is in use twice.
    """
    options = options or UpOptions()
    names = require_services(project, options.services)
    names = names if options.alone else with_dependencies(project, names)
    return _Reconciler(project, observed, options, names).plan()


@dataclass(slots=True)
class _Reconciler:
    project: Project
    observed: Observed
    options: UpOptions
    names: tuple[str, ...]
    steps: list[Step] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    #: Steps after which the containers of a service run.
    started: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: Steps after which a network or a volume is as it should be, by key.
    prepared: dict[str, str] = field(default_factory=dict)
    #: Steps that leave but one network of a name, by key.
    untwinned: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: Keys of the networks that are made anew.
    renewed_networks: set[str] = field(default_factory=set)
    #: Services with a container that is made anew, for those who share its namespace.
    recreated: dict[str, str] = field(default_factory=dict)

    def plan(self) -> Plan:
        self._networks()
        self._volumes()
        hard, soft = hard_edges(self.project), soft_edges(self.project)
        edges = {name: hard[name] | soft[name] for name in self.names}
        for name in in_start_order(edges):
            if name in self.names:
                self._service(self.project.services[name], soft[name])
        self._orphans()
        return Plan(tuple(self.steps), tuple(self.running), tuple(self.warnings))

    # Networks and volumes

    def _used_networks(self) -> Iterable[Network]:
        keys = {key for name in self.names for key in self.project.services[name].networks}
        return (network for key, network in self.project.networks.items() if key in keys)

    def _remove_twins(self, network: Network) -> None:
        """Remove what bears the same name: as long as there are two, the engine cannot tell which one is meant."""
        cause = "another network has the same name"
        for twin in twins(self.observed).get(network.name, (None, ()))[1]:
            stops = [
                self._stop(container, cause, required=True)
                for container in self.observed.containers
                if twin.id in container.networks.values() and container.state in _UP | {ContainerState.PAUSED}
            ]
            step = Step(f"remove network {twin.id}", Action.REMOVE_NETWORK, twin.id, cause, after=frozenset(stops))
            self.steps.append(step)
            self.untwinned[network.key].append(step.id)

    def _networks(self) -> None:
        there = {network.name: network for network in without_twins(self.observed)}
        for network in self._used_networks():
            found = there.get(network.name)
            if not network.external:
                self._remove_twins(network)
            if network.external:
                if found is None and network.name not in {"host", "none", "bridge"}:
                    raise HarmonyError(
                        say("The network “{network}” is not there", network=network.name),
                        cause=say(
                            "The compose file calls “{key}” external: something else has to make it.", key=network.key
                        ),
                        advice=say(
                            "Create it (docker network create {network}) or start what brings it.", network=network.name
                        ),
                    )
            elif found is None:
                self._prepare_network(network, "not there yet", after=frozenset())
            elif not found.labelled:
                self.warnings.append(
                    say(
                        "The network “{network}” was not made by this project; it is used as it is and will not be "
                        "removed with it.",
                        network=network.name,
                    )
                )
            elif found.config_hash and found.config_hash != network.config_hash:
                self._renew_network(network, found)

    def _prepare_network(self, network: Network, cause: str, after: frozenset[str]) -> None:
        step = Step(f"create network {network.name}", Action.CREATE_NETWORK, network.name, cause, after=after)
        self.steps.append(step)
        self.prepared[network.key] = step.id

    def _renew_network(self, network: Network, found: ObservedNetwork) -> None:
        """Make a network anew: its containers stop and give up their endpoints; they are recreated behind it."""
        cause = f"network {network.key} changed"
        stops = [
            self._stop(container, cause, required=True)
            for container in self.observed.containers
            if found.name in container.networks and container.state in _UP | {ContainerState.PAUSED}
        ]
        removal = Step(
            f"remove network {network.name}",
            Action.REMOVE_NETWORK,
            network.name,
            cause,
            after=frozenset(stops).union(self.untwinned[network.key]),
        )
        self.steps.append(removal)
        self.renewed_networks.add(network.key)
        self._prepare_network(network, cause, after=frozenset({removal.id}))

    def _volumes(self) -> None:
        used = {
            mount.source
            for name in self.names
            for mount in self.project.services[name].mounts
            if mount.type is MountType.VOLUME and mount.source
        }
        there = {volume.name: volume for volume in self.observed.volumes}
        for key, volume in self.project.volumes.items():
            if key not in used:
                continue
            found = there.get(volume.name)
            if volume.external:
                if found is None:
                    raise HarmonyError(
                        say("The volume “{volume}” is not there", volume=volume.name),
                        cause=say("The compose file calls “{key}” external: something else has to make it.", key=key),
                        advice=say(
                            "Create it (docker volume create {volume}) or correct its name.", volume=volume.name
                        ),
                    )
            elif found is None:
                step = Step(f"create volume {volume.name}", Action.CREATE_VOLUME, volume.name, "not there yet")
                self.steps.append(step)
                self.prepared[f"volume {key}"] = step.id
            elif not found.labelled:
                self.warnings.append(
                    say("The volume “{volume}” was not made by this project; it is used as it is.", volume=volume.name)
                )
            elif found.config_hash and found.config_hash != volume.config_hash:
                # Making it anew would lose what is in it: that is never done unasked.
                self.warnings.append(
                    say(
                        "The settings of the volume “{volume}” changed; it keeps the old ones, and so its data.",
                        volume=volume.name,
                    )
                )

    # Services

    def _service(self, service: Service, soft: set[str]) -> None:
        if service.container_name and service.scale > 1:
            raise HarmonyError(
                say("“{service}” cannot run {scale} times", service=service.name, scale=service.scale),
                cause=say(
                    "Its container_name “{container_name}” can be given to one container only.",
                    container_name=service.container_name,
                ),
                advice="Remove container_name, or run it once.",
            )
        before, before_any = self._dependencies(service, soft)
        before |= self._untwinned(service)
        mine = self._settle_leftovers(service)
        keep, surplus = mine[: service.scale], mine[service.scale :]
        for container in surplus:
            self._remove(container, f"{service.scale} wanted")
        for container in keep:
            self._existing(service, container, before, before_any)
        highest = max((container.number for container in mine), default=0)
        for number in range(highest + 1, highest + 1 + service.scale - len(keep)):
            name = container_name(self.project.name, service, number)
            create = self._create(service, name, number, "not there yet")
            self._start(service, name, "not there yet", number, before | {create}, before_any)

    def _settle_leftovers(self, service: Service) -> list[Container]:
        """Return the service's containers by number, after clearing up what an interrupted recreation left."""
        mine = sorted(
            (c for c in self.observed.containers if c.service == service.name and not c.oneoff),
            key=lambda c: (c.number, bool(c.replaces), c.created_at),
        )
        settled: list[Container] = []
        for container in mine:
            wanted = container_name(self.project.name, service, container.number)
            temporary = bool(container.replaces) and container.name != wanted
            twin = any(other.number == container.number for other in settled)
            if container.state in {ContainerState.DEAD, ContainerState.REMOVING}:
                self._remove(container, f"its state is {container.state}")
            elif container.name.endswith(UNFINISHED):
                self._remove(container, "left by an interrupted start")
            elif temporary and twin:
                self._remove(container, "left by an interrupted update")
            elif temporary:
                self.steps.append(
                    Step(
                        f"rename {container.name}",
                        Action.RENAME,
                        container.name,
                        "left by an interrupted update",
                        service=service.name,
                        container_id=container.id,
                        number=container.number,
                        name=wanted,
                    )
                )
                settled.append(container)
            else:
                settled.append(container)
        return settled

    def _existing(
        self, service: Service, container: Container, before: frozenset[str], before_any: frozenset[str]
    ) -> None:
        cause = self._divergence(service, container)
        if cause:
            self._recreate(service, container, cause, before, before_any)
        elif container.state is ContainerState.PAUSED:
            step = Step(
                f"unpause {container.name}",
                Action.UNPAUSE,
                container.name,
                "paused",
                after=before,
                after_any=before_any,
                service=service.name,
                container_id=container.id,
                number=container.number,
            )
            self._add_start(service, step)
        elif container.state in _UP:
            parent = next((d.service for d in service.depends_on if d.restart and d.service in self.recreated), "")
            if parent:
                self._restart(service, container, f"{parent} is made anew", before)
            else:
                self.running.append(container.name)
        else:
            rename = frozenset(step.id for step in self.steps if step.id == f"rename {container.name}")
            name = container_name(self.project.name, service, container.number) if rename else container.name
            self._start(
                service, name, f"it is {container.state}", container.number, before | rename, before_any, container.id
            )

    def _untwinned(self, service: Service) -> frozenset[str]:
        return frozenset(step for key in service.networks for step in self.untwinned.get(key, ()))

    def _divergence(self, service: Service, container: Container) -> str:
        """Return why a container has to be made anew, or ""."""
        image = self.observed.images.get(service.image or "")
        parent = self._namespace_parent(service)
        checks: list[tuple[bool, str]] = [
            (self.options.recreate is Recreate.ALWAYS, "asked for"),
            # Before the hash, which changes with the parent's ID.
            (parent in self.recreated, f"{parent} is made anew"),
            (container.config_hash != self._config_hash(service), "config changed"),
            (image is not None and container.labelled_image_id != image.id, "image changed"),
        ]
        checks += [(key in self.renewed_networks, f"network {key} changed") for key in service.networks]
        checks += [
            (self._network_lost(self.project.networks[key], container), f"network {key} is missing")
            for key in service.networks
            if key in self.project.networks
        ]
        checks += [
            (self.project.volumes[mount.source].name not in container.volumes, f"volume {mount.source} is missing")
            for mount in service.mounts
            if mount.type is MountType.VOLUME and mount.source in self.project.volumes
        ]
        return next((cause for failed, cause in checks if failed), "")

    def _network_lost(self, network: Network, container: Container) -> bool:
        """Whether a container does not join a network as it is now (a network that was made anew has another ID)."""
        joined = container.networks.get(network.name)
        if joined is None:
            return True
        found = next((n for n in without_twins(self.observed) if n.name == network.name), None)
        # A container that never started has no network ID yet.
        return bool(found and joined and found.id and joined != found.id) or (found is None and not network.external)

    def _config_hash(self, service: Service) -> str:
        """Return the hash that a service's container bears; the services that it names count as their containers."""
        if not named_services(service.spec):
            return service.config_hash
        containers = sorted(self.observed.containers, key=lambda container: container.number, reverse=True)
        ids = {container.service: container.id for container in containers if not container.oneoff}
        try:
            return service_hash(with_containers(service.spec, ids))
        except KeyError:
            return service.config_hash

    def _namespace_parent(self, service: Service) -> str:
        mode = service.network_mode or ""
        return mode.removeprefix("service:") if mode.startswith("service:") else ""

    def _recreate(
        self, service: Service, old: Container, cause: str, before: frozenset[str], before_any: frozenset[str]
    ) -> None:
        """Create under a temporary name, stop, remove, rename, start: a failed creation leaves the old one as it is."""
        final = container_name(self.project.name, service, old.number)
        temporary = f"{old.id[:12]}_{final}"
        create = self._create(service, final, old.number, cause, temporary=temporary, replaces=old.id)
        if f"stop {old.name}" in {step.id for step in self.steps}:
            stopped = frozenset({f"stop {old.name}", create})
        elif old.state in _UP | {ContainerState.PAUSED}:
            stopped = frozenset({self._stop(old, cause, required=True, after=frozenset({create}))})
        else:
            stopped = frozenset({create})
        removal = self._removal(old, cause, stopped)
        rename = Step(
            f"rename {temporary}",
            Action.RENAME,
            temporary,
            cause,
            after=frozenset({removal}),
            service=service.name,
            number=old.number,
            name=final,
        )
        self.steps.append(rename)
        self.recreated[service.name] = cause
        self._start(service, final, cause, old.number, before | {rename.id}, before_any)

    # Dependencies

    def _dependencies(self, service: Service, soft: set[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the steps that must have succeeded, and those that must merely have ended."""
        needed: set[str] = set()
        ended: set[str] = set()
        for dependency in service.depends_on:
            if dependency.service not in self.names:
                continue
            steps = set(self.started[dependency.service])
            if dependency.condition is not Condition.STARTED:
                steps = {self._wait(service, dependency, frozenset(steps))}
            (needed if dependency.required else ended).update(steps)
        for kind in ("network_mode", "ipc", "pid"):
            value = service.spec.get(kind)
            if isinstance(value, str) and value.startswith("service:"):
                needed.update(self.started[value.removeprefix("service:")])
        for name in soft:
            ended.update(self.started[name])
        return frozenset(needed), frozenset(ended - needed)

    def _wait(self, service: Service, dependency: Dependency, after: frozenset[str]) -> str:
        identifier = f"wait for {dependency.service} {dependency.condition}"
        optional = f"{identifier} (optional)"
        existing = {step.id for step in self.steps}
        chosen = identifier if dependency.required else optional
        if chosen not in existing:
            self.steps.append(
                Step(
                    chosen,
                    Action.WAIT,
                    dependency.service,
                    f"{service.name} depends on it",
                    after=after,
                    service=dependency.service,
                    condition=dependency.condition,
                    required=dependency.required,
                )
            )
        return chosen

    # Single steps

    def _create(
        self, service: Service, name: str, number: int, cause: str, *, temporary: str = "", replaces: str = ""
    ) -> str:
        after = {self.prepared[key] for key in service.networks if key in self.prepared}
        after |= self._untwinned(service)
        after |= {
            self.prepared[f"volume {mount.source}"]
            for mount in service.mounts
            if f"volume {mount.source}" in self.prepared
        }
        parent = self._namespace_parent(service)
        if parent:
            # The container is created with its parent's ID: that must be the final one.
            after |= set(self.started[parent])
        step = Step(
            f"create {temporary or name}",
            Action.CREATE,
            name,
            cause,
            after=frozenset(after),
            service=service.name,
            number=number,
            name=temporary or name,
            replaces=replaces,
        )
        self.steps.append(step)
        return step.id

    def _start(
        self,
        service: Service,
        name: str,
        cause: str,
        number: int,
        after: frozenset[str],
        after_any: frozenset[str],
        container_id: str = "",
    ) -> None:
        self._add_start(
            service,
            Step(
                f"start {name}",
                Action.START,
                name,
                cause,
                after=after,
                after_any=after_any,
                service=service.name,
                container_id=container_id,
                number=number,
            ),
        )

    def _restart(self, service: Service, container: Container, cause: str, after: frozenset[str]) -> None:
        step = Step(
            f"restart {container.name}",
            Action.RESTART,
            container.name,
            cause,
            after=after | frozenset(self.started[service.name]),
            service=service.name,
            container_id=container.id,
            number=container.number,
        )
        self._add_start(service, step)

    def _add_start(self, service: Service, step: Step) -> None:
        self.steps.append(step)
        self.started[service.name].append(step.id)

    def _stop(self, container: Container, cause: str, *, required: bool, after: frozenset[str] = frozenset()) -> str:
        step = Step(
            f"stop {container.name}",
            Action.STOP,
            container.name,
            cause,
            after=after,
            service=container.service,
            container_id=container.id,
            number=container.number,
            required=required,
        )
        if step.id not in {existing.id for existing in self.steps}:
            self.steps.append(step)
        return step.id

    def _remove(self, container: Container, cause: str) -> None:
        stopped: frozenset[str] = frozenset()
        if container.state in _UP | {ContainerState.PAUSED}:
            stopped = frozenset({self._stop(container, cause, required=True)})
        self._removal(container, cause, stopped)

    def _removal(self, container: Container, cause: str, after: frozenset[str]) -> str:
        step = Step(
            f"remove {container.name}",
            Action.REMOVE,
            container.name,
            cause,
            after=after,
            service=container.service,
            container_id=container.id,
            number=container.number,
        )
        self.steps.append(step)
        return step.id

    def _orphans(self) -> None:
        known = {*self.project.services, *self.project.disabled}
        orphans = [c for c in self.observed.containers if c.service not in known and not c.oneoff]
        if not orphans:
            return
        if self.options.remove_orphans:
            for container in orphans:
                self._remove(container, "its service is no longer in the project")
        else:
            names = ", ".join(container.name for container in orphans)
            self.warnings.append(
                say(
                    "These containers belong to services that the project no longer has: {names}. Use --remove-orphans "
                    "to remove them.",
                    names=names,
                )
            )
