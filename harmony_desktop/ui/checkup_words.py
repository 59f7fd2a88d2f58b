"""A check-up in words: headline, groups, lights' names, and all of it as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harmony_desktop.control.checkup_state import CheckupPhase, CheckupState
from harmony_desktop.control.doctor import Finding, FindingStatus, Group
from harmony_desktop.control.state import Light
from harmony_desktop.ui.i18n import capitalised, number_word, told, tr, trn

LIGHTS: Mapping[FindingStatus, Light] = {
    FindingStatus.OK: Light.READY,
    FindingStatus.HINT: Light.ATTENTION,
    FindingStatus.FAIL: Light.FAILED,
    FindingStatus.UNKNOWN: Light.UNKNOWN,
}


def headline(state: CheckupState) -> str:
    """Return what came of it, as a sentence."""
    if not state.findings:
        return tr("Checking your stack") if state.phase is CheckupPhase.CHECKING else tr("Nothing was checked yet")
    if state.attention:
        count = capitalised(number_word(state.attention))
        return trn("{count} thing needs attention", "{count} things need attention", state.attention, count=count)
    return tr("Everything is fine")


def second_line(state: CheckupState) -> str:
    """Return what goes on, or how many checks say what."""
    if state.note:
        return told(state.note)
    if state.phase is CheckupPhase.CHECKING:
        if state.total:
            return tr("Checked {done} of {total}…", done=state.done, total=state.total)
        return tr("Looking at files, engine and computer…")
    if state.phase is CheckupPhase.PLANNING:
        return tr("Finding out what a repair would do…")
    if state.phase is CheckupPhase.MENDING:
        return tr("Repairing…")
    if state.phase is CheckupPhase.UNDOING:
        return tr("Taking the repair back…")
    if not state.findings:
        return tr("Files, engine, graphics card, disk, memory and ports: “Check again” looks at all of them.")
    hints = sum(f.status is FindingStatus.HINT and not f.needs_attention for f in state.findings)
    fine = sum(f.status is FindingStatus.OK for f in state.findings)
    untold = sum(f.status is FindingStatus.UNKNOWN for f in state.findings)
    parts = [trn("{n} check is fine", "{n} checks are fine", fine)]
    if hints:
        parts.append(trn("{n} has a hint for you", "{n} have a hint for you", hints))
    if untold:
        parts.append(trn("{n} could not be told", "{n} could not be told", untold))
    return tr("{parts}.", parts=tr(", ").join(parts))


def group_title(group: Group) -> str:
    """Return a group's title."""
    return {
        Group.ENGINE: tr("Engine"),
        Group.CARD: tr("Graphics card"),
        Group.ROOM: tr("Disk and memory"),
        Group.PORTS: tr("Ports"),
        Group.FOLDER: tr("Stack folder"),
        Group.SETTINGS: tr("Settings of the services"),
    }[group]


def light_name(finding: Finding) -> str:
    """Return what a screen reader says of a light."""
    title = told(finding.title)
    return {
        FindingStatus.OK: tr("{title}: fine", title=title),
        FindingStatus.HINT: tr("{title}: a hint", title=title),
        FindingStatus.FAIL: tr("{title}: needs attention", title=title),
        FindingStatus.UNKNOWN: tr("{title}: not known", title=title),
    }[finding.status]


def by_group(findings: Iterable[Finding]) -> dict[Group, list[Finding]]:
    """Return findings by their groups, both in the order in which they are told."""
    groups: dict[Group, list[Finding]] = {group: [] for group in Group}
    for finding in findings:
        groups[finding.group].append(finding)
    return {group: found for group, found in groups.items() if found}


def as_text(state: CheckupState) -> str:
    """Return all of it as plain text, for whoever helps."""
    lines = [headline(state), second_line(state)]
    for group, findings in by_group(state.findings).items():
        lines += ["", group_title(group)]
        for finding in findings:
            lines.append(f"  {light_name(finding)} [{finding.id}]")
            lines += [f"      {line}" for line in told(finding.cause).splitlines()]
            lines += [f"      → {line}" for line in told(finding.advice).splitlines()]
    return "\n".join(lines) + "\n"
