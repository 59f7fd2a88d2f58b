"""Gives a folder to a container's user: ``chown`` as root, in a container that can do nothing else.

An ordinary user cannot give away a folder that the engine made as root's. The engine can: whoever may use it may do so
by hand in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harmony_desktop.control.ports import EngineError
from harmony_desktop.engine.client import WORK, Client
from harmony_desktop.stack.words import say

#: The label of what is made here, so that what a crash leaves behind can be told.
LABEL = "harmony-desktop.purpose"
PURPOSE = "hand-over"

_FOLDER = "/folder"


def handed_over(client: Client, image: str, folder: str, owner: str) -> None:
    """Give a folder, not what is in it, to a user; the container is removed again.

    Args:
        client: The engine.
        image: A local image that has ``chown``.
        folder: The folder on the engine's machine; it exists.
        owner: "6972:6972", or "1000".

    Raises:
        EngineError: It could not be done.
    """
    with client.calling(say("make a container that hands the folder over"), WORK):
        container = str(client.raw("POST", "/containers/create", body=_body(image, folder, owner))["Id"])
    try:
        with client.calling(say("hand the folder over"), WORK):
            client.start(container)
            ended = cast("Mapping[str, Any]", client.raw("POST", "/containers/{0}/wait", container))
            said: object = client.logs(container, stdout=True, stderr=True)
    finally:
        with client.calling(say("clean up after handing the folder over"), WORK):
            client.raw("DELETE", "/containers/{0}", container, params={"force": "true"})
    if ended.get("StatusCode") != 0:
        words = said.decode("utf-8", "replace").strip() if isinstance(said, bytes) else ""
        raise EngineError(
            "The folder could not be handed over",
            cause=f"{folder}: {words or 'chown failed'}",
            advice=say("Do it yourself: sudo chown {owner} '{folder}'", owner=owner, folder=folder),
        )


def _body(image: str, folder: str, owner: str) -> Mapping[str, Any]:
    return {
        "Image": image,
        "Entrypoint": ["chown"],
        "Cmd": [owner, _FOLDER],
        "User": "0:0",
        "WorkingDir": "/",
        "Labels": {LABEL: PURPOSE},
        "NetworkDisabled": True,
        "HostConfig": {
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "CapAdd": ["CHOWN"],
            "SecurityOpt": ["no-new-privileges"],
            "Mounts": [{"Type": "bind", "Source": folder, "Target": _FOLDER}],
        },
    }
