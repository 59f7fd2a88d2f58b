"""Fetching images: what the engine tells of each layer, and how to sign in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harmony_desktop.control.ports import (
    EngineError,
    EngineUnavailableError,
    LayerPhase,
    LayerProgress,
    PullProgress,
)
from harmony_desktop.engine import references
from harmony_desktop.engine.config_file import CredentialHelperError, DockerConfig, registry_header
from harmony_desktop.engine.pull_faults import fault
from harmony_desktop.engine.streams import Streams, json_objects
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

Json = Mapping[str, Any]

#: The engine's words for what it does with a layer. Others ("Retrying in 5 seconds") are told apart by their beginning.
_PHASES = {
    "Pulling fs layer": LayerPhase.WAITING,
    "Waiting": LayerPhase.WAITING,
    "Downloading": LayerPhase.DOWNLOADING,
    "Verifying Checksum": LayerPhase.VERIFYING,
    "Download complete": LayerPhase.FETCHED,
    "Extracting": LayerPhase.EXTRACTING,
    "Pull complete": LayerPhase.DONE,
    "Already exists": LayerPhase.THERE,
}
_RETRYING = "Retrying"


class LayerTally:
    """Keeps the layers of one image on its way.

    Args:
        image: The image's name as it was asked for.
    """

    def __init__(self, image: str) -> None:
        self._image = image
        self._layers: dict[str, LayerProgress] = {}
        self._status = "Waiting"

    def take(self, message: Json) -> None:
        """Take one message of the engine."""
        status, layer = str(message.get("status") or ""), str(message.get("id") or "")
        phase = LayerPhase.RETRYING if status.startswith(_RETRYING) else _PHASES.get(status)
        detail = message.get("progressDetail")
        if not layer or detail is None or phase is None:
            # About the image as a whole ("Pulling from …", "Digest: …"): the message of a layer has progressDetail.
            return
        before = self._layers.get(layer, LayerProgress(layer))
        if before.phase is LayerPhase.THERE:
            return  # with containerd's image store it is told to be complete later on, as if it had come
        current, total = before.current, before.total
        if phase is LayerPhase.DOWNLOADING:
            # Some registries do not tell how much will come: no total, or -1. A layer that is fetched anew after
            # its connection broke begins at nothing again.
            current = int(detail.get("current") or 0)
            total = max(int(detail.get("total") or 0), 0) or total
        elif phase not in {LayerPhase.WAITING, LayerPhase.RETRYING, LayerPhase.THERE}:
            # The last bytes are not told by a message of their own; without a size, what came is the size.
            current = total = total or current
        self._layers[layer] = LayerProgress(layer, phase, current, total)
        self._status = status

    def progress(self) -> PullProgress:
        """Return what is known by now."""
        parts = tuple(self._layers.values())
        return PullProgress(
            image=self._image,
            status=self._status,
            current=sum(part.current for part in parts),
            total=sum(part.total for part in parts),
            layers_done=sum(part.ended for part in parts),
            layers=len(parts),
            parts=parts,
        )


def progress_of(image: str, pieces: Iterator[bytes]) -> Iterator[PullProgress]:
    """Yield the state of a pull after each message. Raises EngineError for a fault within the answer."""
    tally = LayerTally(image)
    for message in json_objects(pieces):
        if message.get("error") or message.get("errorDetail"):
            detail = message.get("errorDetail") or {}
            raise EngineError(
                say("Cannot fetch {image}", image=image),
                cause=str(detail.get("message") or message.get("error")),
                status=int(detail.get("code") or 0),
            )
        tally.take(message)
        yield tally.progress()


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in for a pull.

    Attributes:
        headers: What is sent along.
        fault: Why nothing could be sent although a credential helper is configured, or "".
    """

    headers: Mapping[str, str]
    fault: str = ""


def sign_in(config: DockerConfig, image: str) -> SignIn:
    """Return how to sign in at the registry of an image; may start a credential helper, so it belongs in a thread."""
    try:
        credentials = config.credentials(references.parse(image).registry)
    except CredentialHelperError as error:
        # Most images are public: it is tried without, and told beside the result.
        return SignIn({}, str(error))
    return SignIn({"X-Registry-Auth": registry_header(credentials)} if credentials else {})


async def pull(streams: Streams, image: str, signed: SignIn, progress: Callable[[PullProgress], None]) -> None:
    """Fetch an image. Raises RegistryError.

    Args:
        streams: The engine's long answers.
        image: The image's name.
        signed: How to sign in.
        progress: Called on the loop's thread whenever the progress changes.
    """
    reference = references.parse(image)
    try:
        answer = streams.read(
            say("fetch {image}", image=image),
            "POST",
            "/images/create",
            params={"fromImage": reference.repository, "tag": reference.tag},
            headers=signed.headers,
            parse=lambda pieces: progress_of(image, pieces),
        )
        async with contextlib.aclosing(answer):
            async for state in answer:
                progress(state)
    except EngineUnavailableError:
        raise
    except EngineError as error:
        raise fault(image, error.status, error.cause, helper=signed.fault, signed_in=bool(signed.headers)) from error
