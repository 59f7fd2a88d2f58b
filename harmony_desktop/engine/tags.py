"""Calls that give images names and take them away. Each runs in a thread, with that thread's client."""

from __future__ import annotations

import contextlib

from harmony_desktop.control.ports import ConflictError, NotFoundError
from harmony_desktop.engine import references
from harmony_desktop.engine.client import WORK, Client
from harmony_desktop.stack.words import say


def tagged(client: Client, image_id: str, name: str) -> None:
    """Give a local image a name; whatever had it before loses it. Raises NotFoundError."""
    reference = references.parse(name)
    with client.calling(say("name an image {name}", name=name)):
        params = {"repo": reference.repository, "tag": reference.tag}
        client.raw("POST", "/images/{0}/tag", image_id, params=params)


def untagged(client: Client, name: str) -> None:
    """Take a name away; the image goes with its last one, unless a container needs it. Gone already is fine."""
    with (
        contextlib.suppress(NotFoundError, ConflictError),
        client.calling(say("take the name {name} away", name=name), WORK),
    ):
        client.raw("DELETE", "/images/{0}", name)


def names(client: Client, repository: str) -> tuple[str, ...]:
    """Return the names ("repository:tag") that local images have in a repository."""
    with client.calling(say("list the images")):
        found = client.images(name=repository)
    return tuple(
        sorted(
            str(name)
            for item in found
            for name in item.get("RepoTags") or ()
            if references.parse(str(name)).repository == repository
        )
    )
