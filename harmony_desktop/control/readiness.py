"""Keeps what has been seen of each container's life, and makes the services' states of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from harmony_desktop.control.health import Findings, Sighting, Verdict, assess, may_be_used
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.ports import Event
from harmony_desktop.control.probes import Answer, ask, probe_port
from harmony_desktop.control.state import ContainerView, PageLink, ServiceState, Stage, UseLink
from harmony_desktop.plan.observed import Container, ContainerState, Observed, PublishedPort
from harmony_desktop.stack.project import Probe, Project, Service

#: Lines of log that are shown with a failure.
EVIDENCE_LINES = 12
_SIGKILL = "9"
#: Where the published ports of an engine on this computer are reached.
LOCAL_ADDRESS = "127.0.0.1"


@dataclass(slots=True)
class _Life:
    """One life of one container: from a start to the next."""

    findings: Findings | None = None
    was_ready: bool = False


@dataclass(slots=True)
class Readiness:
    """The memory behind the lights of one project.

    Args:
        project: The project.
        logs: Where the evidence of a failure is found.
        address: The host on which published ports are reached (the engine's; loopback for a local one).
    """

    project: Project
    logs: LogBook
    address: str = "127.0.0.1"
    _lives: dict[tuple[str, datetime | None], _Life] = field(default_factory=dict)
    _told: dict[str, bool] = field(default_factory=dict)
    _since: dict[str, tuple[Stage, datetime]] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Remember from an event whether a container's end was asked for."""
        if event.type != "container":
            return
        if event.action == "kill":
            # A stop begins with the stop signal; SIGKILL alone is nobody's polite request.
            self._told[event.id] = event.attributes.get("signal", "") != _SIGKILL or self._told.get(event.id, False)
        elif event.action == "stop":
            self._told[event.id] = True
        elif event.action in {"start", "oom"}:
            self._told[event.id] = False
        elif event.action == "destroy":
            self._told.pop(event.id, None)

    async def probe(self, observed: Observed) -> None:
        """Ask all running containers at the same time; each question has its time limit."""
        running = [
            (self.project.services[c.service], c)
            for c in observed.containers
            if c.state is ContainerState.RUNNING and c.service in self.project.services and not c.oneoff
        ]
        found = await asyncio.gather(*(self._probe_one(service, c) for service, c in running))
        for (_, container), findings in zip(running, found, strict=True):
            self._life(container).findings = findings

    def states(self, observed: Observed | None, unknown: str = "") -> tuple[ServiceState, ...]:
        """Return the state of each service, callers first.

        Args:
            observed: What the engine has, or None while that is not known: then all services are unknown.
            unknown: Why it is not known.
        """
        now = datetime.now(UTC)
        services = [self.project.services[name] for name in callers_first(self.project)]
        if observed is None:
            return tuple(self._state(service, Verdict(Stage.UNKNOWN, unknown), (), now) for service in services)
        self._forget(observed)
        verdicts: dict[str, Verdict] = {}
        containers: dict[str, tuple[Container, ...]] = {}
        for service in services:
            mine = tuple(c for c in observed.containers if c.service == service.name and not c.oneoff)
            containers[service.name] = mine
            verdicts[service.name] = assess(service, [self._sighting(service, c) for c in mine], now)
            if verdicts[service.name].stage is Stage.READY:
                for container in mine:
                    self._life(container).was_ready = True
        return tuple(
            self._state(service, self._limited(service, verdicts), containers[service.name], now)
            for service in services
        )

    def _limited(self, service: Service, verdicts: Mapping[str, Verdict]) -> Verdict:
        verdict = verdicts[service.name]
        if not may_be_used(verdict.stage, probed=bool(service.presentation.probes)):
            return verdict
        for name in used_services(service):
            used = self.project.services.get(name)
            if used and not may_be_used(verdicts[name].stage, probed=bool(used.presentation.probes)):
                return Verdict(Stage.LIMITED, f"{used.title} {_plain(verdicts[name].stage)}", verdicts[name].since)
        return verdict

    def _sighting(self, service: Service, container: Container) -> Sighting:
        life = self._life(container)
        ended = container.state not in {ContainerState.RUNNING, ContainerState.PAUSED}
        return Sighting(
            container,
            life.findings if container.state is ContainerState.RUNNING else None,
            life.was_ready,
            self._told.get(container.id),
            self.logs.tail(service.name, EVIDENCE_LINES) if ended else (),
        )

    def _state(
        self, service: Service, verdict: Verdict, containers: tuple[Container, ...], now: datetime
    ) -> ServiceState:
        failed = verdict.stage is Stage.FAILED
        return ServiceState(
            name=service.name,
            title=service.title,
            description=service.presentation.description,
            stage=verdict.stage,
            reason=verdict.reason,
            since=self._when(service.name, verdict, now),
            probed=bool(service.presentation.probes),
            containers=tuple(ContainerView(c.id, c.name, c.state, c.image, c.ports) for c in containers),
            pages=self._pages(service, containers),
            declared_ports=tuple(port.published for port in service.ports if port.published),
            uses=tuple(UseLink(use.service, use.purpose) for use in service.presentation.uses),
            depends_on=tuple(dependency.service for dependency in service.depends_on),
            evidence=self.logs.tail(service.name, EVIDENCE_LINES) if failed else (),
            exit_code=verdict.exit_code,
            image=service.image or "",
            advice=verdict.advice,
        )

    def _when(self, name: str, verdict: Verdict, now: datetime) -> datetime:
        """Return when the stage began: as the engine tells, else when it was first seen."""
        if verdict.since is not None:
            self._since[name] = (verdict.stage, verdict.since)
        elif self._since.get(name, (None, now))[0] is not verdict.stage:
            self._since[name] = (verdict.stage, now)
        return self._since[name][1]

    def _life(self, container: Container) -> _Life:
        started = container.detail.started_at if container.detail else None
        return self._lives.setdefault((container.id, started), _Life())

    def _forget(self, observed: Observed) -> None:
        current = {(c.id, c.detail.started_at if c.detail else None) for c in observed.containers}
        for key in [key for key in self._lives if key not in current]:
            del self._lives[key]

    async def _probe_one(self, service: Service, container: Container) -> Findings:
        published = {port.target: port for port in container.ports if port.protocol == "tcp"}
        asked = [probe for probe in service.presentation.probes if probe.port in published]
        # An HTTP answer shows that its port is open: only the others need a connection of their own.
        plain = [port for port in published if port not in {probe.port for probe in asked}]
        answers, opened = await asyncio.gather(
            asyncio.gather(*(ask(self._host(published[p.port]), published[p.port].host_port, p) for p in asked)),
            asyncio.gather(*(probe_port(self._host(published[t]), published[t].host_port) for t in plain)),
        )
        by_probe: dict[Probe, Answer] = dict(zip(asked, answers, strict=True))
        ports = {target: answer.open for target, answer in zip(plain, opened, strict=True)}
        for probe, answer in by_probe.items():
            ports[probe.port] = ports.get(probe.port, True) and answer.open
        return Findings(ports, by_probe)

    def _host(self, port: PublishedPort) -> str:
        if port.host_ip in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared, not bound to
            return self.address
        return port.host_ip

    def _pages(self, service: Service, containers: tuple[Container, ...]) -> tuple[PageLink, ...]:
        published = {port.target: port for c in containers for port in c.ports if port.protocol == "tcp"}
        return tuple(
            PageLink(page.title, f"http://{_url_host(self._host(port))}:{port.host_port}{page.path}")
            for page in service.presentation.pages
            if (port := published.get(page.port)) is not None
        )


def used_services(service: Service) -> tuple[str, ...]:
    """Return the services that this one calls or declares as dependencies, without doubles."""
    return tuple(
        dict.fromkeys([use.service for use in service.presentation.uses] + [d.service for d in service.depends_on])
    )


def callers_first(project: Project) -> tuple[str, ...]:
    """Return the services so that those whom nobody calls come first, each followed by those it calls."""
    called = {name for service in project.services.values() for name in used_services(service)}
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in ordered or name not in project.services:
            return
        ordered[name] = None
        for used in used_services(project.services[name]):
            visit(used)

    for name in project.services:
        if name not in called:
            visit(name)
    for name in project.services:
        visit(name)
    return tuple(ordered)


def engine_host(address: str) -> str:
    """Return the host on which a container's published ports are reached, from the engine's address."""
    parts = urlsplit(address)
    remote = parts.scheme in {"tcp", "http", "https", "ssh"}
    return parts.hostname or LOCAL_ADDRESS if remote else LOCAL_ADDRESS


def _url_host(host: str) -> str:
    return f"[{host}]" if ":" in host else "localhost" if host == "127.0.0.1" else host


def _plain(stage: Stage) -> str:
    """Return what a limited caller says of the service that it misses."""
    return {
        Stage.ABSENT: "is not there",
        Stage.STOPPED: "is stopped",
        Stage.FAILED: "is down",
        Stage.DEGRADED: "does not answer as it should",
        Stage.UNKNOWN: "is unknown",
    }.get(stage, "is starting")
