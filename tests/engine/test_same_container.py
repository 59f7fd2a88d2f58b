"""The containers that we create are, inspected, those that the official Compose creates from the same file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from harmony_desktop.stack.labels import SERVICE, service_hash
from harmony_desktop.stack.siblings import named_services, with_containers
from tests.engine.cases import IMAGE, SERVICES
from tests.engine.conftest import connected
from tests.engine.official import SECRET, Case, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from harmony_desktop.stack.project import Project
    from tests.lab.lab import Lab

#: What the comparison of two inspections leaves out, each field with its reason.
LEFT_OUT = {
    "Created": "the moment of creation",
    "CreatedAt": "the moment of creation",
    "ResolvConfPath": "a path with the container's ID",
    "HostnamePath": "a path with the container's ID",
    "HostsPath": "a path with the container's ID",
    "LogPath": "a path with the container's ID",
    "GraphDriver": "paths of the container's layers",
    "SandboxID": "an ID of the engine's own",
    "SandboxKey": "an ID of the engine's own",
    "NetworkID": "the networks are made anew for each of the two",
    "Subnet": "an address pool of the engine's choice, where the file says nothing",
    "Gateway": "an address of that pool",
    "com.docker.compose.version": "the version of the program that made it",
}
#: Lists whose order means nothing: officially it is that of a Go map, a different one each time.
UNORDERED = frozenset({"Env", "Binds", "Mounts", "Ulimits", "ExtraHosts", "Aliases"})


def settled(value: Any, key: str = "") -> Any:
    """Return an inspection without what is left out, unordered lists in one order."""
    if isinstance(value, dict):
        return {name: settled(item, name) for name, item in value.items() if name not in LEFT_OUT}
    if isinstance(value, list):
        items = [settled(item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if key in UNORDERED else items
    if key == "com.docker.compose.depends_on":
        return sorted(value.split(","))
    return value


def inspections(lab: Lab, project: Project) -> dict[str, Any]:
    """Return all containers by their service, with IDs, and hashes of them, replaced by what they belong to."""
    found = [lab.api.inspect(item["Id"]) for item in lab.api.containers()]
    text = json.dumps(found)
    ids = {item["Config"]["Labels"][SERVICE]: item["Id"] for item in found}
    for name, service in project.services.items():
        if named_services(service.spec):
            text = text.replace(service_hash(with_containers(service.spec, ids)), f"<hash of {name}>")
    for item in found:
        name = item["Name"].removeprefix("/")
        text = text.replace(item["Id"], f"<{name}>").replace(item["Id"][:12], f"<{name}>")
        for mount in item["Mounts"]:
            if re.fullmatch(r"[0-9a-f]{64}", mount.get("Name", "")):  # a volume without a name has an ID for one
                text = text.replace(mount["Name"], f"<volume at {mount['Destination']}>")
    return {item["Config"]["Labels"][SERVICE]: settled(item) for item in json.loads(text)}


def surroundings(lab: Lab) -> dict[str, Any]:
    """Return the project's networks and volumes by their names."""
    label = {"label": ["com.docker.compose.project"]}
    found = lab.api.call("GET", "/networks", filters=label)
    found += lab.api.call("GET", "/volumes", filters=label)["Volumes"] or []
    return {item["Name"]: settled(item | {"Id": "the networks are made anew for each of the two"}) for item in found}


def differences(ours: Any, official: Any, path: str = "") -> list[str]:
    """Return where two inspections differ, one line each."""
    if isinstance(ours, dict) and isinstance(official, dict):
        return [
            line
            for key in sorted(ours.keys() | official.keys())
            for line in differences(ours.get(key, "absent"), official.get(key, "absent"), f"{path}/{key}")
        ]
    return [] if ours == official else [f"{path}: {ours!r}, officially {official!r}"]


async def create_all(lab: Lab, case: Case) -> None:
    """Create networks, volumes and containers through our engine."""
    project = case.project()
    order = sorted(project.services, key=lambda name: bool(case.dependencies(name)))
    async with connected(lab, **SECRET) as engine:
        for network in project.networks.values():
            await engine.create_network(project, network)
        for volume in project.volumes.values():
            if not volume.external:
                await engine.create_volume(project, volume)
        [image] = (await engine.images([IMAGE])).values()
        assert image is not None
        for name in order:
            service = project.services[name]
            await engine.create_container(
                project,
                service,
                number=1,
                name=service.container_name or f"{project.name}-{name}-1",
                image_id=image.id,
            )


#: Services that the lab's engine refuses, however it is asked; test_create.py compares what is sent for them.
REFUSED = {"commands": {"empty"}, "groups": {"quota", "realtime"}, "block_io": {"one"}, "volumes_from": {"foreign"}}


@pytest.mark.both_engines
@pytest.mark.parametrize("subject", sorted(SERVICES.keys() - {"block_io"}))
async def test_containers_are_the_same(clean_engine: Lab, tmp_path: Path, subject: str) -> None:
    lab = clean_engine
    if subject == "volumes":
        lab.docker("volume", "create", "outside-volume")
    case = prepare(lab, tmp_path, subject, without=REFUSED.get(subject, set()))
    lab.compose("create", cwd=tmp_path, env=SECRET)
    official, official_rest = inspections(lab, case.project()), surroundings(lab)
    lab.compose("down", "--volumes", cwd=tmp_path, env=SECRET)
    assert official

    await create_all(lab, case)
    ours, our_rest = inspections(lab, case.project()), surroundings(lab)

    assert set(ours) == set(official)
    if found := differences(ours | our_rest, official | official_rest):
        pytest.fail("\n".join(found), pytrace=False)
