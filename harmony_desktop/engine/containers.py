"""Calls about containers. Each runs in a thread, with that thread's client."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from harmony_desktop.control.ports import EngineError, EngineUnavailableError, NotFoundError
from harmony_desktop.engine import translate
from harmony_desktop.engine.client import QUICK, WORK, Client, api_number
from harmony_desktop.stack import labels
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.control.port_records import Publisher
    from harmony_desktop.engine import create
    from harmony_desktop.engine.create_mounts import Copy
    from harmony_desktop.plan.observed import Container
    from harmony_desktop.stack.project import Project, Service

Json = Mapping[str, Any]

#: Seconds beyond a container's own grace period within which the engine must have stopped it.
STOP_MARGIN = 30.0


def listed(client: Client, project: str) -> list[Container]:
    """Return the project's containers, running or not, by one call."""
    with client.calling(say("list the containers")):
        # docker-py inspects nothing here; its typing knows no answer.
        found = client.containers(all=True, filters={"label": f"{labels.PROJECT}={project}"})
    return [translate.container_of_summary(item) for item in cast("list[Json]", found)]


def publishers(client: Client) -> tuple[Publisher, ...]:
    """Return the running containers of all projects that have ports on the host, by one call."""
    with client.calling(say("list who publishes ports")):
        found = cast("list[Json]", client.containers())
    listed_all = (translate.publisher(item) for item in found)
    return tuple(item for item in listed_all if item.ports)


def inspected(client: Client, container_id: str) -> Container:
    """Return one container with its detail. Raises NotFoundError."""
    with client.calling(say("look at a container")):
        return translate.container_of_inspection(cast("Json", client.inspect_container(container_id)))


def inspected_if_there(client: Client, container: Container) -> Container | None:
    """Return a listed container with its detail, or None where it has gone meanwhile."""
    try:
        return inspected(client, container.id)
    except NotFoundError:
        return None


def created(
    client: Client,
    project: Project,
    service: Service,
    *,
    number: int,
    name: str,
    image_id: str,
    replaces: str,
    proxies: Mapping[str, str],
    environment: Mapping[str, str],
) -> str:
    """Create a container, joined to its networks, with its secrets and configs in place; return its ID.

    Args:
        client: The thread's client.
        project: The project.
        service: The service.
        number: Its number within the service.
        name: The container's name.
        image_id: ID of the local image.
        replaces: ID of the container whose anonymous volumes are inherited, or "".
        proxies: The proxies of the user's Docker configuration.
        environment: Variables that secrets and configs take their content from where the project has no value.
    """
    from harmony_desktop.engine import create  # noqa: PLC0415 - for those who create
    from harmony_desktop.engine.create_mounts import copies  # noqa: PLC0415 - for those who create

    around = create.Surroundings(
        api=api_number(client.endpoint.api_version),
        siblings=_siblings(client, project, service),
        inherited=_inherited(client, replaces, image_id) if replaces else (),
        proxies=proxies,
    )
    spec = create.resolved(service, around)
    hashed = service if spec is service.spec else dataclasses.replace(service, config_hash=labels.service_hash(spec))
    creation = create.container(
        project,
        service,
        name=labels.container_name(project.name, service, number),
        labels=labels.container_labels(project, hashed, number=number, image_id=image_id, replaces=replaces),
        around=around,
    )
    contents = copies(project, service, {**environment, **project.variables})
    with client.calling(say("create the container {name}", name=name), WORK):
        # Secrets and configs are laid into a container that exists already: until then it is not a whole one.
        params = {"name": f"{name}{labels.UNFINISHED}" if contents else name} | (
            {"platform": creation.platform} if creation.platform else {}
        )
        container_id = str(client.raw("POST", "/containers/create", params=params, body=creation.body)["Id"])
        try:
            for network, endpoint in creation.connections:
                client.raw(
                    "POST",
                    "/networks/{0}/connect",
                    network,
                    body={"Container": container_id, "EndpointConfig": endpoint},
                )
            for copy in contents:
                client.raw(
                    "PUT",
                    "/containers/{0}/archive",
                    container_id,
                    params={"path": "/"} | ({"copyUIDGID": 1} if copy.owned else {}),
                    data=_archive(copy),
                )
            if contents:
                client.rename(container_id, name)
        except BaseException:
            # Half a container would pass for a whole one.
            client.remove_container(container_id, v=True, force=True)
            raise
    return container_id


