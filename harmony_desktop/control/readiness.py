"""Keeps what has been seen of each container's life, and makes the services' states of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import field
from datetime import UTC, datetime

from harmony_desktop.control.diagnose import SEARCHED, evidence
from harmony_desktop.control.health import Findings, Sighting, Verdict, askable, assess, may_be_used
from harmony_desktop.control.judge import judge
from harmony_desktop.control.lives import LifeMemory, Remembered
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.loops import CrashLog
from harmony_desktop.control.ports import Event
from harmony_desktop.control.probes import Answer, ask, probe_port
from harmony_desktop.control.roots import Roots, used_services
from harmony_desktop.control.state import ContainerView, PageLink, ServiceState, Stage, UseLink
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health, Observed, PublishedPort
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Probe, Project, Service

_SIGKILL = "9"
#: The path of the probe that asks which language model is loaded.
MODEL_INFO = "/v1/internal/model/info"


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
        memory: What is remembered between two runs of the panel, if anything is.
    """

    project: Project
    logs: LogBook
    address: str = "127.0.0.1"
    memory: LifeMemory | None = None
    _lives: dict[tuple[str, datetime | None], _Life] = field(default_factory=dict)
    _told: dict[str, bool] = field(default_factory=dict)
    _changed: dict[str, datetime] = field(default_factory=dict)
    _own: dict[str, tuple[Stage, datetime]] = field(default_factory=dict)
    _shown: dict[str, tuple[Stage, datetime]] = field(default_factory=dict)
    _unknown_since: datetime | None = None
    _crashes: CrashLog = field(default_factory=CrashLog)
    _remembered: Remembered = field(default_factory=Remembered)
    _kept: Remembered = field(default_factory=Remembered)

    async def recall(self) -> None:
        """Read what is remembered from an earlier run."""
        if self.memory is not None:
            self._remembered = self._kept = await asyncio.to_thread(self.memory.load, self.project)

    async def keep(self) -> None:
        """Remember what has changed since it was last kept."""
        now = self._to_remember()
        if self.memory is not None and now != self._kept:
            self._kept = now
            await asyncio.to_thread(self.memory.save, self.project, now)

    def note(self, event: Event) -> None:
        """Remember from an event what an inspection does not tell: who asked for an end, and when things changed."""
        if event.type != "container":
            return
        at = datetime.fromtimestamp(event.time_ns / 1e9, UTC)
        if event.action == "kill":
            # A stop begins with the stop signal; SIGKILL alone is nobody's polite request.
            self._told[event.id] = event.attributes.get("signal", "") != _SIGKILL or self._told.get(event.id, False)
        elif event.action == "stop":
            self._told[event.id] = True
            self._crashes.forgive(event.id)
        elif event.action == "oom":
            self._told[event.id] = False
            self._crashes.out_of_memory(event.id)
        elif event.action == "start":
            self._told[event.id] = False
            self._crashes.started(event.id, at)
        elif event.action == "die":
            code = event.attributes.get("exitCode", "")
            if not self._told.get(event.id) and code.isdigit():
                self._crashes.crashed(event.id, at, int(code))
        elif event.action == "destroy":
            self._told.pop(event.id, None)
        elif event.action == "pause" or event.action.startswith("health_status"):
            self._changed[event.id] = at

    def asked_to_stop(self, containers: Iterable[str]) -> None:
        """Take containers' ends as asked for, where nothing else is known of them: they ended before this look."""
        for container in containers:
            self._told.setdefault(container, True)

    def forgive(self, services: tuple[str, ...], observed: Observed | None) -> None:
        """Give services (none named: all) a new chance: somebody starts them on purpose, perhaps mended."""
        for container in observed.containers if observed is not None else ():
            if not services or container.service in services:
                self._crashes.forgive(container.id, (container.detail or Detail()).restart_count)

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
            self._unknown_since = self._unknown_since or now
            lost = Verdict(Stage.UNKNOWN, unknown, self._unknown_since)
            return tuple(self._state(service, lost, (), (), self._unknown_since) for service in services)
        self._unknown_since = None
        self._forget(observed)
        verdicts: dict[str, Verdict] = {}
        containers: dict[str, tuple[Container, ...]] = {}

        def usable(name: str) -> bool:
            probed = _is_probed(self.project.services[name], containers[name])
            return may_be_used(verdicts[name].stage, probed=probed)

        for service in services:
            mine = tuple(c for c in observed.containers if c.service == service.name and not c.oneoff)
            containers[service.name] = mine
            verdicts[service.name] = assess(service, [self._sighting(service, c, now) for c in mine])
            if usable(service.name):
                for container in mine:
                    self._life(container).was_ready = True
        roots = Roots(self.project, verdicts, usable)
        # When each began has to be known before a caller can be said to be limited since then.
        began = {s.name: self._began(s.name, verdicts[s.name], containers[s.name], now) for s in services}
        return tuple(
            self._state(
                service,
                judged := judge(service, roots, began),
                roots.of(service.name),
                containers[service.name],
                self._when(service.name, judged, began[service.name], now),
            )
            for service in services
        )

    def _sighting(self, service: Service, container: Container, now: datetime) -> Sighting:
        life, detail = self._life(container), container.detail or Detail()
        running = container.state is ContainerState.RUNNING
        ended = not running and container.state is not ContainerState.PAUSED
        loop = self._crashes.loop(container, now)
        changed = self._changed.get(container.id)
        log: tuple[str, ...] = ()
        if ended:
            log = self.logs.tail(service.name, SEARCHED)
        elif loop is not None and detail.started_at is not None:
            # What it says in this life has not ended it; what ended the last one is told above that.
            until = int(detail.started_at.timestamp() * 1e9)
            log = self.logs.tail(service.name, SEARCHED, until_ns=until)
        return Sighting(
            container,
            life.findings if running else None,
            life.was_ready,
            self._told.get(container.id),
            log,
            loop,
            changed or (detail.health_since if detail.health is Health.UNHEALTHY else None),
        )

    def _state(
        self,
        service: Service,
        verdict: Verdict,
        roots: tuple[str, ...],
        containers: tuple[Container, ...],
        since: datetime,
    ) -> ServiceState:
        failed = verdict.stage is Stage.FAILED
        return ServiceState(
            name=service.name,
            title=service.title,
            description=service.presentation.description,
            stage=verdict.stage,
            reason=verdict.reason,
            since=since,
            probed=_is_probed(service, containers),
            containers=tuple(ContainerView(c.id, c.name, c.state, c.image, c.ports) for c in containers),
            pages=self._pages(service, containers),
            declared_ports=tuple(port.published for port in service.ports if port.published),
            uses=tuple(UseLink(use.service, use.purpose) for use in service.presentation.uses),
            depends_on=tuple(dependency.service for dependency in service.depends_on),
            evidence=evidence(verdict.log, verdict.line) if failed else (),
            exit_code=verdict.exit_code,
            image=service.image or "",
            advice=verdict.advice,
            lacks_model=self._lacks_model(service, containers),
            roots=tuple(root for root in roots if root != service.name),
        )

    def _began(self, name: str, verdict: Verdict, containers: tuple[Container, ...], now: datetime) -> datetime:
        """Return when a service's own stage began: as the engine tells, else as seen, else as remembered.

        A stage that nobody saw begin may be as old as the container's life.
        """
        known = self._own.get(name) or self._remembered.since.get(name)
        started = max((c.detail.started_at for c in containers if c.detail and c.detail.started_at), default=None)
        if known is not None and started is not None and known[1] < started:
            known = None
        if verdict.since is not None:
            since = verdict.since
        elif known is None:
            since = started or now
        else:
            since = known[1] if known[0] is verdict.stage else now
        self._own[name] = (verdict.stage, since)
        return since

    def _when(self, name: str, verdict: Verdict, began: datetime, now: datetime) -> datetime:
        """Return when a light took its colour: that may be later than the service's own stage began."""
        shown = self._shown.get(name)
        since = verdict.since or began
        if shown is not None and verdict.stage is not Stage.LIMITED:
            if shown[0] is Stage.LIMITED and verdict.since is None:
                since = now
            elif shown[0] is verdict.stage:
                since = max(shown[1], since)
        self._shown[name] = (verdict.stage, since)
        return since

    def _life(self, container: Container) -> _Life:
        started = container.detail.started_at if container.detail else None
        key = (container.id, started)
        if key not in self._lives:
            was_ready = started is not None and self._remembered.ready.get(container.id) == started
            self._lives[key] = _Life(was_ready=was_ready)
        return self._lives[key]

    def _to_remember(self) -> Remembered:
        ready = {cid: started for (cid, started), life in self._lives.items() if life.was_ready and started}
        return Remembered(ready, dict(self._own))

    def _forget(self, observed: Observed) -> None:
        current = {(c.id, c.detail.started_at if c.detail else None) for c in observed.containers}
        for key in [key for key in self._lives if key not in current]:
            del self._lives[key]
        self._crashes.forget_all_but({c.id for c in observed.containers})

    async def _probe_one(self, service: Service, container: Container) -> Findings:
        published = {port.target: port for port in container.ports if port.protocol == "tcp"}
        asked = askable(service, [container])
        # An HTTP answer shows that its port is open: only the others need a connection of their own.
        plain = [port for port in published if port not in {probe.port for probe in asked}]
        answers, opened = await asyncio.gather(
            asyncio.gather(*(ask(*self._where(published.get(p.port), p.port), p) for p in asked)),
            asyncio.gather(*(probe_port(*self._where(published[t], t)) for t in plain)),
        )
        by_probe: dict[Probe, Answer] = dict(zip(asked, answers, strict=True))
        ports = {target: answer.open for target, answer in zip(plain, opened, strict=True)}
        for probe, answer in by_probe.items():
            ports[probe.port] = ports.get(probe.port, True) and answer.open
        return Findings(ports, by_probe)

    def _lacks_model(self, service: Service, containers: tuple[Container, ...]) -> bool:
        """Whether a probe has asked for the loaded model, and there is none."""
        asked = {probe for probe in service.presentation.probes if probe.path == MODEL_INFO}
        answers = [
            answer
            for container in containers
            if (findings := self._life(container).findings) is not None
            for probe, answer in findings.answers.items()
            if probe in asked and answer.good
        ]
        return bool(answers) and all(answer.text in {"", probe.otherwise} for answer in answers for probe in asked)

    def _where(self, published: PublishedPort | None, port: int) -> tuple[str, int]:
        """Return where a container's port is reached; what shares the machine's network needs no publishing."""
        return (self.address, port) if published is None else (self._host(published), published.host_port)

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


def _is_probed(service: Service, containers: tuple[Container, ...]) -> bool:
    """Whether there is more to ask than open ports; before there is a container, its definition tells."""
    running = [c for c in containers if c.state is ContainerState.RUNNING]
    return bool(askable(service, running) if running else service.presentation.probes)


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


def has_ended(container: Container) -> bool:
    """Whether a container has ended with an error, or has been started again by the engine: its log tells why."""
    detail = container.detail or Detail()
    ended = container.state in {ContainerState.EXITED, ContainerState.DEAD, ContainerState.RESTARTING}
    return (ended and (detail.exit_code != 0 or detail.oom_killed)) or detail.restart_count > 0


def _url_host(host: str) -> str:
    return f"[{host}]" if ":" in host else "localhost" if host == "127.0.0.1" else host
