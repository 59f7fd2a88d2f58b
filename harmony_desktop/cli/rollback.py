"""``rollback``: return to the images that were ready before."""

from __future__ import annotations

import argparse

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import operate
from harmony_desktop.control.renewal import WAIT_LIMIT
from harmony_desktop.control.rollback import Rollback
from harmony_desktop.control.updates import describe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, do nothing")
    parser.add_argument(
        "--wait-timeout",
        type=float,
        default=WAIT_LIMIT,
        metavar="SECONDS",
        help=f"how long services may take to be ready again (default: {WAIT_LIMIT:g}; 0: no limit)",
    )


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Return to the newest set of images that was ready and is not what is there now."""
    async with operate(arguments, environment) as session:
        if arguments.dry_run:
            images, containers = await Rollback(session.operations.renewal).plan()
            for step in (*images.steps, *containers.steps):
                environment.out.write(f"{step}\n")
            return 0
        outcome = await session.operations.roll_back(arguments.wait_timeout or None)
        for change in outcome.changes:
            session.reporter.say(f"Returned  {describe(session.project, change)}")
        for state in outcome.states:
            session.reporter.say(
                f"{state.stage.capitalize()}  {state.title}{f' ({state.reason})' if state.reason else ''}"
            )
    return 0
