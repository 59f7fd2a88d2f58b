"""Whose fault it is: from a service that suffers to the one where the trouble began. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from harmony_desktop.control.diagnose import plain
from harmony_desktop.control.health import Verdict
from harmony_desktop.control.signs import Kind
from harmony_desktop.control.state import Stage
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Condition, Project, Service
from harmony_desktop.stack.words import enumerated, joined, say

#: Lines around a failed connection in which the other side is named: a traceback names it far above its end.
_BEFORE, _AFTER = 25, 4
_ADDRESS = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]|[0-9a-f]*:[0-9a-f:]*?)(?::(?P<port>\d{2,5}))?")

#: From the gravest to the least: with several roots, the gravest is told first.
_GRAVITY = (
    Stage.FAILED,
    Stage.DEGRADED,
    Stage.ABSENT,
    Stage.STOPPED,
    Stage.UNKNOWN,
    Stage.STARTING,
    Stage.RUNNING,
    Stage.REACHABLE,
    Stage.LIMITED,
    Stage.READY,
)
_TROUBLE = frozenset({Stage.FAILED, Stage.DEGRADED})
_NOT_UP = frozenset({Stage.ABSENT, Stage.STOPPED})


@dataclass(frozen=True, slots=True)
class Roots:
    """Finds roots among the services of one project.

    Args:
        project: The project.
        verdicts: What is known of each service by itself.
        usable: Whether those who use a service are not limited by it.
    """

    project: Project
    verdicts: Mapping[str, Verdict]
    usable: Callable[[str], bool]

    def blamed(self, name: str) -> tuple[str, ...]:
        """Return the services that one suffers from directly, none where the trouble is its own."""
        service, verdict = self.project.services[name], self.verdicts[name]
        known = [used for used in used_services(service) if used in self.verdicts]
        down = [used for used in known if not self.usable(used)]
        if not down:
            return ()
        if self.usable(name):
            return tuple(down)
        if verdict.stage in _NOT_UP:
            return self._awaited(service, verdict)
        if verdict.kind is not Kind.CONNECTION:
            return ()
        return tuple(used for used in missed(self.project, verdict, known) if used in down)

    def _awaited(self, service: Service, verdict: Verdict) -> tuple[str, ...]:
        """Return the dependencies in trouble that keep a service from being started at all."""
        if verdict.exit_code is not None:
            return ()
        return tuple(
            dependency.service
            for dependency in service.depends_on
            if dependency.condition is not Condition.STARTED
            and dependency.service in self.verdicts
            and self.verdicts[dependency.service].stage in _TROUBLE
        )

    def of(self, name: str) -> tuple[str, ...]:
        """Return where the trouble of a service began, the gravest first; itself where it is its own."""
        found = dict.fromkeys(self._walk(name, frozenset()))
        return tuple(sorted(found, key=lambda root: _GRAVITY.index(self.verdicts[root].stage)))

    def _walk(self, name: str, above: frozenset[str]) -> list[str]:
        # In a circle everybody waits for everybody: then those who closed it are left out.
        below = [used for used in self.blamed(name) if used != name and used not in above]
        roots = [root for used in below for root in self._walk(used, above | {name})]
        return roots or [name]

    def tell(self, name: str) -> str:
        """Return what a service suffers from, down to the roots: "Speech Engine failed: the disk is full"."""
        told: dict[str, None] = {}
        blamed = sorted(self.blamed(name), key=lambda used: _GRAVITY.index(self.verdicts[used].stage))
        for used in blamed:
            roots = [root for root in self._walk(used, frozenset({name})) if root != name]
            if not roots or used in roots:
                told[self.describe(used)] = None
            else:
                because = enumerated(list(dict.fromkeys(self.describe(root) for root in roots)))
                state = _short(self._title(used), self.verdicts[used].stage)
                told[say("{state} because {because}", state=state, because=because)] = None
        return joined(told, "; ") if len(told) > 1 else "".join(told) if not told else next(iter(told))

    def describe(self, name: str) -> str:
        """Return what is the matter with one service: "Speech Engine failed: the disk is full"."""
        verdict = self.verdicts[name]
        title = self._title(name)
        state = _short(title, verdict.stage)
        if verdict.stage not in _TROUBLE or not verdict.reason:
            return state
        if verdict.reason.startswith("does not "):
            return say("{service} {does_not}", service=title, does_not=verdict.reason)
        return say("{state}: {reason}", state=state, reason=verdict.reason)

    def _title(self, name: str) -> str:
        return self.project.services[name].title


def used_services(service: Service) -> tuple[str, ...]:
    """Return the services that this one calls or declares as dependencies, without doubles."""
    return tuple(
        dict.fromkeys([use.service for use in service.presentation.uses] + [d.service for d in service.depends_on])
    )


def missed(project: Project, verdict: Verdict, among: Sequence[str]) -> tuple[str, ...]:
    """Return which services a failed connection was meant for.

    Args:
        project: The project.
        verdict: Of the service that could not connect.
        among: The services that come into question.
    """
    near = verdict.log[max(0, verdict.line - _BEFORE) : verdict.line + _AFTER] if verdict.line is not None else ()
    lines = [plain(line) for line in near]
    if verdict.line is not None and (own := _named(project, [plain(verdict.log[verdict.line])], among)):
        return own
    address = _ADDRESS.fullmatch(verdict.target)
    if verdict.target and address is None:
        # It names somebody: one of these, or else somebody outside the stack.
        return tuple(name for name in among if verdict.target.partition(":")[0] in host_names(project.services[name]))
    if address is not None and address["port"]:
        port = int(address["port"])
        by_port = tuple(name for name in among if port in _ports(project.services[name]))
        if by_port:
            return by_port
    return _named(project, lines, among) or tuple(among)


def host_names(service: Service) -> set[str]:
    """Return the names by which a service is found in the project's networks."""
    names = {service.name}
    for key in ("hostname", "container_name"):
        value = service.spec.get(key)
        if isinstance(value, str) and value:
            names.add(value)
    networks = service.spec.get("networks")
    if isinstance(networks, Mapping):
        for options in networks.values():
            aliases = options.get("aliases") if isinstance(options, Mapping) else None
            names.update(alias for alias in aliases or () if isinstance(alias, str))
    return names


def _named(project: Project, lines: Sequence[str], among: Sequence[str]) -> tuple[str, ...]:
    """Return the services whose host names stand in lines as host names do: in quotes, in addresses, before a port."""
    found = []
    for name in among:
        hosts = "|".join(re.escape(host) for host in host_names(project.services[name]))
        as_host = re.compile(
            rf"(?:://|['\"=`(@]|\blookup |\bhost |ENOTFOUND |EAI_AGAIN |resolve )(?:{hosts})(?=[:/'\"`)\s,\\]|$)"
            rf"|(?<![\w.-])(?:{hosts}):\d"
        )
        if any(as_host.search(line) for line in lines):
            found.append(name)
    return tuple(found)


def _ports(service: Service) -> set[int]:
    return {port.target for port in service.ports} | {probe.port for probe in service.presentation.probes}


def _short(service: str, stage: Stage) -> str:
    """Return how it stands with a service, in a few words."""
    match stage:
        case Stage.ABSENT:
            return say("{service} is not there", service=service)
        case Stage.STOPPED:
            return say("{service} is stopped", service=service)
        case Stage.FAILED:
            return say("{service} failed", service=service)
        case Stage.DEGRADED:
            return say("{service} does not answer as it should", service=service)
        case Stage.UNKNOWN:
            return say("The state of {service} is unknown", service=service)
        case _:
            return say("{service} is starting", service=service)
