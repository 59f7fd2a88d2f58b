"""How far a service has come: the rules of the readiness table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from harmony_desktop.control.diagnose import Diagnosis, diagnose
from harmony_desktop.control.loops import Loop
from harmony_desktop.control.probes import Answer
from harmony_desktop.control.signs import Kind
from harmony_desktop.control.state import Stage
from harmony_desktop.plan.observed import Container, ContainerState, Detail, Health
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Probe, Service
from harmony_desktop.stack.words import joined, say

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
#: Characters of a health check's or a probe's own words that are told.
_OWN_WORDS = 160


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
        log: The last lines that it wrote before its last end, the oldest first.
        loop: The crash loop that it is in.
        since: When something about it changed that the engine tells by an event alone (paused, unhealthy).
    """

    container: Container
    findings: Findings | None = None
    was_ready: bool = False
    told_to_stop: bool | None = None
    log: Sequence[str] = ()
    loop: Loop | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a service has come by itself.

    Attributes:
        stage: The stage.
        reason: Why, in plain words.
        since: When it began, as far as the engine tells.
        advice: What helps.
        exit_code: The exit code of one that has ended.
        kind: What has to be known of the reason beyond its words.
        log: The lines of log that the reason was found in.
        line: Index of the telling one, None where no line told it.
        target: Whom it could not reach, in its own words, or "".
    """

    stage: Stage
    reason: str = ""
    since: datetime | None = None
    advice: str = ""
    exit_code: int | None = None
    kind: Kind = Kind.OTHER
    log: Sequence[str] = ()
    line: int | None = None
    target: str = ""


def assess(service: Service, sightings: Sequence[Sighting]) -> Verdict:
    """Return how far a service has come, by its worst container."""
    if not sightings:
        return Verdict(Stage.ABSENT)
    verdicts = [_assess_one(service, sighting) for sighting in sightings]
    return min(verdicts, key=lambda verdict: _SEVERITY.index(verdict.stage))


def askable(service: Service, containers: Iterable[Container]) -> tuple[Probe, ...]:
    """Return the probes of a service that can be asked: their ports are published, or the machine's own."""
    if service.network_mode == "host":
        return service.presentation.probes
    published = {port.target for container in containers for port in container.ports if port.protocol == "tcp"}
    return tuple(probe for probe in service.presentation.probes if probe.port in published)


def may_be_used(stage: Stage, *, probed: bool) -> bool:
    """Whether those who use a service of this stage are not limited by it."""
    return stage in {Stage.READY, Stage.LIMITED} or (stage is Stage.REACHABLE and not probed)


def _assess_one(service: Service, sighting: Sighting) -> Verdict:
    container = sighting.container
    detail = container.detail or Detail()
    match container.state:
        case ContainerState.CREATED:
            if detail.error:
                return _failed(sighting, detail)
            return Verdict(Stage.STOPPED, say("not started yet"), container.created_at)
        case ContainerState.EXITED:
            return _assess_exited(sighting, detail)
        case ContainerState.DEAD:
            return _failed(sighting, detail)
        case ContainerState.REMOVING:
            return Verdict(Stage.STOPPED, say("being removed"), detail.finished_at)
        case ContainerState.RESTARTING:
            if sighting.loop is not None:
                return _looping(sighting, sighting.loop, detail)
            found = _diagnose(sighting, detail)
            return _with(
                found, sighting, Stage.STARTING, say("{cause}; it starts again", cause=found.cause), detail.finished_at
            )
        case ContainerState.PAUSED:
            return Verdict(Stage.DEGRADED, say("paused"), sighting.since, say("Let it go on with “start”."))
        case ContainerState.RUNNING:
            if sighting.loop is not None:
                return _looping(sighting, sighting.loop, detail)
            return _assess_running(service, sighting, detail)


def _assess_exited(sighting: Sighting, detail: Detail) -> Verdict:
    code = detail.exit_code
    # The engine's words are about a start that it could not make: whatever had ended it before is no matter.
    if detail.oom_killed or detail.error:
        return _failed(sighting, detail)
    if sighting.told_to_stop or code in _POLITE_ENDS:
        return Verdict(Stage.STOPPED, "", detail.finished_at, exit_code=code)
    if sighting.told_to_stop is None and code == 137:
        # Nobody watched: a stop whose grace period ran out looks the same. Grey, with the reason beside it.
        return Verdict(Stage.STOPPED, say("it was killed"), detail.finished_at, exit_code=code)
    if sighting.loop is not None:
        return _looping(sighting, sighting.loop, detail)
    return _failed(sighting, detail)


