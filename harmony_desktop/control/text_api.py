"""The text generation service's own API, as far as models go: which is loaded, load one, unload it.

Asked on asyncio's streams, so that waiting for a load (minutes) costs no thread and ends at once when it is cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import field

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Seconds for a question, and for loading a model: a large one from a slow disk takes its time.
_QUESTION, _LOADING = 5.0, 1800.0
_BODY_LIMIT = 2**20
#: What the service calls no model.
_NONE = frozenset({"", "none"})


class Answering(enum.Enum):
    """How the API stands."""

    OFF = "off"
    """The service does not run, or its port is not open."""
    READY = "ready"
    LOCKED = "locked"
    """It asks for a key that is not known."""
    SILENT = "silent"
    """It takes connections and does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the API is reached, and the key that it asks for."""

    host: str
    port: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Which model is loaded.

    Attributes:
        answering: How the API stands.
        name: The model's name, "" for none.
        arguments: What else is told of how it is loaded (its loader, on some versions its context), by their names.
        loras: Adapters that are on it.
    """

    answering: Answering = Answering.OFF
    name: str = ""
    arguments: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    loras: tuple[str, ...] = ()


class ApiError(HarmonyError):
    """The API refused, or ended while it worked.

    Attributes:
        status: The HTTP status, 0 where the connection ended.
    """

    def __init__(self, title: str, *, cause: str = "", advice: str = "", status: int = 0) -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.status = status


async def loaded_model(endpoint: Endpoint) -> LoadedModel:
    """Return which model is loaded; never raises."""
    try:
        status, body = await _ask(endpoint, "GET", "/v1/internal/model/info", None, _QUESTION)
    except TimeoutError:
        return LoadedModel(Answering.SILENT)
    except OSError:
        return LoadedModel(Answering.OFF)
    if status in {401, 403}:
        return LoadedModel(Answering.LOCKED)
    found = _parsed(body)
    name = found.get("model_name") if isinstance(found, dict) else None
    if status == 0 and not body:
        return LoadedModel(Answering.OFF)
    if status != 200 or not isinstance(found, dict):
        return LoadedModel(Answering.SILENT)
    text = name if isinstance(name, str) else ""
    if text.strip().lower() in _NONE:
        return LoadedModel(Answering.READY)
    loras = found.get("lora_names")
    return LoadedModel(
        Answering.READY,
        text,
        {key: value for key, value in found.items() if key != "model_name" and isinstance(value, str | int | float)},
        tuple(lora for lora in loras if isinstance(lora, str)) if isinstance(loras, list) else (),
    )


async def load_model(
    endpoint: Endpoint, model: str, context: int, arguments: Mapping[str, str | int | float | bool] | None = None
) -> None:
    """Load a model, in place of the one that is loaded. Returns when it is there. Raises ApiError.

    Args:
        endpoint: Where the API is.
        model: The model's name.
        context: The context size in tokens; 0 leaves it to the service.
        arguments: Further arguments, by the service's own names.
    """
    # Each version takes the name that it knows and passes over the other.
    args = {**(arguments or {}), **({"ctx_size": context, "n_ctx": context} if context else {})}
    await _order(endpoint, "/v1/internal/model/load", {"model_name": model, "args": args}, _LOADING)


async def load_loras(endpoint: Endpoint, names: Sequence[str]) -> None:
    """Put adapters on the loaded model. Raises ApiError."""
    await _order(endpoint, "/v1/internal/lora/load", {"lora_names": list(names)}, _LOADING)


async def unload_model(endpoint: Endpoint) -> None:
    """Unload the model. Raises ApiError."""
    await _order(endpoint, "/v1/internal/model/unload", {}, 60.0)


async def _order(endpoint: Endpoint, path: str, body: dict[str, object], seconds: float) -> None:
    try:
        status, answer = await _ask(endpoint, "POST", path, body, seconds)
    except TimeoutError as error:
        raise ApiError(
            say("The service does not answer"),
            cause=say("It has been waited for {n} minutes.", n=max(1, round(seconds / 60))),
            advice=say("Look at its log, or restart it."),
        ) from error
    except OSError as error:
        raise ApiError(
            say("The service cannot be reached"),
            cause=say("Nobody answers on port {port} of {host}.", port=endpoint.port, host=endpoint.host),
            advice=say("Start it, or wait until it has started."),
        ) from error
    if status in {401, 403}:
        raise ApiError(
            say("The service asks for an API key"),
            cause=say("It answers with HTTP {status}, and no key is known that it accepts.", status=status),
            advice=say("Set the same --api-key (and --admin-key) in CMD_FLAGS.txt, then restart the service."),
            status=status,
        )
    if status == 0:
        raise ApiError(
            say("The service ended while it worked"),
            cause=say("The connection broke before there was an answer."),
            advice=say("Its log tells why; a model that is too large for the memory is the usual reason."),
        )
    parsed = _parsed(answer)
    # Some versions answer with 200 and a failure within.
    told = parsed.get("status_code") if isinstance(parsed, dict) else None
    if status != 200 or (isinstance(told, int) and told >= 400):
        detail = parsed.get("detail") if isinstance(parsed, dict) else ""
        words = " ".join(str(detail).split())[:300] if isinstance(detail, str) else ""
        raise ApiError(
            say("The service could not do it"),
            cause=words or say("It answers with HTTP {status}.", status=status),
            advice=say("Its log tells more."),
            status=status,
        )


async def _ask(
    endpoint: Endpoint, method: str, path: str, body: dict[str, object] | None, seconds: float
) -> tuple[int, bytes]:
    """Return status (0 for no answer) and body. Raises OSError and TimeoutError."""
    sent = json.dumps(body).encode() if body is not None else b""
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    lines = [
        f"{method} {path} HTTP/1.0",
        f"Host: {host}:{endpoint.port}",
        "Accept: application/json",
        "Connection: close",
        *([f"Authorization: Bearer {endpoint.key}"] if endpoint.key else []),
        *(["Content-Type: application/json", f"Content-Length: {len(sent)}"] if body is not None else []),
    ]
    async with asyncio.timeout(seconds):
        async with asyncio.timeout(_QUESTION):
            reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
            await writer.drain()
            answer = bytearray()
            with contextlib.suppress(ConnectionError):
                while len(answer) < _BODY_LIMIT and not _whole(answer) and (piece := await reader.read(65_536)):
                    answer += piece
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    head, _, content = bytes(answer).partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return 0, bytes(answer)
    return int(words[1]), content


def _whole(answer: bytearray) -> bool:
    """Whether all has come that a Content-Length promises: a server may keep the line open."""
    head, end, body = bytes(answer).partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return len(body) >= int(value)
    return False


def _parsed(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found
