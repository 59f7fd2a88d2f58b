"""The proof that an engine can hand a GPU to a container: a container that asks for one.

``/info`` does not tell: the engine registers its NVIDIA driver when it finds the toolkit's hook on its PATH, and says
so nowhere. So a container with a device request is started from an empty image. Without the driver the engine refuses
before anything runs; with it, the container fails only because there is nothing in it to run.
"""

from __future__ import annotations

import io
import tarfile
import uuid
from collections.abc import Mapping
from typing import Any, cast

from harmony_desktop.control.ports import EngineError, EngineUnavailableError, GpuAbility, GpuProof, NotFoundError
from harmony_desktop.engine.client import WORK, Client

Json = Mapping[str, Any]

#: The label of what is made here, so that what a crash leaves behind can be told and cleaned up.
LABEL = "harmony-desktop.purpose"
PURPOSE = "gpu-proof"

#: The exit code that the engine writes down when the program to run does not exist.
_NOTHING_TO_RUN = 127
_NOTHING = "/nothing"
_NVIDIA = {"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]}
_CDI_NAME = "nvidia.com/gpu=all"


def proved(client: Client) -> GpuProof:
    """Try a container with the device request of the stack's compose files; what is made is removed again."""
    _clean(client)
    image = f"harmony-desktop/{PURPOSE}:{uuid.uuid4().hex[:12]}"
    try:
        with client.calling("prepare the test of the GPU", WORK):
            client.raw(
                "POST",
                "/images/create",
                params={"fromSrc": "-", "repo": image.partition(":")[0], "tag": image.partition(":")[2]},
                data=_empty_archive(),
            )
        proof = _tried(client, image, _NVIDIA)
        if proof.ability is GpuAbility.NO and _has_cdi(client):
            by_cdi = _tried(client, image, {"Driver": "cdi", "DeviceIDs": [_CDI_NAME]})
            if by_cdi.ability is GpuAbility.YES:
                proof = GpuProof(
                    GpuAbility.NO,
                    f"{proof.reason}\nThe engine knows the card as the CDI device {_CDI_NAME}, but has no nvidia "
                    "driver for reserved devices.",
                )
    except EngineUnavailableError:
        raise
    except EngineError as error:
        return GpuProof(GpuAbility.UNKNOWN, error.cause or error.title)
    finally:
        _clean(client)
    return proof


def _tried(client: Client, image: str, request: Mapping[str, Any]) -> GpuProof:
    """Start a container with one device request and read what became of it."""
    body = {
        "Image": image,
        "Entrypoint": [_NOTHING],
        "Labels": {LABEL: PURPOSE},
        "NetworkDisabled": True,
        "HostConfig": {"DeviceRequests": [request], "NetworkMode": "none"},
    }
    with client.calling("make a container for the test of the GPU", WORK):
        container = str(client.raw("POST", "/containers/create", body=body)["Id"])
    try:
        with client.calling("start a container with a GPU", WORK):
            client.start(container)
    except EngineUnavailableError:
        raise
    except EngineError as error:
        with client.calling("look at the test of the GPU"):
            state = cast("Json", client.inspect_container(container)).get("State") or {}
        if state.get("ExitCode") == _NOTHING_TO_RUN:
            return GpuProof(GpuAbility.YES)
        return GpuProof(GpuAbility.NO, error.cause)
    return GpuProof(GpuAbility.YES)


def _has_cdi(client: Client) -> bool:
    """Whether the engine reads CDI specifications at all."""
    with client.calling("ask the engine for its devices"):
        info = cast("Json", client.info())
    return bool(info.get("CDISpecDirs"))


def _clean(client: Client) -> None:
    """Remove the containers and images of this test, also those that an earlier one left behind."""
    with client.calling("clean up after the test of the GPU", WORK):
        found = client.containers(all=True, filters={"label": f"{LABEL}={PURPOSE}"})
        for container in cast("list[Json]", found):
            _gone(client, "/containers/{0}", container["Id"], {"force": "true", "v": "true"})
        for image in cast("list[Json]", client.images(name=f"harmony-desktop/{PURPOSE}")):
            _gone(client, "/images/{0}", image["Id"], {"force": "true"})


def _gone(client: Client, path: str, identity: str, params: Mapping[str, str]) -> None:
    try:
        with client.calling("clean up after the test of the GPU", WORK):
            client.raw("DELETE", path, identity, params=params)
    except NotFoundError:
        return


def _empty_archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w"):
        pass
    return packed.getvalue()
