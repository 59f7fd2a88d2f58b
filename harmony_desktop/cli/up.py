"""``up``: create what is missing, recreate what changed, start."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from harmony_desktop.cli.console import ConsoleReporter
from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.memory_watch import memory_watch, warn_of_memory
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.port_check import PortsHeldError
from harmony_desktop.control.ports import Engine
from harmony_desktop.plan.observed import ContainerState
from harmony_desktop.plan.order import require_services, with_dependencies
from harmony_desktop.plan.reconcile import Recreate, UpOptions
from harmony_desktop.plan.steps import Action, Plan
from harmony_desktop.stack.project import Project, PullPolicy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="these and what they depend on (default: all)")
    parser.add_argument("-d", "--detach", action="store_true", help="accepted for habit's sake: it always detaches")
    parser.add_argument("--wait", action="store_true", help="wait until the services are ready for use")
    parser.add_argument("--wait-timeout", type=float, metavar="SECONDS", help="how long to wait (default: no limit)")
    parser.add_argument("--dry-run", action="store_true", help="print the plan, do nothing")
    parser.add_argument("--pull", choices=("missing", "always", "never"), help="when to fetch images")
    parser.add_argument("--force-recreate", action="store_true", help="recreate containers though nothing changed")
    parser.add_argument("--remove-orphans", action="store_true", help="remove containers of services that are gone")
    parser.add_argument(
        "--move-ports", action="store_true", help="write free ports to .env in the place of those that are in use"
    )
    parser.add_argument(
        "--scale", action="append", type=_scale, default=[], metavar="SERVICE=N", help="run a service N times"
    )


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Bring the stack up."""
    # Reading the files and finding the engine take about as long as each other.
    connecting = asyncio.create_task(connected(environment, engine_options(arguments)))
    options = project_options(arguments, dict(arguments.scale) or None)

    async def load() -> Project:
        return await asyncio.to_thread(environment.load_project, options)

    try:
        project = await load()
    except BaseException:
        await _abandon(connecting)
        raise
    engine = await connecting
    try:
        try:
            return await _up(arguments, environment, project, engine, load)
        except PortsHeldError as held:
            await _move_ports(arguments, environment, held)
        return await _up(arguments, environment, await load(), engine, load)
    finally:
        await engine.close()


async def _move_ports(arguments: argparse.Namespace, environment: Environment, held: PortsHeldError) -> None:
    """Write free ports in the place of held ones, if that was asked for and can be done; else it is the error."""
    if not held.remedies:
        raise held
    if not arguments.move_ports:
        held.advice += "\n“harmony-desktop up --move-ports” writes that for you."
        raise held
    environment.err.write(f"{held.title}. {held.cause}\n")
    for remedy in held.remedies:
        if remedy.act is not None:
            await remedy.act()
            environment.err.write(f"{remedy.label}: written.\n")


async def _abandon(connecting: asyncio.Task[Engine]) -> None:
    """Close an engine that is no longer needed, found or not."""
    connecting.cancel()
    await asyncio.wait([connecting])
    if not connecting.cancelled() and connecting.exception() is None:
        await connecting.result().close()


async def _up(
    arguments: argparse.Namespace,
    environment: Environment,
    project: Project,
    engine: Engine,
    reload: Callable[[], Awaitable[Project]],
) -> int:
    reporter = ConsoleReporter(environment.err, arguments.verbose)
    for notice in project.warnings:
        reporter.warn(str(notice))
    operations = Operations(engine, project, reporter, environment.tools(), reload)
    options = UpOptions(
        tuple(arguments.services),
        Recreate.ALWAYS if arguments.force_recreate else Recreate.DIVERGED,
        arguments.remove_orphans,
    )
    pull = PullPolicy(arguments.pull) if arguments.pull else None
    if arguments.dry_run:
        fetch, plan = await operations.plan_up(options, pull=pull)
        _tell_plan(environment, reporter, fetch, plan)
        if any(step.action is Action.START for step in plan.steps):
            await warn_of_memory(environment, project, engine, reporter.warn)
        return 0
    try:
        async with memory_watch(environment, project, engine, reporter.warn) as begin:
            reporter.on_work = begin
            plan = await operations.up(options, pull=pull)
    finally:
        reporter.close()
    for name in plan.running:
        reporter.say(f"Running  {name}")
    if arguments.wait:
        from harmony_desktop.control.recording import record_ready  # noqa: PLC0415 - for those who wait
        from harmony_desktop.control.waiting import NotReadyError, ReadyWaiter, limited  # noqa: PLC0415 - for those who wait

        project = operations.project
        names = with_dependencies(project, require_services(project, arguments.services))
        waiter = ReadyWaiter(engine, project, environment.clock, operations.tools.lives)
        try:
            states = await waiter.wait(names, arguments.wait_timeout)
        except NotReadyError as error:
            if not await _ended_after_the_look(engine, project, plan, error.service):
                raise
            # A stop that somebody else had asked for (a killed "down") came to its end only now.
            await operations.up(options, pull=pull)
            states = await waiter.wait(names, arguments.wait_timeout)
        observed = await engine.observe(project.name)
        await record_ready(engine, project, environment.tools(), observed, names)
        for warning in limited(states):
            reporter.warn(warning)
        for state in states:
            reporter.say(f"{state.stage.capitalize()}  {state.title}{f' ({state.reason})' if state.reason else ''}")
    return 0


def _tell_plan(environment: Environment, reporter: ConsoleReporter, fetch: Plan, plan: Plan) -> None:
    """Print what would be done."""
    for warning in (*fetch.warnings, *plan.warnings):
        reporter.warn(warning)
    for step in (*fetch.steps, *plan.steps):
        environment.out.write(f"{step}\n")
    if not fetch and not plan:
        reporter.say("Nothing to do: everything runs as it should.")


async def _ended_after_the_look(engine: Engine, project: Project, plan: Plan, service: str) -> bool:
    """Return whether a container of the service was left as it ran, and has ended since."""
    observed = await engine.observe(project.name)
    return any(
        c.service == service and c.name in plan.running and c.state is ContainerState.EXITED
        for c in observed.containers
    )


def _scale(text: str) -> tuple[str, int]:
    service, separator, count = text.partition("=")
    if not service or not separator or not count.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is not SERVICE=NUMBER")
    return service, int(count)
