"""``doctor``: the checks of files, engine and machine, with causes and advice; and the report for whoever helps."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.control.doctor import Finding, FindingStatus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    parser.add_argument("--bundle", metavar="FILE", help="save a report (a zip, secrets masked) for whoever helps")
    parser.add_argument("--force", action="store_true", help="with --bundle: replace a file that is there")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Run the checks and tell. Files and engines that are broken are part of the answer."""
    if arguments.bundle is not None:
        found = await _save(arguments, environment)
    else:
        found = await environment.doctor(project_options(arguments), engine_options(arguments)).examine()
    findings = [
        replace(finding, cause=environment.mask(finding.cause), advice=environment.mask(finding.advice))
        for finding in found
    ]
    if arguments.format == "json":
        rows = [asdict(finding) for finding in findings]
        environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    else:
        _print_text(environment, findings)
    return int(any(finding.status is FindingStatus.FAIL for finding in findings))


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


def _print_text(environment: Environment, findings: Sequence[Finding]) -> None:
    """Write a line for each check, and below it what was found and what to do."""
    for finding in findings:
        environment.out.write(f"{finding.status:<8} {finding.title} [{finding.id}]\n")
        environment.out.writelines(f"         {line}\n" for line in finding.cause.splitlines())
        environment.out.writelines(f"         -> {line}\n" for line in finding.advice.splitlines())
