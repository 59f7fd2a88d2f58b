"""``down``: stop and remove containers and networks; volumes only when asked."""

from __future__ import annotations

import argparse

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import operate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("-v", "--volumes", action="store_true", help="also remove the named volumes and their data")
    parser.add_argument("--remove-orphans", action="store_true", help="remove containers of services that are gone")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Take the stack down."""
    async with operate(arguments, environment) as session:
        plan = await session.operations.down(volumes=arguments.volumes, remove_orphans=arguments.remove_orphans)
        session.tell_if_idle(plan)
    return 0
