"""Before a start: the ports that the containers will publish are free."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace

from harmony_desktop.control.engine_address import engine_host
from harmony_desktop.control.port_records import Binding, MachinePorts, PortHolder, Publisher
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.remedies import RemediableError
from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.plan.steps import Action, Plan
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Port, Project, Service
from harmony_desktop.stack.siblings import named_services
from harmony_desktop.stack.words import say

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: The engine's own program behind a published port.
_PROXY = "docker-proxy"
#: States of containers that have their ports.
HOLDING = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})


class PortsHeldError(RemediableError):
    """Ports that the services publish are somebody else's; the remedy, where there is one, moves them all."""


@dataclass(frozen=True, slots=True)
class HeldPort:
    """A port that a service cannot have.

    Attributes:
        service: The service that would publish it.
        title: Its name for people.
        port: The port.
        binding: Where on the host.
        why: "held by python3 (process 123)", "reserved by the system": what follows "which is".
        advice: What can be done about this very holder, or "".
        reserved: Whether it is the system that keeps it.
    """

    service: str
    title: str
    port: Port
    binding: Binding
    why: str
    advice: str = ""
    reserved: bool = False

    def __str__(self) -> str:
        protocol = "" if self.binding.protocol == "tcp" else f" ({self.binding.protocol.upper()})"
        return say(
            "{title} publishes port {binding}{protocol}, which is {why}.",
            title=self.title,
            binding=self.binding.port,
            protocol=protocol,
            why=self.why,
        )


def bindings(service: Service) -> Iterator[tuple[Port, Binding]]:
    """Yield the service's ports with a place on the host of their own choice; on the host's network nothing is one."""
    for port in () if service.network_mode == "host" else service.ports:
        if port.published:
            yield port, Binding(port.published, port.host_ip, port.protocol)


def to_start(project: Project, observed: Observed, plan: Plan) -> tuple[str, ...]:
    """Return the services with containers that a plan starts and that will publish what the project says.

    A container that was made from other files, and is started as it is, has ports of its own: those the engine tells.
    """
    stale = {c.id for c in observed.containers if c.service in project.services and _differs(c, project)}
    starting = {
        step.service
        for step in plan.steps
        if step.action is Action.CREATE
        or (step.action in {Action.START, Action.RESTART} and step.container_id and step.container_id not in stale)
    }
    return tuple(name for name in project.services if name in starting)


def freed(plan: Plan) -> frozenset[str]:
    """Return the IDs of containers that a plan stops, removes or restarts: they give their ports back."""
    ending = {Action.STOP, Action.REMOVE, Action.RESTART}
    return frozenset(step.container_id for step in plan.steps if step.action in ending and step.container_id)


@dataclass(frozen=True, slots=True)
class PortLook:
    """What was found out about ports.

    Attributes:
        held: Places on this machine where nothing more can listen.
        publishers: The engine's running containers with ports, of all projects.
        forbidden: Ports that an engine without root's rights cannot publish.
    """

    held: Mapping[Binding, PortHolder] = field(default_factory=dict)
    publishers: tuple[Publisher, ...] = ()
    forbidden: range = range(0)

    def with_engine(self, publishers: tuple[Publisher, ...], *, rootless: bool) -> PortLook:
        """Return this look together with what the engine says; one with root's rights may publish any port."""
        return replace(self, publishers=publishers, forbidden=self.forbidden if rootless else range(0))


async def find_held(
    engine: Engine,
    project: Project,
    observed: Observed,
    machine: MachinePorts,
    *,
    services: Collection[str],
    gone: Collection[str] = (),
) -> tuple[HeldPort, ...]:
    """Return the ports that services cannot have, in the order of the project.

    The engine is asked who publishes what, in any project; then each port is tried where it will be published. That
    happens on this machine alone: nothing can be tried on the machine of an engine far away.

    Args:
        engine: The engine.
        project: The project.
        observed: What the engine has of the project.
        machine: The ports of this machine.
        services: The services that are about to start.
        gone: IDs of the project's containers that will have given their ports back by then.

    Raises:
        EngineError: The engine could not tell.
    """
    if not any(True for name in services for _ in bindings(project.services[name])):
        return ()
    look, publishers = await asyncio.gather(
        asyncio.to_thread(look_at_ports, project, services, machine, engine.address), engine.publishers()
    )
    # What it says of itself takes an engine longer than all the rest; few publish ports that make it matter.
    low = any(binding.port in look.forbidden for binding in _wanted(project, services))
    look = look.with_engine(publishers, rootless=low and (await engine.info()).rootless)
    return judge(project, observed, look, services=services, gone=gone)


