"""The lab by hand: `python -m tests.lab run -- COMMAND…`; see README.md."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tests.lab.engine import EngineOptions
from tests.lab.errors import LabError, LabUnavailableError
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network


def main() -> int:
    """Reads the command line and runs what it says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a command in a lab with a network of its own (default: a shell)")
    for command in (run,):
        command.add_argument("--flavour", choices=("old", "new"), default="old")
        command.add_argument("--gpu", action="store_true", help="the engine accepts requests for GPUs")
        command.add_argument("--empty", action="store_true", help="start without the stack's images")
        command.add_argument("argv", nargs="*", metavar="COMMAND")
    options = parser.parse_args()
    try:
        return run_inside(options)
    except (LabUnavailableError, LabError) as error:
        print(f"tests.lab: {error}", file=sys.stderr)
        return 1


def run_inside(options: argparse.Namespace) -> int:
    """`run`: this process moves into a network of its own, and the command inherits it."""
    enter_own_network()
    with Lab(options.flavour, EngineOptions(gpu=options.gpu)) as lab:
        if not options.empty:
            lab.preload()
        argv = options.argv or [os.environ.get("SHELL", "/bin/sh")]
        return subprocess.run(argv, env={**os.environ, **lab.environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
