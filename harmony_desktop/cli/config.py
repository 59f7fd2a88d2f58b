"""``config``: the resolved project. Touches neither the engine nor the graphics card."""

from __future__ import annotations

import argparse

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.parser import project_options
from harmony_desktop.plan.order import require_services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="how to print it")
    parser.add_argument("--hash", metavar="SERVICE", help="print config hashes: of a service, or of all with '*'")
    parser.add_argument("--review", action="store_true", help="list what the project asks of this machine")


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Print the project, its hashes, or what it asks for."""
    from harmony_desktop.stack.render import to_json, to_yaml  # noqa: PLC0415 - only this call needs it

    project = environment.load_project(project_options(arguments))
    for notice in project.warnings:
        environment.err.write(f"Warning: {notice}\n")
    if arguments.hash:
        names = () if arguments.hash == "*" else arguments.hash.split(",")
        for name in sorted(require_services(project, names)):
            environment.out.write(f"{name} {project.services[name].config_hash}\n")
    elif arguments.review:
        from harmony_desktop.stack.review import review  # noqa: PLC0415 - only this call needs it

        demands = review(project)
        for demand in demands:
            environment.out.write(f"{demand}\n")
        if not demands:
            environment.err.write("It asks for nothing out of the ordinary.\n")
    else:
        environment.out.write(to_json(project) if arguments.format == "json" else to_yaml(project))
    return 0
