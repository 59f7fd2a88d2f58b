"""``update``: fetch newer images, recreate what changed, wait until all is as ready as before."""

from __future__ import annotations

import argparse
import json

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import Session, add_services, operate
from harmony_desktop.control.availability import Answers, ask, askable, compare
from harmony_desktop.control.ports import RegistryError
from harmony_desktop.control.renewal import WAIT_LIMIT, Scene
from harmony_desktop.control.update_news import Availability, Standing
from harmony_desktop.control.updates import UP_TO_DATE, UpdateOptions
from harmony_desktop.plan.observed import Image
from harmony_desktop.plan.order import require_services

_TO_DO = frozenset({Standing.NEWER, Standing.FETCHED, Standing.HELD})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="ask the registries, print what would be done, do nothing"
    )
    parser.add_argument("--check", action="store_true", help="ask the registries, print what there is, do nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how --check prints it")
    parser.add_argument(
        "--wait-timeout",
        type=float,
        default=WAIT_LIMIT,
        metavar="SECONDS",
        help=f"how long services may take to get as far as they were (default: {WAIT_LIMIT:g}; 0: no limit)",
    )
    parser.add_argument(
        "--rollback-on-failure", action="store_true", help="return to the earlier images when the update does not work"
    )


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Update the stack, or only look."""
    async with operate(arguments, environment) as session:
        if arguments.check or arguments.dry_run:
            await _look(arguments, environment, session)
            return 0
        options = UpdateOptions(
            tuple(arguments.services), arguments.wait_timeout or None, arguments.rollback_on_failure
        )
        outcome = await session.operations.update(options)
        if not outcome.changes:
            session.reporter.say(UP_TO_DATE)
        for state in outcome.states:
            session.reporter.say(
                f"{state.stage.capitalize()}  {state.title}{f' ({state.reason})' if state.reason else ''}"
            )
    return 0


async def _look(arguments: argparse.Namespace, environment: Environment, session: Session) -> None:
    project = session.project
    names = require_services(project, arguments.services)
    scene = await session.operations.renewal.look()
    references = askable(project, names)
    answers = await ask(session.engine, references)
    if references and not answers.digests:
        raise _nothing_reached(answers)
    for fault in answers.faults.values():
        session.reporter.warn(f"{fault.title}: {fault.cause}")
    found = [
        item
        for item in compare(
            project, local=scene.local, running=scene.running, releases=scene.releases, digests=answers.digests
        )
        if item.service in names
    ]
    if arguments.check:
        _print(arguments, environment, session, found)
    else:
        _print_plan(environment, session, scene, found)


def _nothing_reached(answers: Answers) -> RegistryError:
    first = next(iter(answers.faults.values()))
    return RegistryError("No registry answered", cause=first.cause, advice=first.advice, status=first.status)


def _print(
    arguments: argparse.Namespace, environment: Environment, session: Session, found: list[Availability]
) -> None:
    if arguments.format == "json":
        rows = [
            {
                "service": item.service,
                "image": item.reference,
                "status": item.standing,
                "current": item.current or None,
                "available": item.available or None,
            }
            for item in found
        ]
        environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return
    for item in found:
        if item.standing is not Standing.CURRENT:
            environment.out.write(f"{item}\n")
    if all(item.standing is Standing.CURRENT for item in found):
        session.reporter.say(UP_TO_DATE)


def _print_plan(environment: Environment, session: Session, scene: Scene, found: list[Availability]) -> None:
    """Print what an update would do: the images that it would fetch count as if they were here."""
    images = dict(scene.observed.images)
    to_do = [item for item in found if item.standing in _TO_DO]
    for item in to_do:
        environment.out.write(f"update {item}\n")
        if item.standing is not Standing.FETCHED:
            images[item.reference] = Image(item.available)
    for step in session.operations.renewal.simulate(scene, images).steps:
        environment.out.write(f"{step}\n")
    if not to_do:
        session.reporter.say(UP_TO_DATE)
