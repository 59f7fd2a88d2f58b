"""The proof that an engine can hand a GPU to a container: a container that asks for one.

``/info`` does not tell: the engine registers its NVIDIA driver when it finds the toolkit's hook on its PATH, and says
so nowhere. So a container with a device request is started from an empty image. Without the driver the engine refuses
before anything runs; with it, the container fails only because there is nothing in it to run.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
import uuid
from collections.abc import Mapping
from typing import Any, cast

from harmony_desktop.control.ports import (
    ConflictError,
    EngineError,
    EngineUnavailableError,
    GpuAbility,
    GpuProof,
    NotFoundError,
)
from harmony_desktop.engine import translate
from harmony_desktop.engine.client import WORK, Client
from harmony_desktop.stack.words import say

Json = Mapping[str, Any]

#: The label of what is made here, so that what a crash leaves behind can be told and cleaned up.
LABEL = "harmony-desktop.purpose"
PURPOSE = "gpu-proof"

#: The exit code that the engine writes down when the program to run does not exist.
_NOTHING_TO_RUN = 127
_NOTHING = "/nothing"
_NVIDIA = {"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]}
_REPOSITORY = f"harmony-desktop/{PURPOSE}"
#: Seconds after which what an earlier test made counts as left behind.
LEFTOVER_AGE = 120.0
_CDI_NAME = "nvidia.com/gpu=all"


def proved(client: Client) -> GpuProof:
    """Try a container with the device request of the stack's compose files; what is made is removed again."""
    with client.calling(say("ask the engine for its devices")):
        info = cast("Json", client.info())
    _remove_leftovers(client, info)
    image = f"{_REPOSITORY}:{uuid.uuid4().hex[:12]}"
    try:
        with client.calling(say("prepare the test of the GPU"), WORK):
            params = {"fromSrc": "-", "repo": _REPOSITORY, "tag": image.rpartition(":")[2]}
            client.raw("POST", "/images/create", params=params, data=_empty_archive())
        proof = _tried(client, image, _NVIDIA)
        if proof.ability is GpuAbility.NO and info.get("CDISpecDirs"):
            proof = _with_cdi(proof, _tried(client, image, {"Driver": "cdi", "DeviceIDs": [_CDI_NAME]}))
    except EngineUnavailableError:
        raise
    except EngineError as error:
        return GpuProof(GpuAbility.UNKNOWN, error.cause or error.title)
    finally:
        _remove(client, "/images/{0}", image)
    return proof


def _with_cdi(proof: GpuProof, by_cdi: GpuProof) -> GpuProof:
    """Return a refusal, with a word on what would have worked: compose files reserve devices by driver."""
    if by_cdi.ability is not GpuAbility.YES:
        return proof
    known = say(
        "The engine knows the card as the CDI device {cdi_name}, but has no nvidia driver for reserved devices.",
        cdi_name=_CDI_NAME,
    )
    return GpuProof(GpuAbility.NO, f"{proof.reason}\n{known}")


def _tried(client: Client, image: str, request: Mapping[str, Any]) -> GpuProof:
    """Start a container with one device request and read what became of it."""
    body = {
        "Image": image,
        "Entrypoint": [_NOTHING],
        "Labels": {LABEL: PURPOSE},
        "NetworkDisabled": True,
        "HostConfig": {"DeviceRequests": [request], "NetworkMode": "none"},
    }
    with client.calling(say("make a container for the test of the GPU"), WORK):
        container = str(client.raw("POST", "/containers/create", body=body)["Id"])
    try:
        with client.calling(say("start a container with a GPU"), WORK):
            client.start(container)
    except EngineUnavailableError:
        raise
    except EngineError as error:
        with client.calling(say("look at the test of the GPU")):
            state = cast("Json", client.inspect_container(container)).get("State") or {}
        if state.get("ExitCode") == _NOTHING_TO_RUN:
            return GpuProof(GpuAbility.YES)
        return GpuProof(GpuAbility.NO, error.cause)
    finally:
        _remove(client, "/containers/{0}", container)
    return GpuProof(GpuAbility.YES)


def _remove_leftovers(client: Client, info: Json) -> None:
    """Remove what an interrupted test left behind; what is young may belong to one that is under way elsewhere."""
    now = translate.parse_time(str(info.get("SystemTime") or ""))
    if now is None:
        return
    with client.calling(say("look for leftovers of the test of the GPU")):
        containers = client.containers(all=True, filters={"label": f"{LABEL}={PURPOSE}"})
        images = client.images(name=_REPOSITORY)
    for path, found in (("/containers/{0}", containers), ("/images/{0}", images)):
        for item in cast("list[Json]", found):
            if now.timestamp() - float(item["Created"]) >= LEFTOVER_AGE:
                _remove(client, path, item["Id"])


def _remove(client: Client, path: str, identity: str) -> None:
    # Gone already, or about to go: what could not be removed now is a leftover of the next test.
    with (
        contextlib.suppress(NotFoundError, ConflictError),
        client.calling(say("clean up after the test of the GPU"), WORK),
    ):
        client.raw("DELETE", path, identity, params={"force": "true"})


def _empty_archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w"):
        pass
    return packed.getvalue()
