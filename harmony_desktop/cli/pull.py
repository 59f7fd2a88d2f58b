"""``pull``: fetch the services' images."""

from __future__ import annotations

import argparse

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import add_services, operate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Fetch the images; a failure is an error even where an older image is here."""
    async with operate(arguments, environment) as session:
        await session.operations.pull(arguments.services)
    return 0
