"""Fetching images: progress summed over layers, and the engine's faults in plain words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harmony_desktop.control.ports import EngineError, EngineUnavailableError, PullProgress, RegistryError
from harmony_desktop.engine import references
from harmony_desktop.engine.config_file import CredentialHelperError, DockerConfig, registry_header
from harmony_desktop.engine.streams import Streams, json_objects

Json = Mapping[str, Any]

_DONE = frozenset({"Pull complete", "Already exists"})
_FETCHED = frozenset({"Download complete", "Verifying Checksum", "Pull complete", "Extracting"})
_DOWNLOADING = "Downloading"


class LayerTally:
    """Sums the layers of one image on its way.

    Args:
        image: The image's name as it was asked for.
    """

    def __init__(self, image: str) -> None:
        self._image = image
        self._layers: dict[str, tuple[int, int]] = {}
        self._done: set[str] = set()
        self._status = "Waiting"

    def take(self, message: Json) -> None:
        """Take one message of the engine."""
        status, layer = str(message.get("status") or ""), str(message.get("id") or "")
        if not status:
            return
        progress = message.get("progressDetail")
        if not layer or progress is None:
            # About the image as a whole ("Pulling from …", "Digest: …"): the message of a layer has progressDetail.
            return
        current, total = self._layers.get(layer, (0, 0))
        if status == _DOWNLOADING:
            # Some registries do not tell how much will come: no total, or -1.
            total = max(total, int(progress.get("total") or 0), 0)
            current = max(current, int(progress.get("current") or 0))
        elif status in _FETCHED:
            current = total
        if status in _DONE:
            self._done.add(layer)
        self._layers[layer] = (current, total)
        self._status = status

    def progress(self) -> PullProgress:
        """Return the sum."""
        return PullProgress(
            image=self._image,
            status=self._status,
            current=sum(current for current, _ in self._layers.values()),
            total=sum(total for _, total in self._layers.values()),
            layers_done=len(self._done),
            layers=len(self._layers),
        )


def progress_of(image: str, pieces: Iterator[bytes]) -> Iterator[PullProgress]:
    """Yield the state of a pull after each message. Raises EngineError for a fault within the answer."""
    tally = LayerTally(image)
    for message in json_objects(pieces):
        if message.get("error") or message.get("errorDetail"):
            detail = message.get("errorDetail") or {}
            raise EngineError(
                f"Cannot fetch {image}",
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
        # Most images are public: it is tried without, and told only if that fails too.
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
            f"fetch {image}",
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
        raise fault(image, error.status, error.cause, signed.fault) from error


def fault(image: str, status: int, message: str, helper_fault: str = "") -> RegistryError:
    """Return the error for a pull that failed.

    The engine hands on what the registry or the network said as mere text, with status 500 or none for most of it,
    so the advice (nothing else) goes by the text.
    """
    text = message.lower()
    if "toomanyrequests" in text or "rate limit" in text:
        advice = (
            "Sign in with docker login, or wait some hours: the registry limits what is fetched without signing in."
        )
    elif any(
        word in text for word in ("no such host", "dial tcp", "i/o timeout", "connection refused", "tls handshake")
    ):
        advice = "Check the connection to the internet, then try again."
    elif status == 404 or any(word in text for word in ("manifest unknown", "not found", "does not exist", "denied")):
        advice = "Check the image's name and tag; a private image needs docker login."
    elif "no space left" in text:
        advice = "Free some disk space, then try again."
    elif "no matching manifest" in text:
        advice = "This image is not made for this machine's processor."
    else:
        advice = "Try again later."
    cause = f"{message}\nIt was tried without signing in: {helper_fault}." if helper_fault else message
    return RegistryError(f"Cannot fetch {image}", cause=cause, advice=advice, status=status)
