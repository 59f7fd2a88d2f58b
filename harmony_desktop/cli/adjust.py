"""``adjust``: limits, restart policy and number of containers of one service."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.control.adjustments import (
    Adjustment,
    EngineSize,
    check,
    memory_text,
    parse_cpus,
    parse_memory,
)
from harmony_desktop.control.ports import EngineUnavailableError
from harmony_desktop.plan.order import require_services
from harmony_desktop.stack.errors import HarmonyError

#: Takes one adjustment back.
_DEFAULT = "default"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = "“default” takes one adjustment back. Without options, what is adjusted now is printed."
    parser.add_argument("service", metavar="SERVICE", help="the service")
    parser.add_argument("--memory", metavar="SIZE", help="at most so much memory: 800m, 6g; 0 is no limit")
    parser.add_argument("--cpus", metavar="CORES", help="at most so many cores: 2, 1.5; 0 is no limit")
    parser.add_argument("--restart", metavar="POLICY", help="no, on-failure, on-failure:5, unless-stopped or always")
    parser.add_argument("--scale", metavar="NUMBER", help="so many containers")
    parser.add_argument("--reset", action="store_true", help="take back all adjustments of the service")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, write nothing")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Adjust the service; tell what was written and what comes of it."""
    project = environment.load_project(project_options(arguments))
    (service,) = require_services(project, [arguments.service])
    # Files that are named for one call, or by the shell, go before those that the folder's .env names.
    named = bool(arguments.file) or "COMPOSE_FILE" in os.environ
    adjuster = environment.tools(writable=not named).adjuster
    current = adjuster.current(project, service)
    if not _asked(arguments):
        environment.out.write(_described(current))
        return 0
    wanted = _wanted(arguments, Adjustment() if arguments.reset else current)
    for warning in check(project, service, wanted, await _engine_size(arguments, environment)):
        environment.err.write(f"Warning: {warning}\n")
    preview = adjuster.preview(project, service, wanted)
    for warning in preview.warnings:
        environment.err.write(f"Warning: {warning}\n")
    if not preview.changes:
        environment.err.write("Nothing to do: it is so already.\n")
        return 0
    if arguments.dry_run:
        environment.out.write(preview.diff)
    else:
        adjuster.apply(preview)
        for change in preview.changes:
            environment.err.write(f"{'Removed' if change.after is None else 'Wrote'}  {change.path}\n")
    for effect in preview.effects:
        environment.err.write(f"{effect}\n")
    if not arguments.dry_run:
        environment.err.write(f"It takes effect at the next start: harmony-desktop up {service}\n")
    return 0


def _asked(arguments: argparse.Namespace) -> bool:
    given = (arguments.memory, arguments.cpus, arguments.restart, arguments.scale)
    return arguments.reset or any(value is not None for value in given)


def _wanted(arguments: argparse.Namespace, current: Adjustment) -> Adjustment:
    """Return what is wanted: what is adjusted now, with what was asked for in its place. Raises HarmonyError."""
    wanted = current
    if arguments.memory is not None:
        wanted = replace(wanted, memory=None if arguments.memory == _DEFAULT else parse_memory(arguments.memory))
    if arguments.cpus is not None:
        wanted = replace(wanted, cpus=None if arguments.cpus == _DEFAULT else parse_cpus(arguments.cpus))
    if arguments.restart is not None:
        wanted = replace(wanted, restart=None if arguments.restart == _DEFAULT else arguments.restart)
    if arguments.scale is not None:
        wanted = replace(wanted, scale=None if arguments.scale == _DEFAULT else _number(arguments.scale))
    return wanted


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise HarmonyError(f"“{text}” is not a number of containers", advice="Write it as 1 or 2.")
    return int(text)


async def _engine_size(arguments: argparse.Namespace, environment: Environment) -> EngineSize:
    """Return what the engine has to give; nothing is known of one that does not answer."""
    try:
        engine = await connected(environment, engine_options(arguments))
    except EngineUnavailableError as error:
        environment.err.write(f"Warning: {error.title}: whether Docker has that much cannot be told.\n")
        return EngineSize()
    try:
        info = await engine.info()
        return EngineSize(info.cpus, info.memory)
    finally:
        await engine.close()


def _described(current: Adjustment) -> str:
    values = {
        "memory": None if current.memory is None else memory_text(current.memory),
        "cpus": None if current.cpus is None else f"{current.cpus:g}",
        "restart": current.restart,
        "scale": current.scale,
    }
    lines = [f"{name}: {value}\n" for name, value in values.items() if value is not None]
    return "".join(lines) or "Nothing is adjusted.\n"