def started(client: Client, container_id: str) -> None:
    """Start a container; a running one is left as it is."""
    with client.calling(say("start the container"), WORK):
        client.start(container_id)


def unpaused(client: Client, container_id: str) -> None:
    """Let a paused container go on."""
    with client.calling(say("resume the container")):
        client.unpause(container_id)


def stopped(client: Client, container_id: str, grace: float) -> None:
    """Stop a container; its own signal and its own grace period count, for nothing is sent that would override them."""
    with client.calling(say("stop the container"), grace + STOP_MARGIN):
        client.raw("POST", "/containers/{0}/stop", container_id)


def restarted(client: Client, container_id: str, grace: float) -> None:
    """Stop and start a container; docker-py's own call would override its grace period with 10 seconds."""
    with client.calling(say("restart the container"), grace + WORK):
        client.raw("POST", "/containers/{0}/restart", container_id)


def removed(client: Client, container_id: str) -> None:
    """Remove a container that does not run; its anonymous volumes stay."""
    with client.calling(say("remove the container"), WORK):
        client.remove_container(container_id, v=False, force=False)


def renamed(client: Client, container_id: str, name: str) -> None:
    """Rename a container; one that has the name already is left as it is.

    Somebody else may have done it since it was looked at, such as an engine that goes on with what a killed call asked
    for, and engines refuse to give a container the name that it has.
    """
    try:
        with client.calling(say("rename the container to {name}", name=name)):
            client.rename(container_id, name)
    except EngineUnavailableError:
        raise
    except EngineError:
        if inspected(client, container_id).name != name:
            raise


def sampled(client: Client, container_id: str) -> Json | None:
    """Return one sample of what a container uses, or None where it does not run."""
    params: dict[str, str | int] = {"stream": "false"}
    if client.endpoint.at_least("1.41"):
        # Without it the engine takes two samples, a second apart.
        params["one-shot"] = "true"
    try:
        with client.calling(say("measure the container"), QUICK):
            return cast("Json", client.raw("GET", "/containers/{0}/stats", container_id, params=params))
    except NotFoundError:
        return None


def _siblings(client: Client, project: Project, service: Service) -> dict[str, Sequence[create.Sibling]]:
    """Return the containers of the services that this one's container names."""
    from harmony_desktop.engine import create  # noqa: PLC0415 - for those who create

    needed = create.needed_siblings(service)
    if not needed:
        return {}
    found = [item for item in listed(client, project.name) if not item.oneoff and item.service in needed]
    found.sort(key=lambda item: item.number)
    return {name: [create.Sibling(item.id, item.name) for item in found if item.service == name] for name in needed}


def _inherited(client: Client, replaced: str, image_id: str) -> list[create.Inherited]:
    """Return the mounts of the container that is replaced."""
    from harmony_desktop.engine import create  # noqa: PLC0415 - for those who create

    with client.calling(say("look at the container that is replaced")):
        before = cast("Json", client.inspect_container(replaced))
        image = cast("Json", client.raw("GET", "/images/{0}/json", image_id)) if image_id else {}
    declared = (image.get("Config") or {}).get("Volumes") or {}
    return [
        create.Inherited(
            type=mount["Type"],
            source=mount.get("Name" if mount["Type"] == "volume" else "Source") or "",
            target=mount["Destination"],
            read_only=not mount.get("RW", True),
            declared=mount["Destination"] in declared,
        )
        for mount in before.get("Mounts") or ()
        if mount["Type"] != "tmpfs"
    ]


def _archive(copy: Copy) -> bytes:
    """Return one file as a tar archive."""
    import io  # noqa: PLC0415 - for those who create
    import tarfile  # noqa: PLC0415 - for those who create

    content = copy.content.encode()
    header = tarfile.TarInfo(copy.target)
    header.size = len(content)
    header.mode, header.uid, header.gid = copy.mode, copy.uid, copy.gid
    header.mtime = int(time.time())
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(header, io.BytesIO(content))
    return packed.getvalue()