def _diagnose(sighting: Sighting, detail: Detail) -> Diagnosis:
    loop = sighting.loop
    never_ran = detail.started_at is None
    running = sighting.container.state is ContainerState.RUNNING
    code = loop.exit_code if loop is not None and running else detail.exit_code
    return diagnose(
        # A loop between two ends: what its last end was may not have been seen.
        None if never_ran else code if code is not None else 1,
        oom_killed=loop.oom_killed if loop is not None else detail.oom_killed,
        error="" if running else detail.error,
        lines=sighting.log,
        memory_limit=detail.memory_limit,
    )


def _with(found: Diagnosis, sighting: Sighting, stage: Stage, reason: str, since: datetime | None) -> Verdict:
    """Return a verdict that knows all that a diagnosis knows."""
    detail = sighting.container.detail or Detail()
    code = None if detail.started_at is None else detail.exit_code
    return Verdict(stage, reason, since, found.advice, code, found.kind, sighting.log, found.line, found.target)


def _failed(sighting: Sighting, detail: Detail) -> Verdict:
    found = _diagnose(sighting, detail)
    since = detail.finished_at or detail.started_at or sighting.container.created_at
    return _with(found, sighting, Stage.FAILED, found.cause, since)


def _looping(sighting: Sighting, loop: Loop, detail: Detail) -> Verdict:
    found = _diagnose(sighting, detail)
    if sighting.container.state is not ContainerState.EXITED:
        reason = say("restarts in a loop: {words} ({cause})", words=loop.words, cause=found.cause)
    elif detail.restart_count:
        reason = say("restarted in a loop until Docker gave up: {words} ({cause})", words=loop.words, cause=found.cause)
    else:
        reason = say("crashes whenever it is started: {words} ({cause})", words=loop.words, cause=found.cause)
    since = loop.since or detail.finished_at
    return _with(found, sighting, Stage.FAILED, reason, since)


def _assess_running(service: Service, sighting: Sighting, detail: Detail) -> Verdict:
    since, findings, fallen = detail.started_at, sighting.findings, sighting.was_ready
    if detail.health is Health.STARTING:
        return Verdict(Stage.STARTING, say("its health check has not answered yet"), since)
    if detail.health is Health.UNHEALTHY:
        words = _last_line(detail.health_output)
        return _suspect(Verdict(Stage.DEGRADED, words or say("its health check fails"), sighting.since))
    probes = askable(service, [sighting.container])
    if findings is None:
        needs_look = bool(probes) or _published(sighting.container)
        return Verdict(Stage.RUNNING if needs_look else Stage.REACHABLE, "", since)
    closed = sorted(port for port, is_open in findings.ports.items() if not is_open)
    if closed:
        if fallen:
            return Verdict(Stage.DEGRADED, say("port {port} is not open any more", port=closed[0]))
        return Verdict(Stage.RUNNING, say("port {port} is not open yet", port=closed[0]), since)
    complaints = [a.text or say("does not answer") for p, a in findings.answers.items() if p.required and not a.good]
    if complaints:
        return _suspect(Verdict(Stage.DEGRADED if fallen else Stage.REACHABLE, complaints[0]))
    if not probes:
        hidden = next((probe.port for probe in service.presentation.probes), None)
        return Verdict(
            Stage.REACHABLE, say("port {hidden} is not published: nobody can ask more", hidden=hidden) if hidden else ""
        )
    said = [answer.text if answer.good else probe.otherwise for probe, answer in findings.answers.items()]
    return Verdict(Stage.READY, joined(dict.fromkeys(text for text in said if text), " · "))


def _suspect(verdict: Verdict) -> Verdict:
    """Return the verdict with what its own words tell of a connection that failed."""
    found = diagnose(1, lines=[verdict.reason])
    if found.kind is not Kind.CONNECTION:
        return verdict
    return Verdict(
        verdict.stage,
        verdict.reason,
        verdict.since,
        kind=found.kind,
        log=(verdict.reason,),
        line=0,
        target=found.target,
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:_OWN_WORDS] if lines else ""


def _published(container: Container) -> bool:
    return any(port.protocol == "tcp" for port in container.ports)
