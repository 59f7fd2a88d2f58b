"""Runs one subcommand and turns errors into words and exit statuses."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Coroutine

from harmony_desktop.cli.environment import Environment
from harmony_desktop.stack.errors import HarmonyError

#: What a shell expects of a program that was ended by Ctrl+C.
_INTERRUPTED = 130


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Run the subcommand that was parsed; return the exit status."""
    logging.basicConfig(
        stream=environment.err,
        level=logging.DEBUG if arguments.verbose else logging.ERROR,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        result = arguments.run(arguments, environment)
        status: int = _run_on_loop(result) if isinstance(result, Coroutine) else result
        environment.out.flush()
    except HarmonyError as error:
        print_error(error, environment)
        return error.exit_status
    except KeyboardInterrupt:
        environment.err.write("Interrupted; “up” goes on from here.\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (as in "| head"): nothing is left to say, and Python would complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def print_error(error: HarmonyError, environment: Environment) -> None:
    """Write title, cause and advice to stderr."""
    environment.err.write(f"Error: {error}\n")


def _run_on_loop(work: Coroutine[None, None, int]) -> int:
    """Run a subcommand that talks to the engine; SIGTERM ends it as Ctrl+C does."""
    import asyncio  # noqa: PLC0415 - "config" and "--version" do without the loop
    import signal  # noqa: PLC0415

    async def interruptible() -> int:
        task = asyncio.ensure_future(work)
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return _INTERRUPTED

    return asyncio.run(interruptible())
