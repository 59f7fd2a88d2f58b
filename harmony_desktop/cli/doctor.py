"""``doctor``: the checks of files, engine and machine, with causes and advice."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.control.doctor import Finding, FindingStatus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Run the checks and tell. Files and engines that are broken are part of the answer."""
    doctor = environment.doctor(project_options(arguments), engine_options(arguments))
    findings = await doctor.examine()
    if arguments.format == "json":
        rows = [asdict(finding) for finding in findings]
        environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    else:
        _print_text(environment.out, findings)
    return int(any(finding.status is FindingStatus.FAIL for finding in findings))


def _print_text(out: TextIO, findings: Sequence[Finding]) -> None:
    """Write a line for each check, and below it what was found and what to do."""
    for finding in findings:
        out.write(f"{finding.status:<8} {finding.title} [{finding.id}]\n")
        out.writelines(f"         {line}\n" for line in finding.cause.splitlines())
        out.writelines(f"         -> {line}\n" for line in finding.advice.splitlines())
