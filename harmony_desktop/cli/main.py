"""Runs one subcommand and turns errors into words and exit statuses."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Coroutine

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.interrupts import SHORT, on_termination, take_interrupts
from harmony_desktop.cli.stderr_log import log_to
from harmony_desktop.cli.streams import discard
from harmony_desktop.late_patterns import compiled_later
from harmony_desktop.stack.errors import HarmonyError

#: What a shell expects of a program that was ended by Ctrl+C, and by SIGTERM.
_INTERRUPTED, _TERMINATED = 130, 143
#: Subcommands that change nothing: there is nothing to go on with.
_READERS = frozenset({"config", "doctor", "hardware", "logs", "ps"})
#: Subcommands that do without the event loop.
_PLAIN = frozenset({"config"})


class _TerminatedError(Exception):
    """SIGTERM came."""


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Run the subcommand that was parsed; return the exit status."""
    log_to(environment.err, logging.DEBUG if arguments.verbose else logging.ERROR, traces=arguments.verbose)
    try:
        if arguments.command in _PLAIN:
            take_interrupts()
        result = arguments.run(arguments, environment)
        status: int = _run_on_loop(result) if isinstance(result, Coroutine) else result
        environment.out.flush()
    except HarmonyError as error:
        print_error(error, environment)
        return error.exit_status
    except KeyboardInterrupt:
        _tell_end("Interrupted", arguments, environment)
        return _INTERRUPTED
    except _TerminatedError:
        _tell_end("Terminated", arguments, environment)
        return _TERMINATED
    except BrokenPipeError:
        # The reader has gone (as in "| head"): nothing is left to say, and Python would complain at its exit.
        discard(sys.stdout)
        return 0
    return status


def _tell_end(how: str, arguments: argparse.Namespace, environment: Environment) -> None:
    rest = "." if arguments.command in _READERS else ": what is done stays, and the next call goes on from here."
    environment.err.write(f"{how}{rest}\n")


def print_error(error: HarmonyError, environment: Environment) -> None:
    """Write title, cause and advice to stderr."""
    environment.err.write(f"Error: {error}\n")


def _run_on_loop(work: Coroutine[None, None, int]) -> int:
    """Run a subcommand that talks to the engine; SIGTERM ends it as Ctrl+C does."""
    import gc  # noqa: PLC0415 - "config" and "--version" do without these

    with compiled_later():
        import asyncio  # noqa: PLC0415 - as above

    take_interrupts()

    async def interruptible() -> int:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().call_later(SHORT, gc.enable)
        terminated = asyncio.Event()

        def terminate() -> None:
            terminated.set()
            task.cancel()

        on_termination(asyncio.get_running_loop(), terminate)
        try:
            return await task
        except asyncio.CancelledError:
            if terminated.is_set():
                raise _TerminatedError from None
            raise

    return asyncio.run(interruptible())
