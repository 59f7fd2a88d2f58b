"""The lab by hand: `python -m tests.lab run -- COMMAND…`; see README.md."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tests.lab import demo
from tests.lab.engine import EngineOptions
from tests.lab.errors import LabError, LabUnavailableError
from tests.lab.flavours import find_flavour
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network
from tests.lab.stack_images import cached_registry


def main() -> int:
    """Reads the command line and does what it says; returns the exit status."""
    options = parser().parse_args()
    try:
        match options.command:
            case "run":
                return run_inside(options)
            case "demo":
                return demo.demo(options.flavour, gpu=options.gpu, argv=options.argv)
            case "serve":
                return demo.serve(options.flavour, gpu=options.gpu, group=options.group)
            case _:
                return prepare()
    except (LabUnavailableError, LabError) as error:
        print(f"tests.lab: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a command in a lab with a network of its own (default: a shell)")
    run.add_argument("--empty", action="store_true", help="start without the stack's images")
    show = commands.add_parser("demo", help="run a command on this machine with a lab's engine, or wait for Ctrl+C")
    serve = commands.add_parser("serve", help="demo's other half: run a lab as root until standard input ends")
    serve.add_argument("--group", type=int, default=0, help="the group that may use the engine's socket")
    for command in (run, show, serve):
        command.add_argument("--flavour", choices=("old", "new"), default="old")
        command.add_argument("--gpu", action="store_true", help="the engine accepts requests for GPUs")
    for command in (run, show):
        command.add_argument("argv", nargs="*", metavar="COMMAND")
    commands.add_parser("prepare", help="fill the cache: download the new engine, build the images")
    return top


def run_inside(options: argparse.Namespace) -> int:
    """`run`: this process moves into a network of its own, and the command inherits it."""
    enter_own_network()
    with Lab(options.flavour, EngineOptions(gpu=options.gpu)) as lab:
        if not options.empty:
            lab.preload()
        argv = options.argv or [os.environ.get("SHELL", "/bin/sh")]
        return subprocess.run(argv, env={**os.environ, **lab.environment}, check=False).returncode


def prepare() -> int:
    """`prepare`: says what it found."""
    print(f"images: {cached_registry()}")
    for name in ("old", "new"):
        flavour = find_flavour(name)
        print(f"engine {name}: {flavour.version} {flavour.note}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
