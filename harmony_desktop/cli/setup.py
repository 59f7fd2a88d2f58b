"""``setup``: prepare the stack folder without a window."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.parser import engine_options
from harmony_desktop.control.ports import Engine, EngineError, EngineInfo
from harmony_desktop.stack.errors import HarmonyError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--folder", metavar="DIR", help="where the stack's files live (default: ~/Harmony)")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Pick the profile, make or refresh the folder, and say what was done."""
    folder = environment.folder()
    target = _target(arguments, environment)
    wanted = arguments.hardware or folder.wanted()
    async with contextlib.AsyncExitStack() as stack:
        engine: Engine | None = None
        info: EngineInfo | None = None
        try:
            engine = await connected(environment, engine_options(arguments))
            stack.push_async_callback(engine.close)
            info = await engine.info()
        except EngineError as error:
            # The folder can be made all the same; the engine is needed at the first start.
            environment.err.write(f"Warning: {error.title}. {error.cause} {error.advice}\n")
        look = await environment.scout().look(target, wanted, engine, info)
    for reason in look.choice.reasons:
        environment.err.write(f"{reason}\n")
    if look.choice.advice:
        environment.err.write(f"{look.choice.advice}\n")
    if not arguments.yes:
        await _confirm(environment, target, look.choice.profile)
    warnings = await asyncio.to_thread(folder.prepare, target, wanted, look.choice.profile, look.gpus.gpus)
    for warning in warnings:
        environment.err.write(f"Warning: {warning}\n")
    environment.out.write(f"{target}\n")
    environment.err.write(f"The stack is ready to start ({look.choice.profile} profile): harmony-desktop up --wait\n")
    return 0


def _target(arguments: argparse.Namespace, environment: Environment) -> str:
    if arguments.folder:
        return str(Path(arguments.folder).expanduser().absolute())
    return environment.folder().location() or str(environment.default_folder())


async def _confirm(environment: Environment, target: str, profile: str) -> None:
    """Ask on the terminal. Raises HarmonyError when there is none, or the answer is no."""
    if not sys.stdin.isatty():
        raise HarmonyError(
            "Nobody is there to ask", cause="This is not a terminal.", advice="Add --yes to go on without questions."
        )
    environment.err.write(f"Prepare {target} for the {profile} profile? [Y/n] ")
    environment.err.flush()
    answer = await asyncio.to_thread(sys.stdin.readline)
    if answer.strip().lower() not in {"", "y", "yes"}:
        raise HarmonyError("Nothing was changed", cause="The answer was no.")
