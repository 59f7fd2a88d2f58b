"""Calls about networks, volumes and images. Each runs in a thread, with that thread's client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harmony_desktop.control.ports import NotFoundError
from harmony_desktop.engine import translate
from harmony_desktop.engine.client import WORK, Client
from harmony_desktop.plan.observed import Image, ObservedVolume
from harmony_desktop.stack import labels
from harmony_desktop.stack.project import Network, Project, Volume
from harmony_desktop.stack.words import say

Json = Mapping[str, Any]

#: The version of the API from which on the engine itself keeps names of networks unique.
_UNIQUE_NAMES = "1.44"


def listed_networks(client: Client, project: str) -> list[Json]:
    """Return the project's networks, as the engine has them."""
    with client.calling(say("list the networks")):
        found = client.networks(filters={"label": f"{labels.PROJECT}={project}"})
    return cast("list[Json]", found)


def network_id(client: Client, name: str) -> str | None:
    """Return the ID of the network with exactly this name; the engine's own filter takes parts of names too."""
    with client.calling(say("look for the network {name}", name=name)):
        found = cast("list[Json]", client.networks(names=[name]))
    return next((str(item["Id"]) for item in found if item["Name"] == name), None)


def created_network(client: Client, project: Project, network: Network) -> str:
    """Create a network and return its ID, or that of one that another program created at the same moment.

    Engines before 25 look whether the name is free before they create the network, and make two of one name when they
    are asked twice at once. Of these the older one stays.
    """
    from harmony_desktop.engine import create_network  # noqa: PLC0415 - for those who create

    body = create_network.network(network, labels.network_labels(project, network))
    with client.calling(say("create the network {network}", network=network.name), WORK):
        identity = str(client.raw("POST", "/networks/create", body=body)["Id"])
        if client.endpoint.at_least(_UNIQUE_NAMES):
            return identity
        found = cast("list[Json]", client.networks(names=[network.name]))
        oldest = min(
            (item for item in found if item["Name"] == network.name),
            key=lambda item: (str(item["Created"]), str(item["Id"])),
            default=None,
        )
        if oldest is None or oldest["Id"] == identity:
            return identity
        client.remove_network(identity)
        return str(oldest["Id"])


def removed_network(client: Client, name: str) -> None:
    """Remove a network."""
    with client.calling(say("remove the network {name}", name=name), WORK):
        client.remove_network(name)


def listed_volumes(client: Client, project: str) -> list[ObservedVolume]:
    """Return the project's volumes."""
    with client.calling(say("list the volumes")):
        found = client.volumes(filters={"label": f"{labels.PROJECT}={project}"})
    return [translate.volume(item) for item in cast("Json", found).get("Volumes") or ()]


def has_volume(client: Client, name: str) -> bool:
    """Return whether a volume of exactly this name exists."""
    try:
        with client.calling(say("look for the volume {name}", name=name)):
            client.inspect_volume(name)
    except NotFoundError:
        return False
    return True


def created_volume(client: Client, project: Project, volume: Volume) -> None:
    """Create a volume; one of the same name that is there already stays as it is."""
    from harmony_desktop.engine import create_volume  # noqa: PLC0415 - for those who create

    body = create_volume.volume(volume, labels.volume_labels(project, volume))
    with client.calling(say("create the volume {volume}", volume=volume.name), WORK):
        client.raw("POST", "/volumes/create", body=body)


def removed_volume(client: Client, name: str) -> None:
    """Remove a volume and what is in it."""
    with client.calling(say("remove the volume {name}", name=name), WORK):
        client.remove_volume(name)


def image(client: Client, reference: str) -> Image | None:
    """Return the local image behind a name, or None where there is none."""
    try:
        with client.calling(say("look for the image {reference}", reference=reference)):
            return translate.image(cast("Json", client.raw("GET", "/images/{0}/json", reference)))
    except NotFoundError:
        return None
