"""The engine's side of a report: what it says of itself, the project's containers, their logs, recent events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harmony_desktop.control.ports import Engine, EngineError, Event
from harmony_desktop.control.service_states import service_states
from harmony_desktop.control.state import ServiceState
from harmony_desktop.preflight.part import MAX_BYTES, Kind, Member, NothingThereError, plain
from harmony_desktop.stack import labels
from harmony_desktop.stack.project import Project

#: Lines of each container's log, and how far back events are asked for.
LOG_LINES = 1_000
_EVENT_HOURS = 24
_MAX_EVENTS = 1_000
_MAX_CONTAINERS = 64
#: Seconds for the logs of one container.
_LOG_LIMIT = 10.0


async def about(engine: Engine) -> list[Member]:
    """Return the engine's version and what it says of itself; not the computer's name."""
    version, info = await asyncio.gather(engine.told("/version"), engine.told("/info"))
    if isinstance(info, dict) and info.get("Name"):
        info = {**info, "Name": "<host>"}
    return [
        Member("engine/version.json", version, title="the engine's version"),
        Member("engine/info.json", info, title="what the engine says of itself"),
    ]


async def containers(engine: Engine, project: Project | None, folder: Path) -> list[Member]:
    """Return the list of the project's containers, and each one's inspection."""
    found = await _listed(engine, project, folder)

    async def inspected(container: Mapping[str, Any]) -> Member:
        name = f"containers/{_name(container)}.json"
        try:
            content = await engine.told("/containers/{0}/json", str(container["Id"]))
        except EngineError as error:
            content = {"missing": str(error)}
        return Member(name, content, title=f"the container {_name(container)}, as the engine has it")

    listed = Member("containers/list.json", found, title="the project's containers (`docker ps -a`)")
    return [listed, *await asyncio.gather(*(inspected(container) for container in found))]


async def logs(engine: Engine, project: Project | None, folder: Path) -> list[Member]:
    """Return the last lines of each container."""
    found = await _listed(engine, project, folder)
    if not found:
        raise NothingThereError("The project has no containers.")
    return [*await asyncio.gather(*(_log(engine, container) for container in found))]


async def states(engine: Engine, project: Project) -> list[Member]:
    """Return the stage of each service, with its reason and since when."""
    found = await service_states(engine, project)
    return [
        Member("services/states.json", plain(found), title="how ready the services are, why, and since when"),
        Member("services/ps.txt", _table(found), Kind.LOG, title="the same, as `ps` prints it"),
    ]


async def observed(engine: Engine, project: Project) -> list[Member]:
    """Return networks, volumes and images."""
    references = [service.image for service in project.services.values() if service.image]
    seen, images = await asyncio.gather(engine.observe(project.name), engine.images(references))
    content = {"networks": plain(seen.networks), "volumes": plain(seen.volumes), "images": plain(images)}
    return [Member("engine/resources.json", content, title="networks, volumes and images of the project")]


async def events(engine: Engine, project: Project) -> list[Member]:
    """Return what the engine remembers of the last day's events of the project."""
    since = int((time.time() - _EVENT_HOURS * 3600) * 1e9)
    async with contextlib.aclosing(engine.events(since, until_now=True)) as stream:
        lines = [_event_line(event) async for event in stream if _concerns(event, project)]
    return [Member("engine/events.txt", "".join(lines[-_MAX_EVENTS:]), Kind.LOG, title="recent events of the project")]


async def _listed(engine: Engine, project: Project | None, folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return the project's containers; without a project, those that were made of the folder."""
    label = f"{labels.PROJECT}={project.name}" if project else f"{labels.WORKING_DIR}={folder}"
    found = await engine.told("/containers/json", all="1", filters=json.dumps({"label": [label]}))
    return [container for container in found or () if isinstance(container, Mapping)][:_MAX_CONTAINERS]


async def _log(engine: Engine, container: Mapping[str, Any]) -> Member:
    name = _name(container)
    lines: list[str] = []
    fault = ""
    try:
        async with asyncio.timeout(_LOG_LIMIT):
            await _read_log(engine, str(container["Id"]), lines)
    except TimeoutError:
        fault = f"[the rest is missing: there was no answer within {_LOG_LIMIT:g} seconds]\n"
    except EngineError as error:
        fault = f"[the rest is missing: {error}]\n"
    text = "".join(lines)
    if len(text) > MAX_BYTES:
        text = f"[the newest {MAX_BYTES} characters]\n{text[-MAX_BYTES:].partition(chr(10))[2]}"
    return Member(f"logs/{name}.log", text + fault, Kind.LOG, title=f"the last lines of {name}")


async def _read_log(engine: Engine, identity: str, lines: list[str]) -> None:
    """Add the last lines of a container; what was read before a fault stays."""
    async with contextlib.aclosing(engine.logs(identity, tail=LOG_LINES, follow=False)) as stream:
        async for chunk in stream:
            lines += [f"{_moment(time_ns)} {text}\n" for time_ns, text in chunk.lines]


def _name(container: Mapping[str, Any]) -> str:
    names = container.get("Names") or [str(container.get("Id"))[:12]]
    return re.sub(r"[^A-Za-z0-9_.-]", "_", str(names[0]).strip("/")) or "container"


def _concerns(event: Event, project: Project) -> bool:
    names = {network.name for network in project.networks.values()} | {v.name for v in project.volumes.values()}
    return event.attributes.get(labels.PROJECT) == project.name or event.attributes.get("name") in names


def _event_line(event: Event) -> str:
    name = event.attributes.get("name", "")
    more = "".join(
        f" {key}={event.attributes[key]}" for key in ("exitCode", "signal", "image") if key in event.attributes
    )
    return f"{_moment(event.time_ns)} {event.type} {event.action} {name or event.id[:12]}{more}\n"


def _moment(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat(timespec="milliseconds") if time_ns else "-"


def _table(found: Sequence[ServiceState]) -> str:
    lines = []
    for service in found:
        since = service.since.isoformat(timespec="seconds") if service.since else "-"
        made = ", ".join(f"{container.name} ({container.state})" for container in service.containers) or "-"
        lines.append(f"{service.name:<34} {service.stage:<10} {since:<26} {made}  {service.reason}\n")
    return "".join(lines)