def _wanted(project: Project, services: Collection[str]) -> set[Binding]:
    return {binding for name in services for _, binding in bindings(project.services[name])}


def look_at_ports(project: Project, services: Collection[str], machine: MachinePorts, address: str) -> PortLook:
    """Return what this machine tells of the ports of services; runs in a thread.

    Args:
        project: The project.
        services: The services.
        machine: The ports of this machine.
        address: The engine's address; "" for one of this machine that does not answer.
    """
    if engine_host(address) not in _LOOPBACK:
        return PortLook()
    return PortLook(machine.held(_wanted(project, services)), forbidden=machine.privileged())


def judge(
    project: Project,
    observed: Observed,
    look: PortLook,
    *,
    services: Collection[str],
    gone: Collection[str] = (),
) -> tuple[HeldPort, ...]:
    """Return the ports that services cannot have; the arguments are those of ``find_held``. Pure."""
    mine = {container.id for container in observed.containers}
    foreign = [publisher for publisher in look.publishers if publisher.id not in mine]
    # Started since the containers were looked at: by an engine that goes on with what somebody began who is gone.
    arrived = [publisher for publisher in look.publishers if publisher.id in mine]
    living = [c for c in observed.containers if c.state in HOLDING]
    found: list[HeldPort] = []
    claimed: dict[Binding, Service] = {}
    for service in (project.services[name] for name in services):
        for port, binding in bindings(service):
            why: str | PortHolder | None = _among_us(project, service, binding, living, gone, claimed)
            claimed.setdefault(binding, service)
            if why is None and any(p.service == service.name and _publishes(p, binding) for p in arrived):
                why = ""
            if why is None:
                why = _elsewhere(binding, foreign, look)
            if isinstance(why, PortHolder):
                found.append(HeldPort(service.name, service.title, port, binding, str(why), why.advice, why.reserved))
            elif why:
                found.append(HeldPort(service.name, service.title, port, binding, why))
    return tuple(found)


def taken_ports(project: Project, publishers: Iterable[Publisher]) -> frozenset[int]:
    """Return the ports that are somebody's, whether they listen now or not."""
    planned = {binding.port for service in project.services.values() for _, binding in bindings(service)}
    return frozenset(planned | {port.host_port for publisher in publishers for port in publisher.ports})


def _differs(container: Container, project: Project) -> bool:
    service = project.services[container.service]
    return container.config_hash != service.config_hash and not named_services(service.spec)


def _among_us(
    project: Project,
    service: Service,
    binding: Binding,
    living: Iterable[Container],
    gone: Collection[str],
    claimed: dict[Binding, Service],
) -> str | None:
    """Return who of the project has the port: "" for the service itself (which may), None for nobody."""
    for other, claimer in claimed.items():
        if claimer.name != service.name and binding.meets(other.port, other.address, other.protocol):
            return say("asked for by {claimer} of this same stack", claimer=claimer.title)
    for container in living:
        if not any(binding.meets(port.host_port, port.host_ip, port.protocol) for port in container.ports):
            continue
        if container.id in gone or container.service == service.name:
            return ""
        known = project.services.get(container.service)
        return say("held by {known} of this same stack", known=known.title if known else container.name)
    return None


def _publishes(publisher: Publisher, binding: Binding) -> bool:
    return any(binding.meets(port.host_port, port.host_ip, port.protocol) for port in publisher.ports)


def _elsewhere(binding: Binding, foreign: Iterable[Publisher], look: PortLook) -> str | PortHolder | None:
    """Return who has the port outside the project. A container's name says more than that of the engine's proxy."""
    for publisher in foreign:
        if _publishes(publisher, binding):
            return str(publisher)
    holder = look.held.get(binding)
    if holder is not None and holder.process == _PROXY:
        return replace(
            holder,
            advice=say(
                "No container of this engine publishes port {port}: Docker may have kept it when it was killed, and "
                "gives it back when it is restarted. Or another Docker engine on this computer has it.",
                port=binding.port,
            ),
        )
    if holder is None and binding.port in look.forbidden:
        first = look.forbidden.stop
        return PortHolder(
            reserved=True,
            advice=say("Docker runs without root’s rights here, and may use ports from {first}.", first=first),
        )
    return holder
