"""The verdict on a service among the others: whose fault its trouble is, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from harmony_desktop.control.health import Verdict
from harmony_desktop.control.roots import Roots, missed, used_services
from harmony_desktop.control.signs import Kind
from harmony_desktop.control.state import Stage
from harmony_desktop.stack.project import Service
from harmony_desktop.stack.words import enumerated, say


def judge(service: Service, roots: Roots, began: Mapping[str, datetime]) -> Verdict:
    """Return the verdict on a service: limited by another, failed because of another, or what it is by itself.

    Args:
        service: The service.
        roots: What is known of all services by themselves.
        began: When the own stage of each began.
    """
    verdict = roots.verdicts[service.name]
    blamed = roots.blamed(service.name)
    if not blamed:
        return _come_back(service, roots)
    told = roots.tell(service.name)
    if roots.usable(service.name):
        since = max([began[service.name], *(began[name] for name in blamed)])
        return replace(verdict, stage=Stage.LIMITED, reason=told, since=since, advice="")
    advice = next((roots.verdicts[root].advice for root in roots.of(service.name)), "")
    reason: str
    if verdict.stage in {Stage.ABSENT, Stage.STOPPED}:
        reason = say("waits, because {told}", told=told)
    elif verdict.stage is Stage.FAILED:
        missing = enumerated([roots.project.services[name].title for name in blamed])
        reason = say("it could not reach {missing}: {told}", missing=missing, told=told)
        first = roots.verdicts[blamed[0]]
        if told == roots.describe(blamed[0]) and first.stage is Stage.FAILED and first.reason:
            # Rather than its name twice.
            reason = say("it could not reach {service}, which failed: {why}", service=missing, why=first.reason)
    else:
        reason = say("{reason}: {told}", reason=verdict.reason, told=told) if verdict.reason else told
    return replace(verdict, reason=reason, advice=advice)


def _come_back(service: Service, roots: Roots) -> Verdict:
    """Return the verdict on a service that perhaps failed for want of another which is there again."""
    verdict = roots.verdicts[service.name]
    if verdict.stage is not Stage.FAILED or verdict.kind is not Kind.CONNECTION or not verdict.target:
        return verdict
    wanted = missed(roots.project, verdict, [name for name in used_services(service) if name in roots.verdicts])
    if len(wanted) != 1 or not roots.usable(wanted[0]):
        return verdict
    title = roots.project.services[wanted[0]].title
    reason = say("it could not reach {title}, which is there again", title=title)
    return replace(verdict, reason=reason, advice="Start it again.")
