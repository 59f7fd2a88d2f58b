"""Calls of the services' own APIs with JSON, on asyncio's streams: a call that nobody waits for ends at once."""

from __future__ import annotations

import asyncio
import contextlib
import json

from harmony_desktop.records import dataclass

#: Seconds in which a connection stands, or never.
_CONNECT = 10.0
#: Bytes of an answer that are read: a sentence as sound takes some hundred kilobytes.
_BODY_LIMIT = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status; 0 where there was no answer, or none that is HTTP.
        body: What came.
        kind: Its media type, in small letters.
    """

    status: int
    body: bytes = b""
    kind: str = ""

    @property
    def good(self) -> bool:
        """Whether the call did what it should."""
        return self.status == 200

    @property
    def json(self) -> object:
        """Return the body as JSON, None where it is none."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found

    @property
    def complaint(self) -> str:
        """What a refusal says of itself, as one line, or ""."""
        found = self.json
        for key in ("detail", "message", "error"):
            value = found.get(key) if isinstance(found, dict) else None
            value = value.get("message") if isinstance(value, dict) else value
            if isinstance(value, str) and value.strip():
                words = " ".join("".join(c if c.isprintable() else " " for c in value).split())
                return words if len(words) <= 300 else f"{words[:299]}…"
        return ""


async def call(
    where: tuple[str, int], path: str, body: dict[str, object] | None = None, *, seconds: float, key: str = ""
) -> Reply:
    """Ask a service, with a body by POST. Raises OSError where nobody answers, TimeoutError where it takes too long.

    Args:
        where: Host and port.
        path: The path.
        body: What is sent as JSON.
        seconds: How long it may take.
        key: An API key, or "".
    """
    sent = json.dumps(body).encode() if body is not None else b""
    host = f"[{where[0]}]" if ":" in where[0] else where[0]
    lines = [
        # HTTP/1.0 keeps the answer plain: no chunks, and its end is the end of the body.
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.0",
        f"Host: {host}:{where[1]}",
        "Accept: */*",
        "Connection: close",
        *([f"Authorization: Bearer {key}"] if key else []),
        *(["Content-Type: application/json", f"Content-Length: {len(sent)}"] if body is not None else []),
    ]
    async with asyncio.timeout(seconds):
        async with asyncio.timeout(_CONNECT):
            reader, writer = await asyncio.open_connection(*where)
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
            await writer.drain()
            answer = bytearray()
            with contextlib.suppress(ConnectionError):
                while len(answer) < _BODY_LIMIT and not _whole(answer) and (piece := await reader.read(262_144)):
                    answer += piece
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    return _parsed(bytes(answer))


def _parsed(answer: bytes) -> Reply:
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    words = first.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return Reply(0, answer)
    kind = next((value for name, value in map(_header, headers) if name == b"content-type"), b"")
    return Reply(int(words[1]), content, kind.decode("latin-1").lower())


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def _whole(answer: bytearray) -> bool:
    """Whether all has come that a Content-Length promises: a server may keep the line open."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    for name, value in map(_header, bytes(answer[:end]).split(b"\r\n")[1:]):
        if name == b"content-length" and value.isdigit():
            return len(answer) - end - 4 >= int(value)
    return False
