"""``start``: start containers that are there."""

from __future__ import annotations

import argparse

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import add_services, operate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Start the services."""
    async with operate(arguments, environment) as session:
        plan = await session.operations.start(arguments.services)
        session.tell_if_idle(plan)
    return 0
