"""What is on the engine's disk, and what runs in a container. Each call runs in a thread, with that thread's client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harmony_desktop.control.ports import ConflictError, NotFoundError
from harmony_desktop.control.storage import Storage, StoredContainer, StoredImage, StoredVolume
from harmony_desktop.engine.client import WORK, Client
from harmony_desktop.stack import labels
from harmony_desktop.stack.words import say

Json = Mapping[str, Any]

_NONE = ("<none>:<none>", "<none>@<none>")


def stored(client: Client) -> Storage:
    """Return images, volumes and containers with their sizes; the engine measures them, which may take a minute."""
    path = "/system/df"
    if client.endpoint.at_least("1.42"):
        # The build cache is not ours, and takes its time.
        path += "?type=image&type=volume&type=container"
    with client.calling(say("measure the engine's disk"), WORK):
        answer = cast("Json", client.raw("GET", path))
    return Storage(
        images=tuple(_image(item) for item in answer.get("Images") or ()),
        volumes=tuple(_volume(item) for item in answer.get("Volumes") or ()),
        containers=tuple(_container(item) for item in answer.get("Containers") or ()),
    )


def _image(item: Json) -> StoredImage:
    return StoredImage(
        id=str(item["Id"]),
        tags=tuple(tag for tag in item.get("RepoTags") or () if tag not in _NONE),
        digests=tuple(digest for digest in item.get("RepoDigests") or () if digest not in _NONE),
        size=int(item.get("Size") or 0),
        # -1: not measured.
        shared=max(0, int(item.get("SharedSize") or 0)),
        created=int(item.get("Created") or 0),
        containers=max(0, int(item.get("Containers") or 0)),
    )


def _volume(item: Json) -> StoredVolume:
    usage = item.get("UsageData") or {}
    return StoredVolume(
        name=str(item["Name"]),
        project=str((item.get("Labels") or {}).get(labels.PROJECT) or ""),
        size=int(usage.get("Size", -1)),
        references=int(usage.get("RefCount", 0)),
    )


def _container(item: Json) -> StoredContainer:
    found = item.get("Labels") or {}
    return StoredContainer(
        id=str(item["Id"]),
        name=str((item.get("Names") or ["/"])[0]).removeprefix("/"),
        project=str(found.get(labels.PROJECT) or ""),
        size=int(item.get("SizeRw") or 0),
        oneoff=str(found.get(labels.ONEOFF)).lower() == "true",
        running=item.get("State") in {"running", "restarting", "paused"},
    )


def removed_image(client: Client, image_id: str) -> None:
    """Remove an image that no container uses, with the names that it has by digest. Raises ConflictError."""
    with client.calling(say("remove the image"), WORK):
        client.raw("DELETE", "/images/{0}", image_id)


def processes(client: Client, container_id: str) -> frozenset[int]:
    """Return the ids that a container's processes have on the engine's machine; none where it does not run."""
    try:
        with client.calling(say("list the container's processes")):
            answer = cast("Json", client.raw("GET", "/containers/{0}/top", container_id, params={"ps_args": "-eo pid"}))
    except (NotFoundError, ConflictError):
        return frozenset()
    titles = list(answer.get("Titles") or ())
    column = titles.index("PID") if "PID" in titles else 0
    return frozenset(int(row[column]) for row in answer.get("Processes") or () if str(row[column]).isdigit())
