"""``ps``: the containers and how ready they are."""

from __future__ import annotations

import argparse
import contextlib
import json

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import Session, add_services, operate
from harmony_desktop.cli.table import print_table
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.readiness import EVIDENCE_LINES, Readiness, engine_host
from harmony_desktop.control.state import ContainerView, ServiceState
from harmony_desktop.plan.observed import Container, ContainerState, PublishedPort
from harmony_desktop.plan.order import require_services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)
    parser.add_argument("--format", choices=("table", "json"), default="table", help="how to print it")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """List the containers of the services, each with the stage of its service."""
    async with operate(arguments, environment) as session:
        names = require_services(session.project, arguments.services)
        states = [state for state in await _states(session) if state.name in names]
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


async def _states(session: Session) -> tuple[ServiceState, ...]:
    engine = session.engine
    logs = LogBook()
    info = await engine.info()
    observed = await engine.observe(session.project.name, detail=True)
    readiness = Readiness(session.project, logs, engine_host(info.address))
    ended = [c for c in observed.containers if c.state is ContainerState.EXITED]
    await _recall_ends(session, readiness, ended)
    for container in ended:
        stream = engine.logs(container.id, tail=EVIDENCE_LINES, follow=False)
        async with contextlib.aclosing(stream):
            async for chunk in stream:
                logs.append(container.service, chunk.lines)
    await readiness.probe(observed)
    return readiness.states(observed)


async def _recall_ends(session: Session, readiness: Readiness, ended: list[Container]) -> None:
    """Ask the engine's short memory of events who asked for the ends."""
    ends = [c.detail.finished_at for c in ended if c.detail and c.detail.exit_code and c.detail.finished_at]
    if not ends:
        return
    async with contextlib.aclosing(
        session.engine.events(int((min(ends).timestamp() - 60) * 1e9), until_now=True)
    ) as events:
        async for event in events:
            readiness.note(event)


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
