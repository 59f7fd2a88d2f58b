"""``doctor``: the checks of files, engine and machine, their repairs, and the report for whoever helps."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.control.doctor import Doctor, Finding, FindingStatus
from harmony_desktop.stack.errors import HarmonyError

if TYPE_CHECKING:
    from harmony_desktop.control.repairs import RepairPlan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    parser.add_argument("--fix", action="store_true", help="repair what can be: shows what it will do, and asks")
    parser.add_argument("--only", metavar="ID", action="append", help="with --fix: this check's repair (repeatable)")
    parser.add_argument("--yes", action="store_true", help="with --fix: do not ask")
    parser.add_argument("--dry-run", action="store_true", help="with --fix: show what would be done, do nothing")
    parser.add_argument("--undo", action="store_true", help="take back the last repair, as far as it is unchanged")
    parser.add_argument("--bundle", metavar="FILE", help="save a report (a zip, secrets masked) for whoever helps")
    parser.add_argument("--force", action="store_true", help="with --bundle: replace a file that is there")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Run the checks and tell. Files and engines that are broken are part of the answer."""
    _require_sense(arguments)
    doctor = environment.doctor(project_options(arguments), engine_options(arguments))
    if arguments.undo:
        return await _undo(doctor, environment)
    found = await _save(arguments, environment) if arguments.bundle is not None else await doctor.examine()
    if arguments.fix and await _repair(doctor, found, arguments, environment):
        found = await doctor.examine()
    findings = [
        replace(finding, cause=environment.mask(finding.cause), advice=environment.mask(finding.advice))
        for finding in found
    ]
    if arguments.format == "json":
        rows = [_row(finding) for finding in findings]
        environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    else:
        _print_text(environment, findings)
    return int(any(finding.status is FindingStatus.FAIL for finding in findings))


def _require_sense(arguments: argparse.Namespace) -> None:
    """Refuse options that have nothing to go with."""
    alone = [name for name in ("yes", "dry_run", "only") if getattr(arguments, name)]
    if alone and not arguments.fix:
        name = alone[0].replace("_", "-")
        raise UsageError(f"--{name} goes with --fix", advice="harmony-desktop doctor --fix shows what it will do.")
    if arguments.undo and (arguments.fix or arguments.bundle is not None):
        raise UsageError("--undo goes alone")


class UsageError(HarmonyError):
    """Options that do not go together."""

    exit_status = 2


async def _repair(
    doctor: Doctor, found: Sequence[Finding], arguments: argparse.Namespace, environment: Environment
) -> bool:
    """Show what can be repaired, and do it when that is wanted; return whether something was done."""
    wanted = arguments.only
    for name in wanted or ():
        if name not in {finding.id for finding in found}:
            raise UsageError(f"There is no check “{name}”", advice="docs/checks.md lists them, and so does “doctor”.")
    repairs = [
        finding.repair for finding in found if finding.repair is not None and (not wanted or finding.id in wanted)
    ]
    plan = await doctor.plan(repairs)
    if not plan:
        environment.err.write("Nothing to repair.\n")
        return False
    shown = environment.err if arguments.format == "json" else environment.out
    shown.write(environment.mask(plan.text) + "\n")
    shown.flush()
    if arguments.dry_run:
        environment.err.write("Nothing was done (--dry-run).\n")
        return False
    if not arguments.yes and not _agreed(plan, environment):
        return False
    backups = await doctor.mend(plan, _teller(environment))
    for repair in plan.repairs:
        environment.err.write(f"Done: {repair.label} [{repair.check}]\n")
    environment.err.writelines(f"Backup: {backup}\n" for backup in backups)
    if plan.changes or plan.folders:
        environment.err.write("It can be taken back: harmony-desktop doctor --undo\n")
    if plan.handovers:
        environment.err.write("Folders that were handed over stay so.\n")
    return True


def _teller(environment: Environment) -> Callable[[str], None]:
    """Return what writes a line of progress."""

    def tell(words: str) -> None:
        environment.err.write(f"{words}\n")

    return tell


def _agreed(plan: RepairPlan, environment: Environment) -> bool:
    """Ask on a terminal. Raises HarmonyError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise HarmonyError(
            "Nobody was asked",
            cause="There is no terminal to ask on, and nothing was done.",
            advice="Look at what is shown, then repeat the call with --yes.",
        )
    what = "this repair" if len(plan.repairs) == 1 else f"these {len(plan.repairs)} repairs"
    environment.err.write(f"Do {what}? [y/N] ")
    environment.err.flush()
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    environment.err.write("Nothing was done.\n")
    return False


async def _undo(doctor: Doctor, environment: Environment) -> int:
    """Take back the last repair and tell; what stays is no success."""
    undone = await doctor.undo(_teller(environment))
    environment.err.writelines(f"As before: {what}\n" for what in undone.restored)
    environment.err.writelines(f"Kept: {what}\n" for what in undone.kept)
    return int(bool(undone.kept))


async def _save(arguments: argparse.Namespace, environment: Environment) -> Sequence[Finding]:
    """Save the report and return what the checks found."""
    file = Path(arguments.bundle)
    report = environment.report(project_options(arguments), engine_options(arguments))
    saved = await report.save(file, replace=arguments.force)
    environment.err.writelines(f"Not in the report: {missing}\n" for missing in saved.missing)
    environment.err.write(f"Saved {saved.file} ({saved.size / 1000:.0f} kB, {len(saved.members)} files)\n")
    if saved.findings is None:
        title = "Checks"
        return (Finding("checks", title, FindingStatus.FAIL, "The checks did not end: see the report."),)
    return saved.findings


def _row(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "group": finding.group,
        "title": finding.title,
        "status": finding.status,
        "cause": finding.cause,
        "advice": finding.advice,
        "repair": finding.repair.label if finding.repair else None,
    }


def _print_text(environment: Environment, findings: Sequence[Finding]) -> None:
    """Write a line for each check, and below it what was found and what to do."""
    for finding in findings:
        environment.out.write(f"{finding.status:<8} {finding.title} [{finding.id}]\n")
        environment.out.writelines(f"         {line}\n" for line in finding.cause.splitlines())
        environment.out.writelines(f"         -> {line}\n" for line in finding.advice.splitlines())
        if finding.repair is not None:
            environment.out.write(f"         => {environment.mask(finding.repair.label)} (doctor --fix)\n")
