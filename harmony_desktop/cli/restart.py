"""``restart``: restart containers."""

from __future__ import annotations

import argparse

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import add_services, operate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Restart the services."""
    async with operate(arguments, environment) as session:
        plan = await session.operations.restart(arguments.services)
        session.tell_if_idle(plan)
    return 0
