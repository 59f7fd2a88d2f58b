"""``ps``: the containers and how ready they are."""

from __future__ import annotations

import argparse
import json

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import add_services, operate
from harmony_desktop.cli.table import print_table
from harmony_desktop.control.gaming_sight import GamingSight
from harmony_desktop.control.masked_state import masked_service
from harmony_desktop.control.service_states import service_states
from harmony_desktop.control.state import ContainerView, ServiceState
from harmony_desktop.plan.observed import PublishedPort
from harmony_desktop.plan.order import require_services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)
    parser.add_argument("--format", choices=("table", "json"), default="table", help="how to print it")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """List the containers of the services, each with the stage of its service."""
    async with operate(arguments, environment) as session:
        names = require_services(session.project, arguments.services)
        tools = session.operations.tools
        found = await service_states(session.engine, session.project, tools.lives)
        gaming = GamingSight(tools.gaming, lambda: session.project)
        await gaming.look()
        explained = gaming.explained(tuple(found))
        states = [masked_service(state, environment.mask) for state in explained if state.name in names]
    if arguments.format == "json":
        rows = [_row(state, container) for state in states for container in state.containers]
        environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return 0
    cells = [
        (s.title, c.name, c.state, s.stage, s.reason, ", ".join(_port(p) for p in c.ports))
        for s in states
        for c in s.containers or (ContainerView("", "-", "", ""),)
    ]
    print_table(environment.out, ("SERVICE", "CONTAINER", "STATE", "STAGE", "REASON", "PORTS"), cells)
    return 0


def _row(state: ServiceState, container: ContainerView) -> dict[str, object]:
    return {
        "service": state.name,
        "container": container.name,
        "state": container.state,
        "stage": state.stage,
        "since": state.since.isoformat(timespec="seconds") if state.since else None,
        "reason": state.reason,
        "image": container.image,
        "ports": [
            {"host": p.host_ip, "published": p.host_port, "target": p.target, "protocol": p.protocol}
            for p in container.ports
        ],
    }


def _port(port: PublishedPort) -> str:
    return f"{port.host_ip}:{port.host_port}->{port.target}/{port.protocol}"
