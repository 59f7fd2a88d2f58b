"""What the subcommands that act on containers share."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from harmony_desktop.cli.console import ConsoleReporter
from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.ports import Engine
from harmony_desktop.plan.steps import Plan
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class Session:
    """One project on one connected engine."""

    engine: Engine
    reporter: ConsoleReporter
    operations: Operations

    @property
    def project(self) -> Project:
        """The project, as it was last read."""
        return self.operations.project

    def tell_if_idle(self, plan: Plan) -> None:
        """Say so when there was nothing to do."""
        if not plan:
            self.reporter.say("Nothing to do.")


@contextlib.asynccontextmanager
async def operate(arguments: argparse.Namespace, environment: Environment) -> AsyncIterator[Session]:
    """Load the project, connect, and close the engine at the end."""
    load = partial(environment.load_project, project_options(arguments))
    project = load()
    reporter = ConsoleReporter(environment.err, arguments.verbose)
    for notice in project.warnings:
        reporter.warn(str(notice))
    engine = await connected(environment, engine_options(arguments))
    try:
        reload = partial(asyncio.to_thread, load)
        operations = Operations(engine, project, reporter, environment.tools(), reload)
        yield Session(engine, reporter, operations)
    finally:
        reporter.close()
        await engine.close()


def add_services(parser: argparse.ArgumentParser) -> None:
    """Add the list of services."""
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="which services (default: all)")
