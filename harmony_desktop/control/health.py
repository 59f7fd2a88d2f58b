"""How far a service has come: the rules of the readiness table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harmony_desktop.control.diagnose import diagnose
from harmony_desktop.control.probes import Answer
from harmony_desktop.control.state import Stage
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health
from harmony_desktop.stack.project import Probe, Service

#: This many restarts by the engine, with no calm in between, are a loop.
LOOP_RESTARTS = 3
#: Seconds that a restarted container has to live before its restarts are forgiven.
CALM = 15.0

#: From worst to best: a service with several containers is as good as its worst one.
_SEVERITY = (
    Stage.FAILED,
    Stage.UNKNOWN,
    Stage.DEGRADED,
    Stage.ABSENT,
    Stage.STOPPED,
    Stage.STARTING,
    Stage.RUNNING,
    Stage.LIMITED,
    Stage.REACHABLE,
    Stage.READY,
)

#: Exit codes of a process that followed a stop signal: SIGINT and SIGTERM.
_POLITE_ENDS = frozenset({0, 130, 143})


@dataclass(frozen=True, slots=True)
class Findings:
    """What the probes found of one life of one container.

    Attributes:
        ports: Container port -> open or not, for the published TCP ports.
        answers: What each probe found.
    """

    ports: Mapping[int, bool] = field(default_factory=dict)
    answers: Mapping[Probe, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of one container.

    Attributes:
        container: The container, with its detail.
        findings: What the probes found, None before the first round.
        was_ready: Whether this life of it has been ready.
        told_to_stop: Whether its end was asked for; None when nobody was watching.
        log: Its last lines.
    """

    container: Container
    findings: Findings | None = None
    was_ready: bool = False
    told_to_stop: bool | None = None
    log: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A stage, its reason in plain words, when it began as far as the engine tells, and what helps."""

    stage: Stage
    reason: str = ""
    since: datetime | None = None
    advice: str = ""
    exit_code: int | None = None


def assess(service: Service, sightings: Sequence[Sighting], now: datetime) -> Verdict:
    """Return how far a service has come, by its worst container."""
    if not sightings:
        return Verdict(Stage.ABSENT)
    verdicts = [_assess_one(service, sighting, now) for sighting in sightings]
    return min(verdicts, key=lambda verdict: _SEVERITY.index(verdict.stage))


def may_be_used(stage: Stage, *, probed: bool) -> bool:
    """Whether those who use a service of this stage are not limited by it."""
    return stage in {Stage.READY, Stage.LIMITED} or (stage is Stage.REACHABLE and not probed)


def _assess_one(service: Service, sighting: Sighting, now: datetime) -> Verdict:
    container = sighting.container
    detail = container.detail or Detail()
    match container.state:
        case ContainerState.CREATED:
            if detail.error:
                return _failed(sighting, detail)
            return Verdict(Stage.STOPPED, "not started yet", container.created_at)
        case ContainerState.EXITED:
            return _assess_exited(sighting, detail)
        case ContainerState.DEAD:
            return _failed(sighting, detail)
        case ContainerState.REMOVING:
            return Verdict(Stage.STOPPED, "being removed", detail.finished_at)
        case ContainerState.RESTARTING:
            if detail.restart_count >= LOOP_RESTARTS:
                return _loops(sighting, detail)
            cause = diagnose(detail.exit_code, oom_killed=detail.oom_killed, lines=sighting.log).cause
            return Verdict(Stage.STARTING, f"{cause}; it starts again", detail.finished_at)
        case ContainerState.PAUSED:
            return Verdict(Stage.DEGRADED, "paused", detail.started_at)
        case ContainerState.RUNNING:
            return _assess_running(service, sighting, detail, now)


def _assess_exited(sighting: Sighting, detail: Detail) -> Verdict:
    code = detail.exit_code
    if detail.oom_killed:
        return _failed(sighting, detail)
    if sighting.told_to_stop or code in _POLITE_ENDS:
        return Verdict(Stage.STOPPED, "", detail.finished_at, exit_code=code)
    if sighting.told_to_stop is None and code == 137:
        # Nobody watched: a stop whose grace period ran out looks the same. Grey, with the reason beside it.
        return Verdict(Stage.STOPPED, "it was killed", detail.finished_at, exit_code=code)
    return _failed(sighting, detail)


def _failed(sighting: Sighting, detail: Detail) -> Verdict:
    never_ran = detail.started_at is None
    diagnosis = diagnose(
        None if never_ran else detail.exit_code, oom_killed=detail.oom_killed, error=detail.error, lines=sighting.log
    )
    return Verdict(
        Stage.FAILED,
        diagnosis.cause,
        detail.finished_at or detail.started_at or sighting.container.created_at,
        diagnosis.advice,
        None if never_ran else detail.exit_code,
    )


def _loops(sighting: Sighting, detail: Detail) -> Verdict:
    diagnosis = diagnose(detail.exit_code, oom_killed=detail.oom_killed, lines=sighting.log)
    return Verdict(
        Stage.FAILED,
        f"{diagnosis.cause}, {detail.restart_count + 1} times in a row",
        detail.finished_at,
        diagnosis.advice,
        detail.exit_code,
    )


def _assess_running(service: Service, sighting: Sighting, detail: Detail, now: datetime) -> Verdict:
    since = detail.started_at
    findings = sighting.findings
    verdict = _assess_answers(service, sighting, detail, findings, since)
    young = since is not None and (now - since).total_seconds() < CALM
    if verdict.stage is not Stage.READY and detail.restart_count >= LOOP_RESTARTS and young:
        return _loops(sighting, detail)
    return verdict


def _assess_answers(
    service: Service, sighting: Sighting, detail: Detail, findings: Findings | None, since: datetime | None
) -> Verdict:
    fallen = sighting.was_ready
    if detail.health is Health.STARTING:
        return Verdict(Stage.STARTING, "its health check has not answered yet", since)
    if detail.health is Health.UNHEALTHY:
        return Verdict(Stage.DEGRADED, detail.health_output or "its health check fails", None)
    if findings is None:
        needs_look = bool(service.presentation.probes) or _published(sighting.container)
        return Verdict(Stage.RUNNING if needs_look else Stage.REACHABLE, "", since)
    closed = sorted(port for port, is_open in findings.ports.items() if not is_open)
    if closed:
        what = f"port {closed[0]} is not open"
        return Verdict(Stage.DEGRADED, f"{what} any more") if fallen else Verdict(Stage.RUNNING, f"{what} yet", since)
    complaints = [a.text or "does not answer" for p, a in findings.answers.items() if p.required and not a.good]
    if complaints:
        return Verdict(Stage.DEGRADED if fallen else Stage.REACHABLE, complaints[0])
    if not service.presentation.probes:
        return Verdict(Stage.REACHABLE)
    said = [answer.text if answer.good else probe.otherwise for probe, answer in findings.answers.items()]
    return Verdict(Stage.READY, " · ".join(dict.fromkeys(text for text in said if text)))


def _published(container: Container) -> bool:
    return any(port.protocol == "tcp" for port in container.ports)
