"""What we ask the engine to create is what the official Compose asks for, field for field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.engine import create
from harmony_desktop.engine.client import api_number
from harmony_desktop.stack.project import Service
from tests.engine.official import project_of, pruned

PAYLOADS = Path(__file__).parent / "payloads"
RECORDINGS = sorted(PAYLOADS.glob("create-*.json"))

#: Fields of the bodies that are not compared, each with its reason.
LEFT_OUT = {
    "Labels": "made by stack/labels.py; compared on the engine, where the whole container is",
    "ConsoleSize": "the size of a terminal that nobody opened, always [0, 0]",
    "CheckDuplicate": "officially left to engines that no longer know it; engines before 23 need it",
}
#: Lists whose order means nothing: officially it is that of a Go map, a different one each time.
UNORDERED = {"Env", "Binds", "Mounts", "Ulimits", "ExtraHosts"}


def comparable(body: Any) -> Any:
    """Return a body without what is not compared, and with unordered lists in one order."""
    if isinstance(body, list):
        return [comparable(item) for item in body]
    if not isinstance(body, dict):
        return body
    found = {}
    for key, value in pruned(body).items():
        if key in LEFT_OUT or (key == "LogConfig" and not pruned(value)):
            continue
        found[key] = in_order(comparable(value)) if key in UNORDERED else comparable(value)
    return found


def in_order(items: list[Any]) -> list[Any]:
    """Return a list in an order that only its content decides."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def proper(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in which an unset section counts like an empty one of the official client."""
    host = body.get("HostConfig", {})
    for key in ("PortBindings", "RestartPolicy", "ExtraHosts"):
        if not host.get(key):
            host.pop(key, None)
    return body


def around(recorded: dict[str, Any], service: Service) -> create.Surroundings:
    """Return what a container's body depended on when it was recorded."""
    owners = {name: body["Labels"]["com.docker.compose.service"] for name, body in recorded["containers"].items()}
    siblings = {
        needed: [create.Sibling(recorded["ids"][name], name) for name, owner in owners.items() if owner == needed]
        for needed in create.needed_siblings(service)
    }
    return create.Surroundings(api=api_number(recorded["api"]), siblings=siblings)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem.removeprefix("create-"))
def test_containers_are_asked_for_as_officially(path: Path, tmp_path: Path) -> None:
    recorded = json.loads(path.read_text().replace("/project", str(tmp_path)))
    (tmp_path / "profile.json").write_text('{"defaultAction": "SCMP_ACT_ALLOW",  "flags": ["a", 1.50]}\n')
    project = project_of(recorded["canonical"], tmp_path, recorded["hashes"])
    assert recorded["containers"]
    later: list[tuple[str, Any]] = []
    for name, body in recorded["containers"].items():
        service = project.services[body["Labels"]["com.docker.compose.service"]]
        creation = create.container(project, service, name=name, labels={}, around=around(recorded, service))
        ours = proper(comparable(creation.body))
        assert ours == proper(comparable(body)), service.name
        later += creation.connections
    officially = [(network, proper(comparable(body["EndpointConfig"]))) for network, body in recorded["connections"]]
    assert in_order(officially) == in_order([(name, comparable(endpoint)) for name, endpoint in later])
